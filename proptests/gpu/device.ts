/**
 * A GPU for tests: Chromium's software Vulkan (SwiftShader), or with LATTIGRAD_TEST_GPU=own whatever the machine has.
 *
 * The loader of Vulkan reads its environment when a process starts, so a test file begins by starting itself again
 * with it. Where Chromium or the package webgpu is absent, tests are skipped, visibly.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'uvu';
import { provideWebGpu } from '../../tensor/engines/gpu/node-webgpu.ts';
import { type GpuEngine, gpuEngine } from '../../tensor/gpu.ts';

const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const ICD = 'vk_swiftshader_icd.json';

/** The environment in which Chromium's software Vulkan is the only GPU; undefined where Chromium is absent. */
export function softwareGpu(): NodeJS.ProcessEnv | undefined {
  const folder = FOLDERS.find((path) => existsSync(join(path, ICD)));
  if (!folder) return undefined;
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return {
    ...process.env,
    VK_ICD_FILENAMES: join(folder, ICD),
    LD_LIBRARY_PATH: libraries,
    LATTIGRAD_TEST_GPU: 'own',
    LATTIGRAD_SOFTWARE_GPU: '1',
  };
}

let live = 0;

/** Buffers of the device that are not destroyed, whoever made them: the count that no counter of ours can embellish. */
export const liveBuffers = (): number => live;

let seen: { createBuffer(descriptor: unknown): Destroyed } | undefined;

/** Makes the device report an error, late and by an event, as it reports all of them. */
export const provokeError = (): void => void seen!.createBuffer({ size: 4, usage: 0 });

interface Destroyed {
  destroy(): void;
}

function countBuffers(): void {
  const { GPUDevice, GPUBuffer } = globalThis as unknown as Record<
    string,
    { prototype: { createBuffer(this: typeof seen, descriptor: unknown): Destroyed; destroy(this: Destroyed): void } }
  >;
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  const known = new WeakSet<Destroyed>();
  GPUDevice.prototype.createBuffer = function (descriptor) {
    seen = this;
    const buffer = createBuffer.call(this, descriptor);
    known.add(buffer);
    live++;
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    if (known.delete(this)) live--;
    destroy.call(this);
  };
}

interface TestGpu {
  /** Registers a test that needs the GPU. */
  readonly test: (name: string, body: (engine: GpuEngine) => void | Promise<void>) => void;
}

export async function testGpu(test: Test): Promise<TestGpu> {
  const own = process.env.LATTIGRAD_TEST_GPU === 'own';
  const env = own ? undefined : softwareGpu();
  if (env) {
    const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env,
    });
    process.exit(status ?? 1);
  }
  const missing = own ? await provideWebGpu() : `no ${ICD} of Chromium in ${FOLDERS.join(', ')}`;
  if (missing === undefined) countBuffers();
  const engine = missing === undefined ? await gpuEngine({ mode: 'webgpu' }) : undefined;
  return {
    test(name, body) {
      if (engine) test(name, () => body(engine));
      else {
        console.log(`SKIPPED ${name}: ${missing}`);
        test.skip(name);
      }
    },
  };
}
