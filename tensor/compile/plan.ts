/**
 * From a program to kernels: simplify, schedule, lower. Independent of any engine and of all sizes.
 *
 * Buffers are numbered: leaves first, then everything that is stored. Where they lie in memory is decided at
 * run time, when sizes are known (memory.ts).
 */
import type { Program } from '../engines/engine.ts';
import { literalValue } from '../leaves.ts';
import { isRecomputed } from '../recompute.ts';
import { type Tensor, topological } from '../tensor.ts';
import { isStreamed, rowsOf, storageOf, widthOf } from './access.ts';
import type { BufferInfo, Kernel } from './kernel.ts';
import { lowerSweep } from './lower.ts';
import { NARROW, schedule } from './schedule.ts';
import { simplify } from './simplify.ts';

export interface CompiledProgram {
  readonly kernels: readonly Kernel[];
  readonly buffers: readonly BufferInfo[];
  /** Leaves in the order of their buffers 0, 1, ...; sizeOf nodes are among them. */
  readonly leaves: readonly Tensor[];
  /** Buffer of every output. */
  readonly outputs: readonly number[];
  /** Which buffer's values each variable takes when the run ends. */
  readonly updates: readonly number[];
}

/** The kernels of a program; `tensors` are those that its buffers hold, in the order of the buffers, for tests and engines. */
export function compileProgram({
  outputs,
  updates = [],
}: Program): CompiledProgram & { readonly tensors: readonly Tensor[] } {
  const results = simplify([...outputs, ...updates.map(([, value]) => value)]);
  const isLeaf = (t: Tensor) => t.op.lowering.kind === 'leaf' && literalValue(t) === undefined;
  const leaves = topological(results).filter(isLeaf);
  const { tasks, stored } = schedule(results);
  const tensors = [...leaves, ...stored.keys()];
  const number = new Map(tensors.map((tensor, k) => [tensor, k]));
  const bufferOf = (tensor: Tensor): number => {
    const buffer = number.get(tensor);
    if (buffer === undefined) throw new Error(`internal: ${tensor.op.name} has no buffer`);
    return buffer;
  };
  const isStored = (tensor: Tensor) => stored.has(tensor);
  const operand = (tensor: Tensor) => bufferOf(storageOf(tensor, 'operand', isStored));

  const kernels = tasks.map((task): Kernel => {
    if (task.kind === 'sweep') return lowerSweep(task.rows, task.roots, isStored, bufferOf);
    const { tensor } = task;
    const [a, b] = tensor.inputs as [Tensor, Tensor];
    return {
      kind: tensor.op.lowering.kind as 'matmul' | 'matmulTN',
      leading: a.shape.slice(0, -1),
      inner: a.shape[a.shape.length - 1] as number,
      outer: tensor.shape[tensor.shape.length - 1] as number,
      transposed: Boolean(tensor.attributes.transposed),
      a: operand(a),
      b: operand(b),
      c: bufferOf(tensor),
    };
  });
  const buffers = tensors.map((tensor): BufferInfo => {
    const wide = isStreamed(rowsOf(tensor)) && widthOf(tensor) > NARROW;
    return {
      rows: rowsOf(tensor),
      width: widthOf(tensor),
      type: tensor.dtype,
      ...(wide ? { reason: stored.get(tensor) ?? 'it is given' } : {}),
    };
  });
  return {
    kernels,
    buffers,
    leaves,
    tensors,
    outputs: outputs.map((_, k) => bufferOf(results[k])),
    updates: updates.map((_, k) => bufferOf(results[outputs.length + k])),
  };
}

/**
 * A text that is equal for programs of equal structure, whatever the identities of their leaves: the key under
 * which compiled code is kept. The leaves are returned in the order in which the text meets them.
 */
export function canonicalForm({ outputs, updates = [] }: Program): { key: string; leaves: Tensor[] } {
  const order = topological([...outputs, ...updates.map(([, value]) => value)]);
  const number = new Map(order.map((tensor, k) => [tensor, k]));
  const leaves: Tensor[] = [];
  const lines = order.map((tensor) => {
    if (tensor.op.lowering.kind === 'leaf' && literalValue(tensor) === undefined) {
      leaves.push(tensor);
      const { identity: _, name: __, ...rest } = tensor.attributes;
      return `${tensor.op.name} ${JSON.stringify(rest)}`;
    }
    const attributes = tensor.op.name === 'custom' ? '' : JSON.stringify(tensor.attributes);
    const mark = isRecomputed(tensor) ? ' recomputed' : '';
    return `${tensor.op.name}${mark} ${attributes} ${tensor.inputs.map((x) => number.get(x)).join(' ')}`;
  });
  const ends = [outputs.map((t) => number.get(t)), updates.map(([v, t]) => [leaves.indexOf(v), number.get(t)])];
  return { key: `${lines.join('\n')}\n${JSON.stringify(ends)}`, leaves };
}
