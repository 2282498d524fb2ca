/**
 * Which GPUs answer here, and why others do not: asked once, in words that can be shown.
 *
 * An adapter counts as answering when a kernel has run on it; a software adapter is named as such.
 */
import { type GpuAdapterInfo, openDevice } from './device.ts';
import { GPU_MODES, type GpuMode } from './gpujs.ts';

export type Probed =
  | { readonly mode: GpuMode; readonly info: GpuAdapterInfo }
  | { readonly mode: GpuMode; readonly reason: string };

/**
 * Tries each mode by running a kernel, and gives the adapter that answered, or the reason why none did; it does not
 * throw for a mode that is not there. In Node, call `provideWebGpu` (lattigrad/gpu/node) before.
 *
 * @example
 * // no-run: needs a GPU
 * for (const line of showProbed(await probe(['webgpu']))) console.log(line);
 */
export async function probe(modes: readonly GpuMode[] = GPU_MODES): Promise<Probed[]> {
  const found: Probed[] = [];
  for (const mode of modes) {
    try {
      const device = await openDevice(mode);
      found.push({ mode, info: device.info });
      await device.destroy();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      found.push({ mode, reason: text.split('\n')[0] });
    }
  }
  return found;
}

/**
 * What `probe` found in words, one line for each mode.
 *
 * @example
 * showProbed([{ mode: 'webgl2', reason: 'this is no browser' }])[0];  // webgl2: this is no browser
 */
export const showProbed = (found: readonly Probed[]): string[] =>
  found.map((p) =>
    'info' in p ? `${p.mode}: ${p.info.name} (${p.info.software ? 'software' : 'hardware'})` : `${p.mode}: ${p.reason}`,
  );
