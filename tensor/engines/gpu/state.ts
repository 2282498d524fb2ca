/**
 * What lives in a GPU engine between runs: variables and constants on the device, and the order of what is asked.
 *
 * A device answers late, so runs, writes and reads wait in one queue and happen in the order in which they were
 * asked for. `read` answers from a copy on the host, which `sync` brings up to date.
 */
import { rowWidth } from '../../dimension.ts';
import { initialValue, leafName, written } from '../../leaves.ts';
import type { Numbers, Tensor } from '../../tensor.ts';
import type { DeviceArray, GpuDevice } from './adapter.ts';
import { slabShape, toSlab } from './slab.ts';

/** A variable: its array on the device and its copy on the host, each with the number of changes it has seen. */
export interface Held {
  host: Float32Array;
  hostVersion: number;
  version: number;
  device: DeviceArray | undefined;
  /** What the device gets first. */
  readonly first: Float32Array;
}

export interface GpuState {
  readonly device: GpuDevice;
  /** Runs `task` after everything asked for before it. */
  enqueue<T>(task: () => Promise<T>): Promise<T>;
  heldOf(variable: Tensor): Held | undefined;
  /** The variable, held from now on at the value it was made with. */
  hold(variable: Tensor): Held;
  /** Notes, when a run is asked for, that it will change the variable. */
  willChange(variable: Tensor): void;
  /** Gives a variable a new array, which it owns. */
  replace(held: Held, array: DeviceArray): void;
  arrayOf(variable: Tensor, held: Held): Promise<DeviceArray>;
  /** A constant's array, uploaded once; `part` tells several arrays of one constant apart. */
  constantOf(leaf: Tensor, part: string, values: () => ArrayLike<number>, width: number): Promise<DeviceArray>;
  read(variable: Tensor): Float64Array;
  write(variable: Tensor, value: Numbers): void;
  sync(): Promise<void>;
}

/** Rows and width of a tensor with this many numbers. */
const layoutOf = (variable: Tensor, count: number) => {
  const width = Math.max(1, variable.shape.length === 0 ? 1 : rowWidth(variable.shape));
  return { rows: count / width, width };
};

export const uploadRows = (device: GpuDevice, values: ArrayLike<number>, width: number): Promise<DeviceArray> => {
  const shape = slabShape(width === 0 ? 0 : values.length / width, width);
  return device.upload(toSlab(values, shape), shape);
};

export function gpuState(device: GpuDevice): GpuState {
  const variables = new WeakMap<Tensor, Held>();
  const constants = new WeakMap<Tensor, Map<string, DeviceArray>>();
  /** What `sync` shall read; a variable that is gone meanwhile is not among it, for its array is released. */
  const changed = new Map<Held, WeakRef<Tensor>>();
  let tail: Promise<unknown> = Promise.resolve();
  let failure: unknown;
  const forgotten = new FinalizationRegistry<Held>((held) => {
    changed.delete(held);
    if (held.device) device.release(held.device);
  });
  const forgottenConstants = new FinalizationRegistry<Map<string, DeviceArray>>((arrays) => {
    for (const array of arrays.values()) device.release(array);
  });

  function enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = tail.then(() => {
      if (failure !== undefined) throw failure;
      return task();
    });
    tail = result.catch(() => {});
    return result;
  }

  function keep(variable: Tensor, first: Float32Array): Held {
    const held: Held = { host: first, hostVersion: 0, version: 0, device: undefined, first };
    variables.set(variable, held);
    forgotten.register(variable, held);
    return held;
  }

  const state: GpuState = {
    device,
    enqueue,
    heldOf: (variable) => variables.get(variable),
    hold(variable) {
      const known = variables.get(variable);
      if (known) return known;
      return keep(variable, Float32Array.from(initialValue(variable) as Float64Array));
    },
    willChange(variable) {
      const held = state.hold(variable);
      held.version++;
      changed.set(held, new WeakRef(variable));
    },
    replace(held, array) {
      if (held.device) device.release(held.device);
      held.device = array;
    },
    async arrayOf(variable, held) {
      held.device ??= await uploadRows(device, held.first, layoutOf(variable, held.first.length).width);
      return held.device;
    },
    async constantOf(leaf, part, values, width) {
      let arrays = constants.get(leaf);
      if (!arrays) {
        arrays = new Map();
        constants.set(leaf, arrays);
        forgottenConstants.register(leaf, arrays);
      }
      const known = arrays.get(part);
      if (known) return known;
      const made = await uploadRows(device, values(), width);
      arrays.set(part, made);
      return made;
    },
    read(variable) {
      const held = variables.get(variable);
      // As a run will hold it: reading must not depend on whether one has been.
      if (!held) return Float64Array.from(Float32Array.from(initialValue(variable) as Float64Array));
      if (held.hostVersion !== held.version) {
        throw new Error(
          `read: '${leafName(variable)}' has changed on the GPU since the last \`await engine.sync()\`; call it first.`,
        );
      }
      return Float64Array.from(held.host);
    },
    write(variable, value) {
      const known = variables.get(variable);
      const values = Float32Array.from(written(variable, value));
      if (known && known.host.length !== values.length) {
        throw new Error(`write: the variable holds ${known.host.length} numbers, got ${values.length}.`);
      }
      const held = known ?? keep(variable, values);
      held.host = values;
      held.version++;
      held.hostVersion = held.version;
      changed.delete(held);
      const { width } = layoutOf(variable, values.length);
      enqueue(async () => state.replace(held, await uploadRows(device, values, width))).catch((error) => {
        failure ??= error;
      });
    },
    async sync() {
      const asked = [...changed].flatMap(([held, ref]) => {
        const variable = ref.deref();
        return variable ? [{ held, variable, version: held.version }] : [];
      });
      await enqueue(() =>
        Promise.all(
          asked.map(async ({ held, variable, version }) => {
            const values = (await device.read(held.device!)).slice(0, held.host.length);
            // Asked for afterwards, so that the variable is kept until its array is read.
            if (variables.get(variable) !== held || held.version !== version) return;
            held.host = values;
            held.hostVersion = version;
            changed.delete(held);
          }),
        ),
      );
    },
  };
  return state;
}
