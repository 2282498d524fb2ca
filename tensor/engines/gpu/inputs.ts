/**
 * Where the numbers of a program's leaves come from in one run: some are numbers that the host knows, variables and
 * constants lie on the device already, and what is fed has to be uploaded.
 *
 * Fed values are copied when a run is asked for, since the caller may change them afterwards. The arrays on the device are
 * made later, when the run's turn comes.
 */
import { type Dimension, resolveSize, type Sizes } from '../../dimension.ts';
import { type IndexValue, initialValue, leafRole } from '../../leaves.ts';
import type { Tensor } from '../../tensor.ts';
import { type Binding, bind, type Feeds } from '../engine.ts';
import type { GpuCode } from './code.ts';
import type { DeviceArray } from './device.ts';
import type { ArrayParameter } from './parameter.ts';
import { withParts } from './parts.ts';
import { isHostNumber } from './program.ts';
import { reverseLength, reverseOf } from './reverse-index.ts';
import { slabShape, slabsOf } from './slab.ts';
import type { GpuState } from './state.ts';

/** Makes an array, or finds it on the device. If it is `owned`, the run that asked for it has to release it. */
type Source = () => Promise<{ readonly array: DeviceArray; readonly owned: boolean }>;

export interface RunInputs {
  readonly sizes: Sizes;
  /** Values of the buffers whose one number the host knows. */
  readonly numbers: ReadonlyMap<number, number>;
  /** Sources of the arrays of leaves, by the names of `arrayName`. */
  readonly sources: ReadonlyMap<string, Source>;
}

/**
 * Binds the leaves of a program for one run. Sizes are learnt from all of its `leaves`, also from those that simplification
 * has removed and that no buffer belongs to. Throws if a value is missing or does not fit.
 */
export function runInputs(
  code: GpuCode,
  leaves: readonly Tensor[],
  feeds: Feeds,
  given: Readonly<Record<string, number>>,
  state: GpuState,
): RunInputs {
  const { bindings, sizes } = bind(leaves, feeds, given, (variable) => state.heldOf(variable)?.host);
  const byTensor = new Map(bindings.map((binding) => [binding.tensor, binding]));
  const bound = code.leafPositions.map((position) => leaves[position]);
  const numbers = new Map<number, number>();
  for (const [buffer, leaf] of bound.entries()) {
    if (leaf.op.name === 'sizeOf') numbers.set(buffer, resolveSize(leaf.attributes.dimension as Dimension, sizes));
    else if (isHostNumber(leaf)) numbers.set(buffer, firstNumber(byTensor.get(leaf)!));
  }
  const sources = new Map<string, Source>();
  for (const [name, parameter] of code.taken) {
    const { buffer } = parameter;
    const number = numbers.get(buffer);
    const { rows, width } = code.buffers[buffer];
    const source =
      number === undefined
        ? sourceOf(parameter, byTensor.get(bound[buffer])!, resolveSize(rows, sizes), width, state, feeds)
        : filled(state, number, 1, 1);
    sources.set(name, source);
  }
  return { sizes: withParts(sizes), numbers, sources };
}

/** The source of an array of a leaf that has so many rows of `width` numbers. */
function sourceOf(
  { kind }: ArrayParameter,
  { tensor: leaf, ...binding }: Binding,
  rows: number,
  width: number,
  state: GpuState,
  feeds: Feeds,
): Source {
  const { value } = binding;
  // A variable that fills a named dimension with one number is not held, as its number of rows changes between runs; nor
  // is the value that a variable is given for this run alone.
  const isHeld = state.heldOf(leaf) !== undefined || !binding.filled;
  if (leafRole(leaf) === 'variable' && isHeld && !feeds.has(leaf)) {
    const held = state.hold(leaf);
    return async () => ({ array: await state.arrayOf(leaf, held), owned: false });
  }
  if (binding.filled) return filled(state, firstNumber(binding), rows, width);
  const values = () => (leaf.dtype === 'index' ? rowNumbers(value as IndexValue, kind) : (value as Float64Array));
  if (value === initialValue(leaf)) {
    return async () => ({ array: await state.constantOf(leaf, kind, values, width), owned: false });
  }
  const { padded, shape } = slabsOf(values(), width);
  return async () => ({ array: await state.device.upload(padded, shape), owned: true });
}

const firstNumber = ({ value }: Pick<Binding, 'value'>): number => Math.fround((value as Float64Array)[0]);

const filled =
  ({ device }: GpuState, value: number, rows: number, width: number): Source =>
  async () => ({ array: await device.filled(value, slabShape(rows, width)), owned: true });

/** The row numbers of an index or its reverse direction. Throws if float32 cannot hold them. */
function rowNumbers(index: IndexValue, kind: ArrayParameter['kind']): Int32Array {
  const [rows, count] = [index.values.length, index.count];
  if (reverseLength(rows, count) >= 2 ** 24) {
    throw new Error(
      `GPU: an index of ${rows} rows into ${count}; together they must be below 2^24, the whole numbers of float32. ` +
        'Use smaller batches, or the CPU engine.',
    );
  }
  return kind === 'buffer' ? index.values : reverseOf(index);
}
