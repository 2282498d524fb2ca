/**
 * Prints `(first, end, unused, out, copies, stride, count)`: adds copies of an array to it, or takes the largest of all,
 * in the order of the copies.
 */
// biome-ignore-all format: a line of instructions reads as a line
import type { Lanes, VectorLanes } from './lanes.ts';
import { FunctionBuilder, I32 } from './wasm.ts';

const [FIRST, END, , OUT, COPIES, STRIDE, COUNT] = [0, 1, 2, 3, 4, 5, 6];

/** Elements `first` to `end` of `out` are combined with those of each copy; `stride` is the bytes between two copies. */
export function printCombine(mode: 'add' | 'max', vector: VectorLanes): FunctionBuilder {
  const f = FunctionBuilder.ofIntegers(7);
  const { bytes } = vector;
  const [i, k, from, to] = f.newLocals(4, I32);
  const band = (lanes: Lanes, start: () => void, end: () => void) => {
    const sum = f.local(lanes.type);
    const align = Math.log2(bytes);
    f.loop(i, start, end, lanes.count, () => {
      f.get(OUT).get(i).i32(bytes).op('i32.mul', 'i32.add').set(to);
      f.get(COPIES).get(i).i32(bytes).op('i32.mul', 'i32.add').set(from);
      f.get(to).memory(lanes.load, align, 0).set(sum);
      f.loop(k, () => f.i32(0), () => f.get(COUNT), 1, () => {
        f.get(sum).get(from).memory(lanes.load, align, 0);
        lanes.ops[mode](f);
        f.set(sum).get(from).get(STRIDE).op('i32.add').set(from);
      });
      f.get(to).get(sum).memory(lanes.store, align, 0);
    });
  };
  const whole = () => f.wholeSteps(FIRST, END, vector.count);
  band(vector, () => f.get(FIRST), whole);
  band(vector.scalar, whole, () => f.get(END));
  return f;
}
