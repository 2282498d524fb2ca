/**
 * A plan of the GPU engine: a printed program bound to its leaves.
 *
 * A run uploads what is fed, launches the kernels in order, drops each array after its last reader, and reads back the
 * outputs alone. New values of variables change owners on the device: nothing is copied.
 */
import { type Dimension, resolveSize, type Sizes } from '../../dimension.ts';
import { type IndexValue, initialValue, leafRole } from '../../leaves.ts';
import { bind, expectProgram, type Feeds, type Plan, type Program } from '../engine.ts';
import type { DeviceArray } from './adapter.ts';
import { arrayName, type GpuCodeCache, isHostNumber } from './code.ts';
import { withParts } from './parts.ts';
import type { GpuKernel } from './print.ts';
import { reverseLength, reverseOf } from './reverse-index.ts';
import { slabShape, threadShape, toSlab } from './slab.ts';
import type { GpuState } from './state.ts';

export interface GpuPlan extends Plan {
  /** Kernels launched by a run. */
  readonly kernels: number;
}

/** Makes an array; `owned` by the run, which releases it, or by the engine. */
type Source = () => Promise<{ readonly array: DeviceArray; readonly owned: boolean }>;

/** A run as it was asked for: numbers, and where arrays will come from. Nothing fed is read after that. */
interface Asked {
  readonly sizes: Sizes;
  readonly numbers: ReadonlyMap<number, number>;
  readonly sources: ReadonlyMap<string, Source>;
}

export function createGpuPlan(program: Program, state: GpuState, cache: GpuCodeCache): GpuPlan {
  expectProgram(program);
  const { code, leaves } = cache.get(program);
  const { device } = state;
  const bound = code.leafPositions.map((position) => leaves[position]);
  const variables = (program.updates ?? []).map(([variable]) => variable);

  function ask(feeds: Feeds, given: Readonly<Record<string, number>>): Asked {
    // Sizes are learnt from every leaf of the program, also from those that simplification removed.
    const { bindings, sizes } = bind(leaves, feeds, given, (variable) => state.heldOf(variable)?.host);
    const byTensor = new Map(bindings.map((binding) => [binding.tensor, binding]));
    const numbers = new Map<number, number>();
    const sources = new Map<string, Source>();
    for (const [buffer, leaf] of bound.entries()) {
      if (leaf.op.name === 'sizeOf') numbers.set(buffer, resolveSize(leaf.attributes.dimension as Dimension, sizes));
      else if (isHostNumber(leaf)) numbers.set(buffer, Math.fround((byTensor.get(leaf)!.value as Float64Array)[0]));
    }
    for (const [name, { kind, buffer }] of code.taken) {
      const number = numbers.get(buffer);
      if (number !== undefined) {
        sources.set(name, async () => ({ array: await device.filled(number, slabShape(1, 1)), owned: true }));
        continue;
      }
      const leaf = bound[buffer];
      const { value, filled } = byTensor.get(leaf)!;
      const values = leaf.dtype === 'index' ? () => partOf(value as IndexValue, kind) : () => value as Float64Array;
      const { width } = code.buffers[buffer];
      const rows = resolveSize(code.buffers[buffer].rows, sizes);
      const role = leafRole(leaf);
      const held = role === 'variable' && (state.heldOf(leaf) ?? (filled ? undefined : state.hold(leaf)));
      if (held) sources.set(name, async () => ({ array: await state.arrayOf(leaf, held), owned: false }));
      else if (filled) {
        const one = Math.fround((value as Float64Array)[0]);
        sources.set(name, async () => ({ array: await device.filled(one, slabShape(rows, width)), owned: true }));
      } else if (value === initialValue(leaf)) {
        sources.set(name, async () => ({ array: await state.constantOf(leaf, kind, values, width), owned: false }));
      } else {
        const part = values();
        const shape = slabShape(part.length / Math.max(1, width), width);
        const copy = toSlab(part, shape);
        sources.set(name, async () => ({ array: await device.upload(copy, shape), owned: true }));
      }
    }
    return { sizes: withParts(sizes), numbers, sources };
  }

  async function execute({ sizes, numbers, sources }: Asked): Promise<Float64Array[]> {
    /** Arrays that this run must release. */
    const own = new Map<string, DeviceArray>();
    const arrays = new Map<string, DeviceArray>();
    const argument = (parameter: GpuKernel['parameters'][number]): DeviceArray | number => {
      if (parameter.kind === 'size') return resolveSize(parameter.size, sizes);
      if (parameter.kind === 'constant') return parameter.value;
      if (parameter.kind === 'number') return numbers.get(parameter.buffer)!;
      return arrays.get(arrayName(parameter))!;
    };
    const named = (buffer: number) => arrayName({ kind: 'buffer', buffer });
    try {
      for (const [name, source] of sources) {
        const { array, owned } = await source();
        arrays.set(name, array);
        if (owned) own.set(name, array);
      }
      for (const [k, { source, parameters, output }] of code.kernels.entries()) {
        const { rows, width } = code.buffers[output];
        const count = resolveSize(rows, sizes);
        const [threads, shape] = [threadShape(count, width), slabShape(count, width)];
        const array = await device.launch(source, parameters.map(argument), threads, shape);
        arrays.set(named(output), array);
        own.set(named(output), array);
        for (const buffer of code.dropped[k]) {
          device.release(own.get(named(buffer))!);
          own.delete(named(buffer));
          arrays.delete(named(buffer));
        }
      }
      const results = await Promise.all(code.outputs.map((buffer) => readBuffer(buffer)));
      // All new values are retained before any variable lets its old one go.
      const values = code.updates.map((buffer) => device.retain(arrays.get(named(buffer))!));
      for (const [k, variable] of variables.entries()) state.replace(state.hold(variable), values[k]);
      return results;
    } finally {
      for (const array of own.values()) device.release(array);
    }

    async function readBuffer(buffer: number): Promise<Float64Array> {
      const number = numbers.get(buffer);
      if (number !== undefined) return Float64Array.of(number);
      const { rows, width } = code.buffers[buffer];
      const flat = await device.read(arrays.get(named(buffer))!);
      return Float64Array.from(flat.subarray(0, resolveSize(rows, sizes) * width));
    }
  }

  return {
    kernels: code.kernels.length,
    run(feeds: Feeds = new Map(), given = {}) {
      try {
        for (const variable of variables) state.hold(variable);
        const asked = ask(feeds, given);
        for (const variable of variables) state.willChange(variable);
        return state.enqueue(() => execute(asked));
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

/** The row numbers of an index, or its reverse direction. */
function partOf(value: IndexValue, kind: 'buffer' | 'reverse'): Int32Array {
  const [rows, count] = [value.values.length, value.count];
  if (reverseLength(rows, count) >= 2 ** 24) {
    throw new Error(
      `GPU: an index of ${rows} rows into ${count}; together they must be below 2^24, the whole numbers of float32. ` +
        'Use smaller batches, or the CPU engine.',
    );
  }
  return kind === 'buffer' ? value.values : reverseOf(value);
}
