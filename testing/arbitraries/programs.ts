/**
 * Random programs: expressions over tensors that can be differentiated to any order, and read.
 *
 * A program is a tree of operations over its inputs; subtrees are used again, so that its graph is no tree. It shrinks to
 * its own parts: a counterexample of six operations ends as the one that is wrong.
 */
import type fc from 'fast-check';
import type { Tensor } from '../../tensor/index.ts';
import { drawn, type Random } from './drawn.ts';
import { OPERATIONS, type Operation } from './operations.ts';

/** A function of tensors, as a formula and as a function. */
export interface Program {
  /** Such as `tanh(x) * sin(y)`; inputs are called x, y, z, x3, x4 ... */
  readonly text: string;
  /** How many tensors it takes: those that it reads, and those before them. */
  readonly inputs: number;
  /** The result, of the common shape of the inputs. */
  readonly apply: (...x: Tensor[]) => Tensor;
  readonly toString: () => string;
}

export interface ProgramOptions {
  /** How many tensors a program takes (default 1). */
  readonly inputs?: number;
  /** Most operations of a program (default 6). */
  readonly steps?: number;
  /** What programs are made of, by name (default: OPERATIONS). Every program has an operation of `always`, if given. */
  readonly operations?: Readonly<Record<string, Operation>>;
  /** The name of an operation that is in every program, so that it is tested among others. */
  readonly always?: string;
}

const NAMES = 'xyz';
/** What reports call input k of a function. */
export const inputName = (k: number): string => NAMES[k] ?? `x${k}`;

type Node = { readonly input: number } | { readonly name: string; readonly parts: readonly Node[] };

const isInput = (node: Node): node is { readonly input: number } => 'input' in node;

function countOf(node: Node): number {
  return isInput(node) ? 0 : node.parts.reduce((sum, part) => sum + countOf(part), 1);
}
/** Operations, and then the numbers of the inputs: what shrinking makes smaller. */
function inputsOf(node: Node): number {
  return isInput(node) ? node.input : node.parts.reduce((sum, part) => sum + inputsOf(part), 0);
}

/** Inputs up to the last one that is read. */
function takes(node: Node): number {
  return isInput(node) ? node.input + 1 : node.parts.reduce((most, part) => Math.max(most, takes(part)), 0);
}

/** Every way of putting a part of the tree in the place of what it is a part of, the largest cuts first. */
function* cuts(node: Node): Iterable<Node> {
  if (isInput(node)) {
    for (let input = 0; input < node.input; input++) yield { input };
    return;
  }
  for (const part of node.parts) {
    if (!isInput(part)) yield* [part];
  }
  for (const [k, part] of node.parts.entries()) {
    if (isInput(part)) continue;
    for (let input = 0; input <= 1; input++) {
      yield { name: node.name, parts: node.parts.map((other, i) => (i === k ? { input } : other)) };
    }
  }
  for (const [k, part] of node.parts.entries()) {
    for (const simple of cuts(part)) {
      yield { name: node.name, parts: node.parts.map((other, i) => (i === k ? simple : other)) };
    }
  }
}

class Tree implements Program {
  readonly inputs: number;
  readonly #root: Node;
  readonly #operations: Readonly<Record<string, Operation>>;

  constructor(root: Node, operations: Readonly<Record<string, Operation>>) {
    this.#root = root;
    this.inputs = takes(root);
    this.#operations = operations;
  }

  get text(): string {
    const write = (node: Node): string => {
      if (isInput(node)) return inputName(node.input);
      const parts = node.parts.map(write);
      return this.#operations[node.name].text?.(...parts) ?? `${node.name}(${parts.join(', ')})`;
    };
    return write(this.#root);
  }

  readonly apply = (...x: Tensor[]): Tensor => {
    const built = new Map<Node, Tensor>();
    const build = (node: Node): Tensor => {
      if (isInput(node)) return x[node.input];
      const known = built.get(node);
      if (known) return known;
      const tensor = this.#operations[node.name].apply(...node.parts.map(build));
      built.set(node, tensor);
      return tensor;
    };
    return build(this.#root);
  };

  /** What fast-check prints. */
  toString = (): string => this.text;
}

/** A tree whose operations take the inputs, or what was made before. */
function drawTree(random: Random, inputs: number, steps: number, names: readonly string[], options: Operations): Node {
  const pool: Node[] = Array.from({ length: inputs }, (_, input) => ({ input }));
  const last = random.integer(1, steps);
  const always = options.always === undefined ? -1 : random.integer(0, last - 1);
  for (let step = 0; step < last; step++) {
    const name = step === always ? options.always! : names[random.integer(0, names.length - 1)];
    // From its place on, what must be there is passed on by the first operand.
    const parts = Array.from({ length: options.operations[name].arity }, (_, k) =>
      k === 0 && step > 0 && always >= 0 ? pool[pool.length - 1] : pool[random.integer(0, pool.length - 1)],
    );
    pool.push({ name, parts });
  }
  return pool[pool.length - 1];
}

interface Operations {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly always: string | undefined;
}

/**
 * Random programs of one to `steps` operations. Throws where there are no operations, or no step or input.
 *
 * @example
 * // Does an operation of one's own work among others?
 * const mine = { arity: 1, apply: (x: Tensor) => tanh(sin(x)) } as const;
 * await gradientsAgree(programs({ operations: { ...OPERATIONS, mine }, always: 'mine', steps: 3 }), { runs: 10 });
 */
export function programs(options: ProgramOptions = {}): fc.Arbitrary<Program> {
  const { inputs = 1, steps = 6, operations = OPERATIONS, always } = options;
  const names = Object.keys(operations);
  if (names.length === 0 || (always !== undefined && !names.includes(always))) {
    throw new Error(`programs: expected operations, among them '${always}', got ${names.join(', ') || 'none'}.`);
  }
  if (!(Number.isInteger(inputs) && inputs > 0 && Number.isInteger(steps) && steps > 0)) {
    throw new Error(`programs: expected at least one input and one step, got ${inputs} and ${steps}.`);
  }
  return drawn<Node>(
    (random) => drawTree(random, inputs, steps, names, { operations, always }),
    function* (root) {
      const [count, sum] = [countOf(root), inputsOf(root)];
      for (const simple of cuts(root)) {
        const [less, lower] = [countOf(simple), inputsOf(simple)];
        const isSimpler = less < count || (less === count && lower < sum);
        if (isSimpler && !isInput(simple) && inputsFit(simple, inputs)) yield simple;
      }
    },
  ).map((root) => new Tree(root, operations));
}

/** Are the inputs that the tree reads there? */
const inputsFit = (node: Node, inputs: number): boolean =>
  isInput(node) ? node.input < inputs : node.parts.every((part) => inputsFit(part, inputs));
