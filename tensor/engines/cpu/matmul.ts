/**
 * Prints the matrix-product functions: one for strided A times row-major B, one that transposes.
 *
 * `product(M, N, K, A, aRow, aStep, B, bRow, C, cRow)`: C[i, j] = sum_k A[i aRow + k aStep] B[k bRow + j], all
 * strides in bytes. Tiles of 4 rows by 2 vectors live in registers; edges use smaller tiles. The sum over k runs
 * in order for every element, whatever the tile, so results do not depend on where an element lies.
 */
import { type Lanes, type Precision, vectorOf } from './lanes.ts';
import { FunctionBuilder, I32 } from './wasm.ts';

const PARAMS = 10;
const [M, N, K, A, A_ROW, A_STEP, B, B_ROW, C, C_ROW] = Array.from({ length: PARAMS }, (_, k) => k) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

export function printProduct(precision: Precision): FunctionBuilder {
  const vector = vectorOf(precision);
  const { bytes } = vector;
  const f = new FunctionBuilder(Array.from({ length: PARAMS }, () => I32));
  const [i, j, k] = [f.local(I32), f.local(I32), f.local(I32)];
  const [whole, columns] = [f.local(I32), f.local(I32)];
  const [a, b, c] = [f.local(I32), f.local(I32), f.local(I32)];

  /** C[i.., j..] for `rows` rows and `width` groups of lanes. */
  const tile = (rows: number, width: number, lanes: Lanes) => {
    const sums = Array.from({ length: rows * width }, () => f.local(lanes.type));
    const left = f.local(lanes.type);
    const right = Array.from({ length: width }, () => f.local(lanes.type));
    f.get(A).get(i).get(A_ROW).mul().add().set(a);
    f.get(B).get(j).i32(bytes).mul().add().set(b);
    for (const sum of sums) {
      lanes.literal(f, 0);
      f.set(sum);
    }
    f.loop(
      k,
      () => f.i32(0),
      () => f.get(K),
      1,
      () => {
        right.forEach((local, w) => {
          f.get(b)
            .memory(lanes.load, Math.log2(bytes), w * lanes.count * bytes)
            .set(local);
        });
        for (let r = 0; r < rows; r++) {
          f.get(a);
          if (r > 0) f.i32(r).get(A_ROW).mul().add();
          f.memory(vector.scalar.load, Math.log2(bytes), 0);
          if (lanes.count > 1) f.op(...vector.splat);
          f.set(left);
          for (let w = 0; w < width; w++) {
            const sum = sums[r * width + w]!;
            f.get(sum).get(left).get(right[w]!);
            lanes.ops.mul!(f);
            lanes.ops.add!(f);
            f.set(sum);
          }
        }
        f.get(a).get(A_STEP).add().set(a);
        f.get(b).get(B_ROW).add().set(b);
      },
    );
    f.get(C).get(i).get(C_ROW).mul().add().get(j).i32(bytes).mul().add().set(c);
    for (let r = 0; r < rows; r++) {
      for (let w = 0; w < width; w++) {
        f.get(c)
          .get(sums[r * width + w]!)
          .memory(lanes.store, Math.log2(bytes), w * lanes.count * bytes);
      }
      f.get(c).get(C_ROW).add().set(c);
    }
  };

  /** All rows for the columns from `from` to `to` in steps of a tile's width. */
  const band = (from: () => void, to: () => void, width: number, lanes: Lanes) =>
    f.loop(j, from, to, width * lanes.count, () => {
      f.get(M).i32(4).op(0x6d).i32(4).mul().set(whole); // M rounded down to whole tiles
      f.loop(
        i,
        () => f.i32(0),
        () => f.get(whole),
        4,
        () => tile(4, width, lanes),
      );
      f.loop(
        i,
        () => f.get(whole),
        () => f.get(M),
        1,
        () => tile(1, width, lanes),
      );
    });

  const wide = 2 * vector.count;
  const roundDown = (step: number) => f.get(N).i32(step).op(0x6d).i32(step).mul();
  band(
    () => f.i32(0),
    () => roundDown(wide),
    2,
    vector,
  );
  roundDown(wide).set(columns);
  band(
    () => f.get(columns),
    () => roundDown(vector.count),
    1,
    vector,
  );
  band(
    () => roundDown(vector.count),
    () => f.get(N),
    1,
    vector.scalar,
  );
  return f;
}

/** `transpose(rows, columns, from, to)`: to[c, r] = from[r, c], both contiguous. */
export function printTranspose(precision: Precision): FunctionBuilder {
  const { scalar, bytes } = vectorOf(precision);
  const f = new FunctionBuilder([I32, I32, I32, I32]);
  const [r, c] = [f.local(I32), f.local(I32)];
  f.loop(
    r,
    () => f.i32(0),
    () => f.get(0),
    1,
    () => {
      f.loop(
        c,
        () => f.i32(0),
        () => f.get(1),
        1,
        () => {
          f.get(3).get(c).get(0).mul().get(r).add().i32(bytes).mul().add();
          f.get(2).get(r).get(1).mul().get(c).add().i32(bytes).mul().add();
          f.memory(scalar.load, Math.log2(bytes), 0).memory(scalar.store, Math.log2(bytes), 0);
        },
      );
    },
  );
  return f;
}
