/**
 * Results that may take the place of what they are computed from: a raw matrix product of which only an elementwise
 * function is used needs no memory of its own.
 *
 * A buffer gives its place to a result of its last reader if that reader is a sweep that loads each element, for the last
 * time, before it writes the result's element at the same position. The thread that reads a row then also overwrites it, so
 * rows may still be divided among threads.
 */
import { sameSize } from '../dimension.ts';
import { sameIndices } from './affine.ts';
import type { Place } from './expr.ts';
import { type BufferInfo, type Kernel, loadsOf, type Sweep } from './kernel.ts';
import { type Launch, trafficOf } from './launch.ts';

/** For each buffer that gives up its place, the buffer that takes it. `kept` are needed after the last launch. */
export function placesTaken(
  launches: readonly Launch[],
  kernels: readonly Kernel[],
  buffers: readonly BufferInfo[],
  kept: ReadonlySet<number>,
): Map<number, number> {
  const written = new Set<number>();
  /** Launch and kernels that read a buffer last. */
  const last = new Map<number, { launch: number; kernels: number[] }>();
  launches.forEach(({ kernels: numbers }, launch) => {
    for (const number of numbers) {
      const { reads, writes } = trafficOf(kernels[number], buffers);
      for (const buffer of writes.keys()) written.add(buffer);
      for (const buffer of reads.keys()) {
        const before = last.get(buffer);
        if (before?.launch === launch) before.kernels.push(number);
        else last.set(buffer, { launch, kernels: [number] });
      }
    }
  });
  const taken = new Map<number, number>();
  const takers = new Set<number>();
  for (const [buffer, readers] of last) {
    const reader = kernels[readers.kernels[0]];
    if (!written.has(buffer) || kept.has(buffer) || readers.kernels.length > 1 || reader.kind !== 'sweep') continue;
    const { rows, width } = buffers[buffer];
    const taker = resultsInPlace(reader, buffer).find(
      (result) => !takers.has(result) && sameSize(buffers[result].rows, rows) && buffers[result].width === width,
    );
    if (taker === undefined) continue;
    taken.set(buffer, taker);
    takers.add(taker);
  }
  return taken;
}

/** Results whose elements a sweep writes where it has read, for the last time, the same elements of `buffer`. */
function resultsInPlace(sweep: Sweep, buffer: number): number[] {
  const slot = sweep.buffers.indexOf(buffer);
  const isHere = (place: Place) => place.space === 'buffer' && place.slot === slot;
  /** Places where it is read: a printer loads a place once in a stage, when the first write that needs it is made. */
  const read: { stage: number; write: number; place: Place }[] = [];
  sweep.stages.forEach(({ writes }, stage) => {
    const seen = new Set<(typeof writes)[number]['value']>();
    writes.forEach(({ value }, write) => {
      loadsOf(value, (place) => isHere(place) && read.push({ stage, write, place }), seen);
    });
  });
  const [only] = read;
  if (!only || read.length > 1 || only.place.gather) return [];
  const filled = new Set(sweep.fills.map((fill) => fill.buffer));
  const all = sweep.stages
    .flatMap(({ writes }) => writes.map(({ to }) => to))
    .filter(({ space }) => space === 'buffer');
  return sweep.stages[only.stage].writes.flatMap(({ to, mode }, write) =>
    write >= only.write &&
    mode === 'set' &&
    to.space === 'buffer' &&
    !to.gather &&
    !filled.has(sweep.buffers[to.slot]) &&
    all.filter(({ slot: other }) => other === to.slot).length === 1 &&
    sameIndices([to.index], [only.place.index])
      ? [sweep.buffers[to.slot]]
      : [],
  );
}
