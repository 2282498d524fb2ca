/**
 * A plan of the GPU engine: a printed program bound to its leaves.
 *
 * A run uploads what is fed, launches the kernels in order, releases each array after its last reader, and reads back only
 * the outputs. The new value of a variable becomes its array by a change of owner; nothing is copied.
 */
import { resolveSize } from '../../dimension.ts';
import type { Tensor } from '../../tensor.ts';
import { expectProgram, type Feeds, type Plan, type Program } from '../engine.ts';
import { arrayName, type GpuCode, type GpuCodeCache } from './code.ts';
import type { DeviceArray } from './device.ts';
import { type RunInputs, runInputs } from './inputs.ts';
import type { Parameter } from './parameter.ts';
import { slabShape, threadShape } from './slab.ts';
import type { GpuState } from './state.ts';

export interface GpuPlan extends Plan {
  /** Kernels that a run launches. */
  readonly kernels: number;
}

export function createGpuPlan(program: Program, state: GpuState, cache: GpuCodeCache): GpuPlan {
  expectProgram(program);
  const { code, leaves } = cache.get(program);
  const variables = (program.updates ?? []).map(([variable]) => variable);
  return {
    kernels: code.kernels.length,
    run(feeds: Feeds = new Map(), given = {}) {
      try {
        for (const variable of variables) state.hold(variable);
        const inputs = runInputs(code, leaves, feeds, given, state);
        for (const variable of variables) state.willChange(variable);
        return state.enqueue(() => new Run(code, inputs, state).execute(variables));
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

/** One run, from its turn in the queue to its results. */
class Run {
  /** Arrays by the names of `arrayName`. */
  private readonly arrays = new Map<string, DeviceArray>();
  /** Those that this run has to release. */
  private readonly owned = new Set<DeviceArray>();

  constructor(
    private readonly code: GpuCode,
    private readonly inputs: RunInputs,
    private readonly state: GpuState,
  ) {}

  /** Runs all kernels, and gives the variables that the program updates their new values. */
  async execute(variables: readonly Tensor[]): Promise<Float64Array[]> {
    const { code, state } = this;
    const { device } = state;
    try {
      for (const [name, source] of this.inputs.sources) {
        const { array, owned } = await source();
        this.arrays.set(name, array);
        if (owned) this.owned.add(array);
      }
      for (const k of code.kernels.keys()) {
        await this.launch(k);
        for (const buffer of code.dropped[k]) this.drop(buffer);
      }
      const results = await Promise.all(code.outputs.map((buffer) => this.read(buffer)));
      // All new values are retained before any variable releases its old one, which may be another's new value.
      const values = code.updates.map((buffer) => device.retain(this.arrayOf(buffer)));
      for (const [k, variable] of variables.entries()) state.replace(state.hold(variable), values[k]);
      return results;
    } finally {
      for (const array of this.owned) device.release(array);
    }
  }

  /** Launches kernel k, whose result is an array of this run from then on. */
  private async launch(k: number): Promise<void> {
    const { source, parameters, output } = this.code.kernels[k];
    const { rows, width } = this.code.buffers[output];
    const count = resolveSize(rows, this.inputs.sizes);
    const args = parameters.map((parameter) => this.argument(parameter));
    const array = await this.state.device.launch(source, args, threadShape(count, width), slabShape(count, width));
    this.arrays.set(bufferName(output), array);
    this.owned.add(array);
  }

  /** What a kernel gets for a parameter. */
  private argument(parameter: Parameter): DeviceArray | number {
    const { sizes, numbers } = this.inputs;
    if (parameter.kind === 'size') return resolveSize(parameter.size, sizes);
    if (parameter.kind === 'constant') return parameter.value;
    if (parameter.kind === 'number') return numbers.get(parameter.buffer)!;
    return this.arrays.get(arrayName(parameter))!;
  }

  private arrayOf(buffer: number): DeviceArray {
    return this.arrays.get(bufferName(buffer))!;
  }

  /** Releases the array of a buffer that nothing reads any more. */
  private drop(buffer: number): void {
    const array = this.arrayOf(buffer);
    this.state.device.release(array);
    this.owned.delete(array);
    this.arrays.delete(bufferName(buffer));
  }

  /** The numbers of a buffer, without padding. */
  private async read(buffer: number): Promise<Float64Array> {
    const number = this.inputs.numbers.get(buffer);
    if (number !== undefined) return Float64Array.of(number);
    const { rows, width } = this.code.buffers[buffer];
    const flat = await this.state.device.read(this.arrayOf(buffer));
    return Float64Array.from(flat.subarray(0, resolveSize(rows, this.inputs.sizes) * width));
  }
}

const bufferName = (buffer: number): string => arrayName({ kind: 'buffer', buffer });
