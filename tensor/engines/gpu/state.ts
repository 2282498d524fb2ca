/**
 * What lives in a GPU engine between runs: variables and constants on the device, and the queue of what was asked for.
 *
 * A device answers late. So runs, writes and reads wait in one queue, and happen in the order in which they were asked for.
 * `read` answers at once, from a copy of the variable on the host, which `sync` brings up to date.
 */
import { rowWidth } from '../../dimension.ts';
import { initialValue, leafName, written } from '../../leaves.ts';
import type { Numbers, Tensor } from '../../tensor.ts';
import type { DeviceArray, GpuDevice } from './device.ts';
import { slabsOf } from './slab.ts';

/** A variable that the engine holds: its array on the device and its copy on the host. */
export interface Held {
  /** The number of changes that have been asked for, and how many of them the copy on the host has seen. */
  version: number;
  hostVersion: number;
  host: Float32Array;
  /** Undefined until the variable is first used on the device, which then gets `first`. */
  device: DeviceArray | undefined;
  readonly first: Float32Array;
}

/** The value with which a variable was made, in the precision of the device. */
const firstValue = (variable: Tensor): Float32Array => Float32Array.from(initialValue(variable) as Float64Array);

/** Numbers in a row of a variable. */
const widthOf = ({ shape }: Tensor): number => (shape.length === 0 ? 1 : rowWidth(shape));

export class GpuState {
  private readonly variables = new WeakMap<Tensor, Held>();
  /** Arrays of constants; one constant may have several, which differ in `part`. */
  private readonly constants = new WeakMap<Tensor, Map<string, DeviceArray>>();
  /**
   * The variables that `sync` has to read. They are held weakly: the array of a variable that has been collected is
   * released, and must not be read any more.
   */
  private readonly changed = new Map<Held, WeakRef<Tensor>>();
  /** The end of the queue. */
  private tail: Promise<unknown> = Promise.resolve();
  /** The error of a write, which everything after it throws. */
  private failure: unknown;
  private readonly collectedVariables = new FinalizationRegistry<Held>((held) => {
    this.changed.delete(held);
    if (held.device) this.device.release(held.device);
  });
  private readonly collectedConstants = new FinalizationRegistry<Map<string, DeviceArray>>((arrays) => {
    for (const array of arrays.values()) this.device.release(array);
  });

  constructor(readonly device: GpuDevice) {}

  /** Runs `task` after everything that was asked for before. */
  enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.tail.then(() => {
      if (this.failure !== undefined) throw this.failure;
      return task();
    });
    this.tail = result.catch(() => {});
    return result;
  }

  heldOf(variable: Tensor): Held | undefined {
    return this.variables.get(variable);
  }

  /** The variable, which is held from now on; it begins with the value that it was made with. */
  hold(variable: Tensor): Held {
    return this.variables.get(variable) ?? this.keep(variable, firstValue(variable));
  }

  /** Notes, when a run is asked for, that it will change the variable. */
  willChange(variable: Tensor): void {
    const held = this.hold(variable);
    held.version++;
    this.changed.set(held, new WeakRef(variable));
  }

  /** Gives a variable a new array, which it owns from then on. */
  replace(held: Held, array: DeviceArray): void {
    if (held.device) this.device.release(held.device);
    held.device = array;
  }

  /** The array of a variable. */
  async arrayOf(variable: Tensor, held: Held): Promise<DeviceArray> {
    held.device ??= await this.upload(held.first, widthOf(variable));
    return held.device;
  }

  /** The array of a constant, uploaded once; `part` tells several arrays of one constant apart. */
  async constantOf(
    constant: Tensor,
    part: string,
    values: () => ArrayLike<number>,
    width: number,
  ): Promise<DeviceArray> {
    let arrays = this.constants.get(constant);
    if (!arrays) {
      arrays = new Map();
      this.constants.set(constant, arrays);
      this.collectedConstants.register(constant, arrays);
    }
    const known = arrays.get(part);
    if (known) return known;
    const made = await this.upload(values(), width);
    arrays.set(part, made);
    return made;
  }

  /** The value of a variable, copied. Throws if it has changed since the last `sync`. */
  read(variable: Tensor): Float64Array {
    const held = this.variables.get(variable);
    // What a run would begin with, so that the answer does not depend on whether there has been one.
    if (!held) return Float64Array.from(firstValue(variable));
    if (held.hostVersion !== held.version) {
      throw new Error(
        `read: '${leafName(variable)}' has changed on the GPU since the last \`await engine.sync()\`; call it first.`,
      );
    }
    return Float64Array.from(held.host);
  }

  /** Changes a variable for `read` at once, and on the device when it is this write's turn. */
  write(variable: Tensor, value: Numbers): void {
    const known = this.variables.get(variable);
    const values = Float32Array.from(written(variable, value));
    if (known && known.host.length !== values.length) {
      throw new Error(`write: the variable holds ${known.host.length} numbers, got ${values.length}.`);
    }
    const held = known ?? this.keep(variable, values);
    held.host = values;
    held.version++;
    held.hostVersion = held.version;
    this.changed.delete(held);
    const width = widthOf(variable);
    this.enqueue(async () => this.replace(held, await this.upload(values, width))).catch((error) => {
      this.failure ??= error;
    });
  }

  /** Brings the copies of all variables on the host up to date with the runs that have been asked for so far. */
  async sync(): Promise<void> {
    const asked = [...this.changed].flatMap(([held, ref]) => {
      const variable = ref.deref();
      return variable ? [{ held, variable, version: held.version }] : [];
    });
    await this.enqueue(() =>
      Promise.all(
        asked.map(async ({ held, variable, version }) => {
          const values = (await this.device.read(held.device!)).slice(0, held.host.length);
          // That `variable` is used here, after its array has been read, keeps it from being collected before.
          if (this.variables.get(variable) !== held || held.version !== version) return;
          held.host = values;
          held.hostVersion = version;
          this.changed.delete(held);
        }),
      ),
    );
  }

  private keep(variable: Tensor, first: Float32Array): Held {
    const held: Held = { host: first, hostVersion: 0, version: 0, device: undefined, first };
    this.variables.set(variable, held);
    this.collectedVariables.register(variable, held);
    return held;
  }

  private upload(values: ArrayLike<number>, width: number): Promise<DeviceArray> {
    const { padded, shape } = slabsOf(values, width);
    return this.device.upload(padded, shape);
  }
}
