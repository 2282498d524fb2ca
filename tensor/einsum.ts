/**
 * Sums of products written with letters for axes (A. Einstein, Ann. Phys. 354, 769, 1916; section 5, after eq. 7).
 *
 * Operands are contracted two at a time. A pair with a letter to sum over and none to keep from both is one matrix product;
 * any other pair is a broadcast product and a sum, which the compiler makes one kernel. Everything is built from
 * operations that are there already, so derivatives of any order follow from theirs.
 */
import { isNamed, product, type Size, sameSize, showShape, showSize } from './dimension.ts';
import { callerError } from './errors.ts';
import { mul } from './primitives/elementwise.ts';
import { linear, matmul, matmulTNPrimitive } from './primitives/linalg.ts';
import { asTensor, type Operand } from './primitives/map.ts';
import { permute, reshape, slice } from './primitives/movement.ts';
import { sum } from './primitives/reduce.ts';
import { node, showTensor, type Tensor } from './tensor.ts';

/** A tensor with a letter for each of its axes. */
interface Labelled {
  readonly tensor: Tensor;
  readonly letters: readonly string[];
}

/** The size of every letter. */
type Sizes = ReadonlyMap<string, Size>;

/** How large a named dimension counts where pairs are chosen: larger than most axes. */
const MANY = 10_000;

/**
 * The sum of products that `formula` says, such as `'ij,jk->ik'` for the matrix product.
 *
 * Before the arrow stands a word for each operand, with a letter for each of its axes; after it one for the result. A letter
 * means the same axis wherever it stands. The result has one entry for all values of its letters: the sum, over all other
 * letters, of the product of all operands. A letter twice in one operand takes the diagonal. Spaces do not count.
 *
 * Which two operands are contracted first is decided by the number of products that takes. A named dimension may be summed
 * over or kept; it is the first axis of the operands that have it and of the result.
 *
 * Throws where the formula has no arrow, an ellipsis (write the axes out), a letter in the result that no operand has, or
 * that twice; where operands have other numbers of axes than letters, or a letter two sizes; and where a named dimension is
 * not the first letter of the result.
 *
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * einsum('ij,jk->ik', a, a); // [[7, 10], [15, 22]]
 * einsum('ii->', a); // 5
 */
export function einsum(formula: string, ...operands: readonly Operand[]): Tensor {
  const { words, result } = parse(formula, operands.length);
  const where = `einsum '${formula}'`;
  const tensors = operands.map(asTensor);
  const sizes = sizesOf(words, tensors, where);
  for (const [k, letter] of result.entries()) {
    const size = sizes.get(letter);
    if (size === undefined) throw callerError(`${where}: no operand has the letter ${letter} of the result.`);
    if (isNamed(size) && k > 0) {
      throw callerError(
        `${where}: ${letter} is the named dimension '${size.name}', and only a first axis can be named.`,
      );
    }
  }
  let parts = tensors.map((tensor, k) => diagonal({ tensor, letters: words[k] }));
  while (parts.length > 1) {
    const [i, j] = nextPair(parts, result, sizes);
    const rest = parts.filter((_, k) => k !== i && k !== j);
    const kept = new Set([...result, ...rest.flatMap(({ letters }) => letters)]);
    parts = [...rest, contract(parts[i], parts[j], kept, sizes)];
  }
  return arranged(summed(parts[0], new Set(result)), result);
}

/** The letters of each operand and of the result. */
function parse(formula: string, operands: number): { words: string[][]; result: string[] } {
  const where = `einsum '${formula}'`;
  const text = formula.replaceAll(' ', '');
  if (text.includes('.')) throw callerError(`${where}: there is no ellipsis here: write a letter for every axis.`);
  const sides = text.split('->');
  if (sides.length !== 2) throw callerError(`${where}: expected one arrow, as in 'ij,jk->ik'.`);
  const odd = /[^A-Za-z,]/.exec(sides[0]) ?? /[^A-Za-z]/.exec(sides[1]);
  if (odd) throw callerError(`${where}: expected letters, commas before the arrow and spaces, got '${odd[0]}'.`);
  const words = sides[0].split(',').map((word) => [...word]);
  if (words.length !== operands) {
    throw callerError(`${where}: the formula has ${words.length} operands, given are ${operands}.`);
  }
  const result = [...sides[1]];
  const twice = result.find((letter, k) => result.indexOf(letter) !== k);
  if (twice) throw callerError(`${where}: the letter ${twice} stands twice in the result.`);
  return { words, result };
}

/** The size of every letter. Throws unless operands have as many axes as letters, and a letter one size. */
function sizesOf(words: readonly string[][], tensors: readonly Tensor[], where: string): Sizes {
  const first = new Map<string, { size: Size; operand: number }>();
  words.forEach((letters, operand) => {
    const { shape } = tensors[operand];
    if (shape.length !== letters.length) {
      throw callerError(
        `${where}: operand ${operand}, ${showTensor(tensors[operand])}, has ${shape.length} axes, ` +
          `'${letters.join('')}' has ${letters.length} letters.`,
      );
    }
    letters.forEach((letter, axis) => {
      const known = first.get(letter) ?? { size: shape[axis], operand };
      first.set(letter, known);
      if (sameSize(known.size, shape[axis])) return;
      throw callerError(
        `${where}: ${letter} is ${showSize(known.size)} in operand ${known.operand} ${showShape(tensors[known.operand].shape)} ` +
          `and ${showSize(shape[axis])} in operand ${operand} ${showShape(shape)}.`,
      );
    });
  });
  return new Map([...first].map(([letter, { size }]) => [letter, size]));
}

/** Letters that stand twice made to stand once: entry i of a diagonal of [n, n] is number i (n + 1) of the n^2. */
function diagonal({ tensor, letters }: Labelled): Labelled {
  const letter = letters.find((l, k) => letters.indexOf(l) !== k);
  if (letter === undefined) return { tensor, letters };
  const [i, j] = [letters.indexOf(letter), letters.lastIndexOf(letter)];
  const others = letters.map((_, axis) => axis).filter((axis) => axis !== i && axis !== j);
  const moved = permute(tensor, [...others, i, j]);
  const n = tensor.shape[i] as number;
  const leading = moved.shape.slice(0, -2);
  const picked = slice(reshape(moved, [...leading, n * n]), [...others.map(() => null), [0, n * n, n + 1]]);
  return diagonal({ tensor: picked, letters: [...others.map((axis) => letters[axis]), letter] });
}

/** Sums over all letters but those to keep. */
function summed({ tensor, letters }: Labelled, kept: ReadonlySet<string>): Labelled {
  const axes = letters.flatMap((letter, axis) => (kept.has(letter) ? [] : [axis]));
  if (axes.length === 0) return { tensor, letters };
  return { tensor: sum(tensor, { axis: axes }), letters: letters.filter((letter) => kept.has(letter)) };
}

/** The tensor with its axes in the order of these letters, which are all of its own. */
const arranged = ({ tensor, letters }: Labelled, order: readonly string[]): Tensor =>
  permute(
    tensor,
    order.map((letter) => letters.indexOf(letter)),
  );

/**
 * Which two parts to contract next: those that need the fewest products, the first ones of these.
 *
 * Pairs whose product would have two named dimensions are left out. There is always another pair: a named dimension that
 * only one part has is the result's, of which there is one, or is summed before; and two parts that have the same make a
 * pair.
 */
function nextPair(parts: readonly Labelled[], result: readonly string[], sizes: Sizes): [number, number] {
  let best = { pair: [0, 1] as [number, number], cost: Number.POSITIVE_INFINITY };
  for (let j = 1; j < parts.length; j++)
    for (let i = 0; i < j; i++) {
      const [a, b] = [parts[i].letters, parts[j].letters];
      const others = new Set([
        ...result,
        ...parts.filter((_, k) => k !== i && k !== j).flatMap(({ letters }) => letters),
      ]);
      const letters = [...new Set([...a, ...b])].filter((l) => others.has(l) || (a.includes(l) && b.includes(l)));
      const met = letters.map((letter) => sizes.get(letter)!);
      if (met.filter(isNamed).length > 1) continue;
      const cost = product(met.map((size) => (isNamed(size) ? MANY : size)));
      if (cost < best.cost) best = { pair: [i, j], cost };
    }
  return best.pair;
}

/** The product of two operands, summed over the letters that are not kept. */
function contract(left: Labelled, right: Labelled, kept: ReadonlySet<string>, sizes: Sizes): Labelled {
  // What only one of them has and nobody keeps is summed before they meet.
  const a = summed(left, new Set([...kept, ...right.letters]));
  const b = summed(right, new Set([...kept, ...left.letters]));
  const both = a.letters.filter((letter) => b.letters.includes(letter));
  const inner = both.filter((letter) => !kept.has(letter));
  const outer = both.filter((letter) => kept.has(letter));
  const matrices = inner.length > 0 && outer.length === 0 && a.letters.length + b.letters.length > 2 * inner.length;
  return matrices ? matrixProduct(a, b, inner, sizes) : broadcastProduct(a, b, inner, sizes);
}

const namedFirst = (letters: readonly string[], sizes: Sizes): string[] => [
  ...letters.filter((letter) => isNamed(sizes.get(letter))),
  ...letters.filter((letter) => !isNamed(sizes.get(letter))),
];

/** Both with axes for all letters, of size 1 where one has none; multiplied, and summed over `inner`. */
function broadcastProduct(a: Labelled, b: Labelled, inner: readonly string[], sizes: Sizes): Labelled {
  const kept = [...new Set([...a.letters, ...b.letters])].filter((letter) => !inner.includes(letter));
  const letters = namedFirst([...kept, ...inner], sizes);
  const spread = (x: Labelled): Tensor => {
    const own = letters.filter((letter) => x.letters.includes(letter));
    const shape = letters.map((letter) => (own.includes(letter) ? sizes.get(letter)! : 1));
    return reshape(arranged(x, own), shape.slice(own.length > 0 ? letters.indexOf(own[0]) : letters.length));
  };
  return summed({ tensor: mul(spread(a), spread(b)), letters }, new Set(kept));
}

const startsWith = (letters: readonly string[], start: readonly string[]): boolean =>
  start.every((letter, k) => letters[k] === letter);
const endsWith = (letters: readonly string[], end: readonly string[]): boolean =>
  startsWith(letters.slice(letters.length - end.length), end);

/**
 * One matrix product, summed over the letters `order`, which both have; all other letters are kept.
 *
 * There are three ways, and that is taken which moves no axes if there is one: the inner letters first in both, last in
 * both, or last in the left one and first in the right one.
 */
function matrixProduct(a: Labelled, b: Labelled, order: readonly string[], sizes: Sizes): Labelled {
  const rest = (x: Labelled) => x.letters.filter((letter) => !order.includes(letter));
  // A named axis of the result comes first, so it has to be one of the left operand; and a vector stands to the right.
  const named = (x: Labelled) => rest(x).some((letter) => isNamed(sizes.get(letter)));
  if (named(b) || rest(a).length === 0) return matrixProduct(b, a, order, sizes);
  const letters = [...rest(a), ...rest(b)];
  const count = (of: readonly string[]): number => product(of.map((letter) => sizes.get(letter) as number));
  const shape = letters.map((letter) => sizes.get(letter)!);
  const columns = count(rest(b));
  const first = namedFirst(order, sizes);
  const streams = first.some((letter) => isNamed(sizes.get(letter)));
  if (streams || (startsWith(a.letters, first) && startsWith(b.letters, first))) {
    const rows = first.map((letter) => sizes.get(letter)!);
    const tall = (x: Labelled) => reshape(arranged(x, [...first, ...rest(x)]), [...rows, count(rest(x))]);
    return { tensor: reshape(node(matmulTNPrimitive, [tall(a), tall(b)]), shape), letters };
  }
  const depth = count(order);
  const wide = reshape(arranged(a, [...rest(a), ...order]), [...rest(a).map((letter) => sizes.get(letter)!), depth]);
  const transposed = endsWith(b.letters, order);
  const matrix = transposed
    ? linear(wide, reshape(arranged(b, [...rest(b), ...order]), [columns, depth]))
    : matmul(wide, reshape(arranged(b, [...order, ...rest(b)]), [depth, columns]));
  return { tensor: reshape(matrix, shape), letters };
}
