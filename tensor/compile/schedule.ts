/**
 * Scheduling: which tensors are stored, and which kernel computes each of them.
 *
 * Every tensor gets the earliest time at which its inputs are ready; all results of one row space and time share a
 * sweep. Time counts streamed sweeps first: work over edges is grouped by how many sweeps over edges come before
 * it, so that a layer needs few. A tensor is stored when something reads it at other rows, when it is an
 * output, when several kernels use it (but wide streamed tensors are recomputed instead), or when too many steps lead
 * to it.
 */
import type { Size } from '../dimension.ts';
import { literalValue } from '../leaves.ts';
import { isRecomputed } from '../recompute.ts';
import { type Tensor, topological } from '../tensor.ts';
import { accessOf, crossesRows, isStreamed, kernelRows, rowKey, rowsOf, storageOf, widthOf } from './access.ts';

/** A streamed tensor of at most this many numbers a row may be stored. */
export const NARROW = 16;

/**
 * Results of a sweep: AdamW has three for a parameter, with four more arrays to read, and a function of WebAssembly has at
 * most 1000 parameters.
 */
const MOST_ROOTS = 300;

/**
 * Steps in a row within one sweep: each is a call inside a call while kernels are made, and a local variable of the
 * kernel. Models stay below 150; a loop of a thousand steps, unrolled, does not.
 */
const MOST_STEPS = 256;

export type Task =
  | { readonly kind: 'sweep'; readonly rows: Size; readonly roots: readonly Tensor[] }
  | { readonly kind: 'product'; readonly tensor: Tensor };

export interface Schedule {
  /** In an order in which every task follows those that it depends on. */
  readonly tasks: readonly Task[];
  /** Stored tensors (leaves are not listed), with the reason where a wide streamed one is among them. */
  readonly stored: ReadonlyMap<Tensor, string>;
}

const isProduct = (t: Tensor): boolean => t.op.lowering.kind === 'matmul' || t.op.lowering.kind === 'matmulTN';
const isLeaf = (t: Tensor): boolean => t.op.lowering.kind === 'leaf' && literalValue(t) === undefined;
/** Does it need no kernel: is it given, or a literal? */
const isFree = (t: Tensor): boolean => isLeaf(t) || literalValue(t) !== undefined;
/** Views, reshapes and gathers are index arithmetic at their user; only these kinds compute something. */
const computes = (t: Tensor): boolean => ['map', 'reduce', 'pad', 'interpolate'].includes(t.op.lowering.kind);

/** Times are counted in levels of so many steps; a streamed sweep takes the last step of its level. */
const LEVEL = 1 << 20;
const endOfLevel = (time: number): number => Math.floor(time / LEVEL) * LEVEL + LEVEL - 1;

export function schedule(outputs: readonly Tensor[]): Schedule {
  const order = topological(outputs);
  const stored = forcedStorage(order, outputs);
  const time = new Map<Tensor, number>();
  const steps = new Map<Tensor, number>();
  const key = (t: Tensor): string => (isProduct(t) ? `product ${t.id}` : `${time.get(t)} ${rowKey(kernelRows(t))}`);

  for (const tensor of order) {
    if (isFree(tensor)) continue;
    let ready = 0;
    let before = 0;
    tensor.inputs.forEach((input, position) => {
      const access = accessOf(tensor, position);
      if (access === 'index') return;
      const source = access === 'row' ? input : storageOf(input, access, (t) => stored.has(t));
      if (isFree(source)) {
        // A literal that a matrix product reads is written out at time 0.
        if (access === 'operand' && stored.has(source)) ready = Math.max(ready, 1);
        return;
      }
      const together =
        access === 'row' && !crossesRows(source) && !isProduct(source) && steps.get(source)! < MOST_STEPS;
      ready = Math.max(ready, time.get(source)! + (together ? 0 : 1));
      if (together) before = Math.max(before, steps.get(source)!);
    });
    steps.set(tensor, before + 1);
    if (before + 1 === MOST_STEPS && !stored.has(tensor)) stored.set(tensor, `${MOST_STEPS} steps lead to it`);
    time.set(tensor, isStreamed(kernelRows(tensor)) ? endOfLevel(ready) : ready);
  }

  // From users to inputs: in which kernels is each tensor needed?
  const needed = new Map<Tensor, Set<string>>();
  const need = (t: Tensor, keys: Iterable<string>) => {
    const set = needed.get(t) ?? new Set<string>();
    for (const k of keys) set.add(k);
    needed.set(t, set);
  };
  for (let k = order.length - 1; k >= 0; k--) {
    const tensor = order[k];
    if (isFree(tensor)) continue;
    const users = needed.get(tensor) ?? new Set<string>();
    if (!stored.has(tensor) && keep(tensor, users, key(tensor))) stored.set(tensor, '');
    const keys = stored.has(tensor) ? [key(tensor)] : users;
    tensor.inputs.forEach((input, position) => {
      if (accessOf(tensor, position) === 'row') need(input, keys);
    });
  }

  const sweeps = new Map<string, { time: number; rows: Size; roots: Tensor[] }>();
  const timed: { time: number; task: Task }[] = [];
  for (const tensor of order) {
    if (!stored.has(tensor)) continue;
    if (isProduct(tensor)) {
      timed.push({ time: time.get(tensor)!, task: { kind: 'product', tensor } });
      continue;
    }
    const at = literalValue(tensor) === undefined ? time.get(tensor)! : 0;
    const name = literalValue(tensor) === undefined ? key(tensor) : `0 ${rowKey(kernelRows(tensor))}`;
    const sweep = sweeps.get(name) ?? { time: at, rows: kernelRows(tensor), roots: [] };
    sweep.roots.push(tensor);
    sweeps.set(name, sweep);
  }
  for (const { time: at, rows, roots } of sweeps.values()) {
    for (let first = 0; first < roots.length; first += MOST_ROOTS) {
      timed.push({ time: at, task: { kind: 'sweep', rows, roots: roots.slice(first, first + MOST_ROOTS) } });
    }
  }
  timed.sort((a, b) => a.time - b.time);
  return { tasks: timed.map(({ task }) => task), stored };
}

/** What must be stored whatever the schedule: outputs, results in other row spaces, and what is read at other rows. */
function forcedStorage(order: readonly Tensor[], outputs: readonly Tensor[]): Map<Tensor, string> {
  const stored = new Map<Tensor, string>();
  const store = (t: Tensor, reason: string) => {
    if (!isLeaf(t) && !stored.has(t)) stored.set(t, reason);
  };
  for (const output of outputs) store(output, 'it is an output');
  // Users before inputs, so that a stored view ends the search for the storage behind it.
  for (let k = order.length - 1; k >= 0; k--) {
    const tensor = order[k];
    if (literalValue(tensor) !== undefined) continue;
    if (!isLeaf(tensor) && (crossesRows(tensor) || isProduct(tensor)))
      store(tensor, `it is the result of ${tensor.op.name}`);
    tensor.inputs.forEach((input, position) => {
      const access = accessOf(tensor, position);
      if (access === 'row' || access === 'index') return;
      const source = storageOf(input, access, (t) => stored.has(t));
      if (literalValue(source) === undefined || access === 'operand')
        store(source, `${tensor.op.name} reads it at other rows`);
    });
  }
  return stored;
}

/** Is it worth storing a tensor that these kernels need and that kernel `own` could compute first? */
function keep(tensor: Tensor, users: ReadonlySet<string>, own: string): boolean {
  if (users.size === 0 || !computes(tensor) || isRecomputed(tensor)) return false;
  if (!isStreamed(rowsOf(tensor))) return users.size > 1;
  if (widthOf(tensor) > NARROW) return false;
  // A row's sum over many channels is computed where those channels are at hand already.
  const costly = tensor.op.lowering.kind === 'reduce' && widthOf(tensor.inputs[0]) > NARROW;
  return users.size > 1 || (costly && !users.has(own));
}
