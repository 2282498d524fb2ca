/**
 * Prints matrix products: register-tiled, on packed panels, with all strides as constants.
 *
 * The right side is packed into panels of two vectors' width, padded with zeros, so that the inner loop reads it in
 * order. A tile of 4 rows by one panel lives in registers. Every element is a sum over the contracted side in order,
 * whatever its place and whatever rows a thread takes, so results do not depend on either.
 *
 *   matmul   (first, end, K, a, panels, c)     rows first to end of a[rows, K]; K is a constant
 *   matmulTN (first, end, rows, a, b, c)       rows first to end of the result; b is read in place, in blocks
 */
// biome-ignore-all format: a line of instructions reads as a line
import type { VectorLanes } from './lanes.ts';
import { FunctionBuilder, I32 } from './wasm.ts';

const ROWS = 4;
/** Contracted rows of one block of matmulTN: a block of a panel stays in the first-level cache. */
const BLOCK = 256;

const panelWidth = (vector: VectorLanes): number => 2 * vector.count;
const panelCount = (vector: VectorLanes, columns: number): number => Math.ceil(columns / panelWidth(vector));

/** Elements of the packed form of a right side [inner, outer]. */
export const packedElements = (vector: VectorLanes, inner: number, outer: number): number =>
  panelCount(vector, outer) * panelWidth(vector) * inner;

const [FIRST, END, LENGTH, A, B, C] = [0, 1, 2, 3, 4, 5];

export interface ProductShape {
  readonly kind: 'matmul' | 'matmulTN';
  /** Columns of a and columns of c. */
  readonly inner: number;
  readonly outer: number;
  readonly transposed: boolean;
}

/** The product itself. */
export function printProduct({ kind, inner, outer }: ProductShape, vector: VectorLanes): FunctionBuilder {
  const { bytes } = vector;
  const width = panelWidth(vector);
  const f = new FunctionBuilder(Array.from({ length: 6 }, () => I32));
  const transposedLeft = kind === 'matmulTN';
  const [i, k, stop, start] = [f.local(I32), f.local(I32), f.local(I32), f.local(I32)];
  const [a, b, c] = [f.local(I32), f.local(I32), f.local(I32)];
  const align = Math.log2(bytes);
  /** Bytes between rows of a that a tile reads at once, and between steps along the contracted side. */
  const [rowStep, innerStep] = transposedLeft ? [bytes, inner * bytes] : [inner * bytes, bytes];
  const panelStep = transposedLeft ? outer * bytes : width * bytes;

  /** First bytes of the panel at hand: in a row of c, and in b. */
  const [column, panel] = [f.local(I32), f.local(I32)];

  /** c[i .. i + rows, panel of so many columns] (plus what is there, after the first block). */
  const tile = (rows: number, columns: number) => {
    const sums = Array.from({ length: 2 * rows }, () => f.local(vector.type));
    const right = [f.local(vector.type), f.local(vector.type)];
    const left = f.local(vector.type);
    const at = (r: number, v: number) => (r * outer + v * vector.count) * bytes;
    /** Vectors of this panel with any column, and the columns of each. */
    const vectors = [0, 1].map((v) => Math.max(0, Math.min(vector.count, columns - v * vector.count)))
      .filter((n) => n > 0);
    f.get(C).get(i).i32(outer * bytes).mul().add().get(column).add().set(c);
    f.get(A).get(i).i32(rowStep).mul().add();
    if (transposedLeft) f.get(start).i32(innerStep).mul().add();
    f.set(a);
    f.get(panel);
    if (transposedLeft) f.get(start).i32(panelStep).mul().add();
    f.set(b);
    for (const sum of sums) {
      vector.literal(f, 0);
      f.set(sum);
    }
    f.loop(
      k,
      () => f.get(start),
      () => f.get(stop),
      1,
      () => {
        vectors.forEach((_, v) => {
          f.get(b).memory(vector.load, align, v * vector.count * bytes).set(right[v]);
        });
        for (let r = 0; r < rows; r++) {
          f.get(a).memory(vector.loadSplat, align, r * rowStep).set(left);
          vectors.forEach((_, v) => {
            const sum = sums[2 * r + v];
            if (vector.multiplyAdd)
              f.get(left).get(right[v]).get(sum).op(...vector.multiplyAdd).set(sum);
            else {
              f.get(left).get(right[v]);
              vector.ops.mul(f);
              f.get(sum);
              vector.ops.add(f);
              f.set(sum);
            }
          });
        }
        f.get(a).i32(innerStep).add().set(a);
        f.get(b).i32(panelStep).add().set(b);
      },
    );
    const store = (accumulate: boolean) => {
      for (let r = 0; r < rows; r++) {
        vectors.forEach((lanes, v) => {
          const sum = sums[2 * r + v];
          if (lanes === vector.count) {
            f.get(c);
            if (accumulate) {
              f.get(c).memory(vector.load, align, at(r, v)).get(sum);
              vector.ops.add(f);
            } else f.get(sum);
            f.memory(vector.store, align, at(r, v));
            return;
          }
          for (let lane = 0; lane < lanes; lane++) {
            const place = at(r, v) + lane * bytes;
            f.get(c);
            if (accumulate) {
              f.get(c).memory(vector.scalar.load, align, place).get(sum).op(...vector.extract(lane));
              vector.scalar.ops.add(f);
            } else f.get(sum).op(...vector.extract(lane));
            f.memory(vector.scalar.store, align, place);
          }
        });
      }
    };
    if (transposedLeft)
      f.get(start).ifElse(
        () => store(true),
        () => store(false),
      );
    else store(false);
  };

  /** All tiles of the rows from FIRST to END for the contracted range [start, stop). */
  const tiles = () => {
    const whole = () => f.get(FIRST).get(END).get(FIRST).sub().i32(ROWS).op(0x6d).i32(ROWS).mul().add();
    const rowsOf = (columns: number) => {
      f.loop(i, () => f.get(FIRST), whole, ROWS, () => tile(ROWS, columns));
      f.loop(i, whole, () => f.get(END), 1, () => tile(1, columns));
    };
    const full = Math.floor(outer / width);
    f.get(B).set(panel);
    const panelBytes = width * bytes * (transposedLeft ? 1 : inner);
    f.loop(column, () => f.i32(0), () => f.i32(full * width * bytes), width * bytes, () => {
      rowsOf(width);
      f.get(panel).i32(panelBytes).add().set(panel);
    });
    // After the loop, column and panel stand at the last panel, which has fewer columns.
    if (outer % width > 0) rowsOf(outer % width);
  };
  if (transposedLeft) {
    const block = f.local(I32);
    // At least one pass: the sum over no rows is zero, not what the array held before.
    f.loop(
      block,
      () => f.i32(0),
      () => f.get(LENGTH).get(LENGTH).op(0x45).add(),
      BLOCK,
      () => {
        f.get(block).set(start);
        // stop = min(block + BLOCK, LENGTH)
        f.get(block).i32(BLOCK).add().get(LENGTH).get(block).i32(BLOCK).add().get(LENGTH).op(0x48, 0x1b).set(stop);
        tiles();
      },
    );
  } else {
    f.i32(0).set(start).i32(inner).set(stop);
    tiles();
  }
  return f;
}

/** `(unused, unused, unused, unused, b, panels)`: the right side of matmul, [inner, outer] or transposed, in panels. */
export function printPack({ inner, outer, transposed }: ProductShape, vector: VectorLanes): FunctionBuilder {
  const { bytes, scalar } = vector;
  const width = panelWidth(vector);
  const align = Math.log2(bytes);
  const f = new FunctionBuilder(Array.from({ length: 6 }, () => I32));
  const [k, to, from, panel] = [f.local(I32), f.local(I32), f.local(I32), f.local(I32)];
  const between = (transposed ? inner : 1) * bytes;
  const packPanel = (columns: number) => {
    f.get(panel).set(from);
    f.loop(k, () => f.i32(0), () => f.i32(inner), 1, () => {
      for (let column = 0; column < width; column++) {
        f.get(to);
        if (column < columns) f.get(from).memory(scalar.load, align, column * between);
        else scalar.literal(f, 0);
        f.memory(scalar.store, align, column * bytes);
      }
      f.get(to).i32(width * bytes).add().set(to);
      f.get(from).i32((transposed ? 1 : outer) * bytes).add().set(from);
    });
  };
  f.get(C).set(to).get(B).set(panel);
  const count = f.local(I32);
  f.loop(count, () => f.i32(0), () => f.i32(Math.floor(outer / width)), 1, () => {
    packPanel(width);
    f.get(panel).i32(width * between).add().set(panel);
  });
  if (outer % width > 0) packPanel(outer % width);
  return f;
}
