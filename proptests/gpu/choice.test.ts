/**
 * Which engine a script takes: `gpu` never stands for anything else, `auto` takes a hardware GPU or says why not.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GPU_MODES, type Probed } from '../../tensor/gpu.ts';
import { noGpu, usableGpu } from '../../training/engine.ts';
import { check } from '../support/check.ts';
import { softwareGpu } from './device.ts';

const probed: fc.Arbitrary<Probed> = fc
  .record({ mode: fc.constantFrom(...GPU_MODES), kind: fc.constantFrom('hardware', 'software', 'none') })
  .map(({ mode, kind }) =>
    kind === 'none'
      ? { mode, reason: 'nobody answers' }
      : { mode, info: { mode, name: 'x', software: kind === 'software' } },
  );

test('hardware wins over software, which counts only when it is allowed', () =>
  check(
    fc.tuple(fc.array(probed, { maxLength: 4 }), fc.boolean()),
    ([found, allowed]) => {
      const usable = usableGpu(found, allowed);
      const names = found.map((p) => ('info' in p ? (p.info.software ? 'software' : 'hardware') : 'none'));
      const wanted = names.includes('hardware') ? 'hardware' : allowed ? 'software' : undefined;
      const at = wanted === undefined ? -1 : names.indexOf(wanted);
      assert.is(usable?.mode, found[at]?.mode);
    },
    100,
  ));

test('the refusal says what was tried and how to get a GPU', () => {
  const text = noGpu(['webgpu: nobody answers', 'headlessgl: no gl']);
  for (const part of [
    'webgpu: nobody answers',
    'headlessgl: no gl',
    'Vulkan',
    'npm install webgpu',
    '--engine cpu',
    'docs/gpu.md',
  ])
    assert.ok(text.includes(part), part);
});

/** Runs a tiny pre-training with this engine; what it printed, and the files that it left. */
function pretrain(engine: string, env: NodeJS.ProcessEnv) {
  const folder = mkdtempSync(join(tmpdir(), 'lattigrad-engine-'));
  try {
    const sizes = ['model.channels=6', 'model.hidden=6', 'model.convolutions=1'].flatMap((set) => ['--set', set]);
    const words = ['--preset', 'smoke', '--crystals', '8', '--epochs', '1', '--batch', '2', ...sizes];
    const out = join(folder, 'run');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'experiments/pretrain.ts', '--engine', engine, '--out', out, ...words],
      { encoding: 'utf8', env },
    );
    const files = readdirSync(out);
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    const environment = files.includes('environment.json') ? read('environment.json') : undefined;
    return { status, text: stdout + stderr, files, environment, result: files.includes('result.json') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** No Vulkan driver is found here; the way to hide one depends on the system. */
const hidden = { ...process.env, VK_ICD_FILENAMES: '/none.json', VK_DRIVER_FILES: '/none.json' };

if (process.platform === 'linux') {
  test('gpu without a GPU stops, says so, and leaves the folder free', () => {
    const { status, text, files } = pretrain('gpu', hidden);
    assert.is(status, 1);
    assert.match(text, /--engine gpu: no usable GPU\. Tried:/);
    assert.match(text, /webgpu: .*adapter/);
    assert.equal(files, []);
  });
} else test.skip('gpu without a GPU stops');

const software = softwareGpu();
if (software) {
  test('auto leaves a software adapter alone and says so', () => {
    const { status, text, environment, result } = pretrain('auto', software);
    assert.is(status, 0, text);
    assert.match(text, /engine: cpu, since no hardware GPU answers .*\(software\)/);
    assert.ok(result && environment[0].device === undefined);
  });

  test('a software adapter is refused by gpu unless it is allowed; then a whole run is done on it', () => {
    const refused = pretrain('gpu', { ...software, LATTIGRAD_SOFTWARE_GPU: '' });
    assert.is(refused.status, 1);
    assert.match(refused.text, /LATTIGRAD_SOFTWARE_GPU=1/);
    const { status, text, environment, result } = pretrain('gpu', software);
    assert.is(status, 0, text);
    assert.match(environment[0].device, /webgpu, software/);
    assert.ok(result);
  });
} else {
  console.log('SKIPPED runs on a software GPU: no Chromium');
  test.skip('runs on a software GPU');
}

test.run();
