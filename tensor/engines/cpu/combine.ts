/** Prints `(first, end, unused, out, copies, stride, count, ...)`: adds (or takes the maximum of) copies of an array, in order. */
// biome-ignore-all format: a line of instructions reads as a line
import type { Lanes, VectorLanes } from './lanes.ts';
import { FunctionBuilder, I32 } from './wasm.ts';

const [FIRST, END, , OUT, COPIES, STRIDE, COUNT] = [0, 1, 2, 3, 4, 5, 6];

/** `stride` is in bytes; elements `first` to `end` of `out` are combined with those of each copy. */
export function printCombine(mode: 'add' | 'max', vector: VectorLanes): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 7 }, () => I32));
  const { bytes } = vector;
  const [i, k, from, to] = [f.local(I32), f.local(I32), f.local(I32), f.local(I32)];
  const band = (lanes: Lanes, start: () => void, end: () => void) => {
    const sum = f.local(lanes.type);
    const align = Math.log2(bytes);
    f.loop(i, start, end, lanes.count, () => {
      f.get(OUT).get(i).i32(bytes).mul().add().set(to);
      f.get(COPIES).get(i).i32(bytes).mul().add().set(from);
      f.get(to).memory(lanes.load, align, 0).set(sum);
      f.loop(
        k,
        () => f.i32(0),
        () => f.get(COUNT),
        1,
        () => {
          f.get(sum).get(from).memory(lanes.load, align, 0);
          lanes.ops[mode](f);
          f.set(sum).get(from).get(STRIDE).add().set(from);
        },
      );
      f.get(to).get(sum).memory(lanes.store, align, 0);
    });
  };
  const whole = () => f.get(FIRST).get(END).get(FIRST).sub().i32(vector.count).op(0x6d).i32(vector.count).mul().add();
  band(vector, () => f.get(FIRST), whole);
  band(vector.scalar, whole, () => f.get(END));
  return f;
}
