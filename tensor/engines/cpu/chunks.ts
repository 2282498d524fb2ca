/**
 * Divides the rows of a sweep into chunks that threads can take, such that no result depends on the number of threads.
 *
 * Chunks follow from sizes and indices alone. Several chunks may sum at rows named by an index if they write to different
 * rows, so rows are cut where the index separates: where all rows before name lower rows than all rows after, as between the
 * structures of a batch. Where there is no such place, each chunk sums into a copy of its own, and the copies are added in
 * order.
 */

/** More chunks than this give no more speed, only more copies. */
export const MOST_CHUNKS = 16;
/** Scalar operations worth handing to another thread. */
const CHUNK_WORK = 400_000;
/** A copy costs about this many operations per element (filling, adding), and should cost a twentieth of the work. */
const COPY_WORK = 60;

/** Chunks for so much work, given how many elements a chunk would have to copy. */
export function chunkCount(rows: number, workPerRow: number, copied: number): number {
  const work = rows * workPerRow;
  const wanted = Math.min(Math.floor(work / CHUNK_WORK), Math.floor(work / (COPY_WORK * Math.max(1, copied))));
  return Math.max(1, Math.min(MOST_CHUNKS, rows, wanted));
}

/** Bounds of `count` chunks of about equal size, at multiples of four: a tile of a product, a vector of numbers. */
export const evenBounds = (rows: number, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, k) => (k === count ? rows : 4 * Math.floor((k * rows) / count / 4)));

/**
 * Positions where an index separates: flags[p] is 1 when all rows before p point at lower rows than all rows from p
 * on. `reach`: how many rows beyond the named one are written too.
 */
export function separators(values: Int32Array, reach: number): Uint8Array {
  const rows = values.length;
  const flags = new Uint8Array(rows + 1);
  // The lowest row that any row from p on points at.
  const lowest = new Int32Array(rows + 1);
  lowest[rows] = 0x7fffffff;
  for (let k = rows - 1; k >= 0; k--) lowest[k] = values[k] < lowest[k + 1] ? values[k] : lowest[k + 1];
  let highest = -1;
  for (let p = 0; p < rows; p++) {
    if (highest < lowest[p]) flags[p] = 1;
    const reached = values[p] + reach;
    if (reached > highest) highest = reached;
  }
  flags[rows] = 1;
  return flags;
}

export interface Cut {
  /** Chunk k has the rows bounds[k] to bounds[k + 1]. */
  readonly bounds: readonly number[];
  /** For each index, whether the chunks write to different rows. */
  readonly apart: readonly boolean[];
}

/**
 * Cuts rows into `count` chunks of about equal size at common separators of as many indices as possible (earlier ones
 * first to be kept); an index without a separator near every cut is given up.
 */
export function cutRows(rows: number, count: number, indices: readonly Uint8Array[]): Cut {
  const kept = indices.map(() => true);
  for (;;) {
    const flags = indices.filter((_, k) => kept[k]);
    const bounds = tryCut(rows, count, flags);
    if (bounds) return { bounds, apart: kept };
    // Give up the index with the fewest separators among those still kept.
    let worst = -1;
    let fewest = Number.POSITIVE_INFINITY;
    indices.forEach((index, k) => {
      if (!kept[k]) return;
      let total = 0;
      for (let p = 0; p < index.length; p++) total += index[p];
      if (total <= fewest) [worst, fewest] = [k, total];
    });
    kept[worst] = false;
  }
}

function tryCut(rows: number, count: number, flags: readonly Uint8Array[]): number[] | undefined {
  const bounds = [0];
  const window = rows / count / 2;
  for (let k = 1; k < count; k++) {
    const ideal = Math.round((k * rows) / count);
    const at = nearest(ideal, window, (p) => p > bounds[k - 1] && flags.every((f) => f[p] === 1));
    if (at === undefined) return undefined;
    bounds.push(at);
  }
  bounds.push(rows);
  return bounds;
}

/** The accepted position nearest to `ideal`, the lower one of two. */
function nearest(ideal: number, window: number, accept: (p: number) => boolean): number | undefined {
  for (let d = 0; d <= window; d++) {
    if (accept(ideal - d)) return ideal - d;
    if (accept(ideal + d)) return ideal + d;
  }
  return undefined;
}
