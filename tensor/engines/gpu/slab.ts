/**
 * Slabs: how a tensor of any number of rows lies in a rank-3 array that every gpu.js mode can address.
 *
 * Row r, column c is element [floor(r / 4096)][r mod 4096][c]. GPU indices are float32: a flat index is exact only
 * below 2^24, a row number and a column are. The last slab is filled up with zeros; kernels return their start
 * value there.
 */
export const SLAB_ROWS = 4096;

export interface SlabShape {
  readonly cols: number;
  /** 4096, or fewer where one slab is enough. */
  readonly height: number;
  readonly slabs: number;
}

/** The slab of `rows` rows of `width` numbers; an empty tensor still has one element, since no GPU array is empty. */
export const slabShape = (rows: number, width: number): SlabShape => ({
  cols: Math.max(1, width),
  height: Math.min(SLAB_ROWS, Math.max(1, rows)),
  slabs: Math.max(1, Math.ceil(rows / SLAB_ROWS)),
});

/** Rows side by side in a row of threads, where an array has few columns. */
export const ABREAST = 64;
/** gpu.js runs threads in groups of 8 x 8: narrower arrays would leave most of a group idle. */
export const isNarrow = (width: number): boolean => width < 8;

/**
 * The threads that compute such an array, in the same order as its numbers. A narrow array has 64 rows in a row of threads,
 * and, if it has fewer than 4096 rows, a few numbers more at its end.
 */
export const threadShape = (rows: number, width: number): SlabShape => {
  const { cols, height, slabs } = slabShape(rows, width);
  return isNarrow(cols)
    ? { cols: ABREAST * cols, height: Math.ceil(height / ABREAST), slabs }
    : { cols, height, slabs };
};

/** Row-major numbers, padded to whole slabs. */
export function toSlab(values: ArrayLike<number>, { cols, height, slabs }: SlabShape): Float32Array {
  const padded = new Float32Array(cols * height * slabs);
  padded.set(values);
  return padded;
}

export const slabElements = ({ cols, height, slabs }: SlabShape): number => cols * height * slabs;
