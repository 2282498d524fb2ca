/**
 * Slabs: how a tensor with any number of rows lies in an array of rank 3, which every mode of gpu.js can address.
 *
 * Element [r][c] of the tensor is element [floor(r / 4096)][r mod 4096][c] of the array. Indices on the GPU are float32
 * numbers, which are exact below 2^24 only: enough for a row number and a column, not for a flat index of a large tensor.
 * The last slab is filled up. Uploaded arrays hold zeros there, results of kernels their start value.
 */
export const SLAB_ROWS = 4096;

export interface SlabShape {
  readonly cols: number;
  /** 4096, or fewer where one slab is enough. */
  readonly height: number;
  readonly slabs: number;
}

/** The slabs of `rows` rows of `width` numbers. An empty tensor has one element all the same, as no GPU array is empty. */
export const slabShape = (rows: number, width: number): SlabShape => ({
  cols: Math.max(1, width),
  height: Math.min(SLAB_ROWS, Math.max(1, rows)),
  slabs: Math.max(1, Math.ceil(rows / SLAB_ROWS)),
});

/** So many rows of a narrow array are computed by one row of threads. */
export const ABREAST = 64;
/** Has an array so few columns that a row of threads for each of its rows would waste most threads? gpu.js runs 8 x 8. */
export const isNarrow = (width: number): boolean => width < 8;

/**
 * The threads that compute an array, in the order of its numbers. For most arrays there is one thread for each element of
 * its slabs. A row of threads for a narrow array covers 64 rows; if their number is no multiple of 64, some threads are left
 * over, and the array has a few numbers more at its end.
 */
export const threadShape = (rows: number, width: number): SlabShape => {
  const { cols, height, slabs } = slabShape(rows, width);
  return isNarrow(cols)
    ? { cols: ABREAST * cols, height: Math.ceil(height / ABREAST), slabs }
    : { cols, height, slabs };
};

/** Row-major numbers, copied, with zeros up to the end of the last slab. */
export function toSlab(values: ArrayLike<number>, shape: SlabShape): Float32Array {
  const padded = new Float32Array(slabElements(shape));
  padded.set(values);
  return padded;
}

/** Whole rows of `width` numbers, copied and padded, and the shape of their slabs. */
export function slabsOf(values: ArrayLike<number>, width: number): { padded: Float32Array; shape: SlabShape } {
  const shape = slabShape(values.length / Math.max(1, width), width);
  return { padded: toSlab(values, shape), shape };
}

/** Numbers in an array of this shape, padding included. */
export const slabElements = ({ cols, height, slabs }: SlabShape): number => cols * height * slabs;
