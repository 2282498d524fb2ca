/**
 * What an engine may compute at infinities, NaN, denormals and the largest numbers: the reference engine's results, and the
 * one table of what may differ from them (`ALLOWED`).
 *
 * A graph is evaluated by the definitions of its primitives several times: in float64; rounded to the engine's precision
 * after every step; with errors of a few units in the last place at every step; with denormals flushed; with either sign
 * for every zero. A result is right if it lies among these: NaN where all are NaN, an infinity where one is.
 */

import * as assert from 'uvu/assert';
import type { Engine, Feeds, IndexValue, Tensor } from '../../tensor/index.ts';
import { initialValue, literalValue } from '../../tensor/leaves.ts';
import type { NumberArray, Primitive } from '../../tensor/primitive.ts';
import { topological } from '../../tensor/tensor.ts';
import { run } from '../support/run.ts';

/** The one table of differences from the reference engine that are no faults, with reasons. */
export const ALLOWED = {
  'rounding of every step': 'numbers have the precision of the engine, and functions an error of a few units',
  'powers as exponentials': 'a^p for a broken or a large p is e^(p log a), whose error is p log a times as large',
  'overflow of a step': 'a step of a composed function may be infinite in float32 where float64 holds its value',
  'order of sums': 'a sum whose terms together exceed the largest number may be finite, infinite or NaN',
  'weights of interpolate': 'far outside [0, 1] terms of its cubic weights overflow, beside 0 and 1 weights may vanish',
  'collected literals': 'of two literal factors the product is taken first, so nothing overflows between them',
  'sign of zero': '0 - x is -x, x + 0 is x: a zero may have either sign, and so may the infinity of a quotient by it',
  'denormal results of exp': 'exp, and what is made of it, may be 0 instead of a denormal number',
  'functions on a GPU': 'WGSL divides within 2.5 units, and promises less of other functions',
  'far angles on a GPU': 'sin and cos of numbers beyond 8192 lose digits, and are NaN beyond 2^17',
  'denormals on a GPU': 'any denormal number may be 0',
} as const;

export interface Arithmetic {
  readonly name: string;
  readonly round: (x: number) => number;
  /** Half the distance from 1 to the next number. */
  readonly unit: number;
  readonly smallestNormal: number;
  readonly smallest: number;
  readonly largest: number;
  readonly flushes: 'functions' | 'all';
  /** Errors of functions are this many times those of the CPU engine. */
  readonly slack: number;
}

const float32 = {
  round: Math.fround,
  unit: 2 ** -24,
  smallestNormal: 2 ** -126,
  smallest: 2 ** -149,
  largest: (2 - 2 ** -23) * 2 ** 127,
};
export const f32: Arithmetic = { name: 'f32', ...float32, flushes: 'functions', slack: 1 };
export const gpu: Arithmetic = { name: 'gpu', ...float32, flushes: 'all', slack: 64 };
export const f64: Arithmetic = {
  name: 'f64',
  round: (x) => x,
  unit: 2 ** -53,
  smallestNormal: 2 ** -1022,
  smallest: Number.MIN_VALUE,
  largest: Number.MAX_VALUE,
  flushes: 'functions',
  slack: 1,
};

/** Numbers at which arithmetic goes wrong, and a few at which it does not. */
export const EXTREMES: readonly number[] = [
  ...[0, -0, Infinity, -Infinity, Number.NaN, 1, -1, 0.5, -2, 3, 49, -98, Math.PI, 0.1],
  // Denormal numbers of float32 and of float64, and the smallest normal ones.
  ...[2 ** -149, -(2 ** -140), 1e-40, 5e-324, -1e-310, 2 ** -126, -(2 ** -126), 2 ** -1022],
  // The largest ones, and their roots.
  ...[f32.largest, -f32.largest, Number.MAX_VALUE, -Number.MAX_VALUE, 1.8e19, -1.4e154, 1e-23],
  // Around 2^24 and 2^31, and beyond 2^53.
  ...[2 ** 24 - 1, 2 ** 24, 2 ** 24 + 1, -(2 ** 24) - 1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 31 + 1, 2 ** 31 + 0.5],
  ...[2 ** 53 + 2, -(2 ** 52) - 0.5, 1e30],
  // Around the limits of exp in both precisions.
  ...[88.5, 88.73, -87.5, -88.5, -100, -104, 709.5, 709.8, -708.5, -710, -745, -746],
];

/** Rounding errors of a primitive's result, in units of the last place; of others 8. */
const ULPS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['neg', 'abs', 'sign', 'floor', 'less', 'where', 'reduceMax', 'segmentMaxRaw'].map((n) => [n, 0]),
  ),
  ...Object.fromEntries(['broadcast', 'permute', 'reshape', 'slice', 'pad', 'gather', 'custom'].map((n) => [n, 0])),
  ...Object.fromEntries(['add', 'sub', 'mul', 'div', 'sqrt', 'gate', 'literal'].map((n) => [n, 1])),
  tanh: 32,
  erf: 128,
};
/** How many times as large errors of a result are: those of e^(p log a) grow with p log a, the logarithm of the result. */
const growth = (op: Primitive, result: number): number =>
  op.name === 'power' && Number.isFinite(result) && result !== 0 ? 1 + Math.abs(Math.log(Math.abs(result))) : 1;
/** Errors of these are of units of the last place of 1. */
const ABSOLUTE = new Set(['sin', 'cos']);
const SUMS = new Set(['sum', 'segmentSum', 'matmul', 'matmulTN', 'interpolate', 'interpolateTransposed']);
const FUNCTIONS = new Set(['exp', 'sigmoid', 'softplus', 'tanh', 'erf', 'power']);

/**
 * The size of the terms of an interpolation, whose cubic weights are exact to units of 1 only: between large numbers, and
 * near t = 0 and 1, what is left of them is rounding. 0 for other primitives, and where the terms overflow.
 */
function sizeOfTerms({ name }: Primitive, inputs: readonly NumberArray[]): number {
  if (!name.startsWith('interpolate')) return 0;
  const most = (x: NumberArray) =>
    x.data.reduce((top, v) => (Number.isFinite(v) ? Math.max(top, Math.abs(v)) : top), 0);
  const size = most(inputs[0]) * (1 + most(inputs[2])) ** 3;
  return Number.isFinite(size) ? size : 0;
}

interface Way {
  /** Rounded after each step, or only at the end. */
  readonly stepwise: boolean;
  /** Draws errors; 0: none. */
  readonly jitter: number;
  readonly flush: 'nothing' | 'functions' | 'all';
  readonly zeros: 'kept' | 'positive' | 'negative' | 'drawn';
}
const exact: Way = { stepwise: false, jitter: 0, flush: 'nothing', zeros: 'kept' };
const waysOf = ({ flushes }: Arithmetic): Way[] => [
  exact,
  { ...exact, stepwise: true },
  ...[1, 2, 3, 4].map((jitter): Way => ({ ...exact, stepwise: true, jitter })),
  ...[5, 6].map((jitter): Way => ({ ...exact, stepwise: true, jitter, flush: flushes })),
  { ...exact, stepwise: true, zeros: 'positive' },
  { ...exact, stepwise: true, zeros: 'negative' },
  ...[7, 8, 9].map((jitter): Way => ({ ...exact, stepwise: true, jitter, zeros: 'drawn' })),
];

/** -1 or 1, by its arguments alone. */
const coin = (a: number, b: number, c: number): number =>
  (Math.imul(Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b) ^ Math.imul(c + 1, 0xc2b2ae35), 0x27d4eb2f) >>
    15) &
  1
    ? 1
    : -1;

const signedZero = ({ zeros, jitter }: Way, a: number, b: number): number =>
  zeros === 'positive' || (zeros === 'drawn' && coin(jitter, a, b) > 0) ? 0 : -0;

type Values = ReadonlyMap<Tensor, NumberArray>;

function leafValue(tensor: Tensor, feeds: Feeds): NumberArray {
  const value = feeds.get(tensor) ?? initialValue(tensor);
  const data = tensor.dtype === 'index' ? (value as IndexValue).values : (value as number[]);
  return { shape: tensor.shape as number[], data: Float64Array.from(data) };
}

/** All tensors in one way. Shapes are numbers here. */
function evaluate(order: readonly Tensor[], feeds: Feeds, arithmetic: Arithmetic, way: Way): Values {
  const { round, unit, smallestNormal, slack } = arithmetic;
  const values = new Map<Tensor, NumberArray>();
  const isFlushed = (x: number, op: Primitive): boolean =>
    Math.abs(x) < smallestNormal && (way.flush === 'all' || (way.flush === 'functions' && FUNCTIONS.has(op.name)));
  order.forEach((tensor, number) => {
    const { op, attributes, shape } = tensor;
    const isGiven = op.name === 'leaf' || op.name === 'index';
    let inputs = tensor.inputs.map((x) => values.get(x)!);
    if (way.jitter > 0 && SUMS.has(op.name)) {
      // Terms, and the weights of interpolation.
      inputs = inputs.map((x, i) =>
        i === 1 ? x : { ...x, data: x.data.map((v, k) => v * (1 + 4 * unit * coin(way.jitter, number + i, k))) },
      );
    }
    const given = isGiven
      ? leafValue(tensor, feeds)
      : { shape: shape as number[], data: op.reference(inputs, attributes, shape as number[]) };
    if (tensor.dtype === 'index') {
      values.set(tensor, given);
      return;
    }
    const ulps = (ULPS[op.name] ?? 8) * (ULPS[op.name] === 0 ? 0 : slack);
    const terms = way.jitter > 0 ? sizeOfTerms(op, inputs) * ulps * unit : 0;
    const data = given.data.map((exactValue, k) => {
      let x = exactValue;
      if (way.jitter > 0 && !isGiven && ulps > 0) {
        const error = ulps * growth(op, exactValue) * unit * coin(way.jitter, number, k);
        x = ABSOLUTE.has(op.name) ? x + error : x * (1 + error);
      }
      if (terms > 0) x += terms * coin(way.jitter, number, k);
      if (way.stepwise || isGiven) x = round(x);
      if (isFlushed(x, op)) x *= 0;
      if (x === 0 && way.zeros !== 'kept') x = signedZero(way, number, k);
      return x;
    });
    values.set(tensor, { shape: given.shape, data });
  });
  return values;
}

/** Beyond, sin and cos of a GPU are less and less exact, and NaN in the end. */
const FAR_ANGLE = 2 ** 13;

const isScaling = ({ op, inputs }: Tensor): boolean =>
  ['mul', 'gate', 'div', 'neg'].includes(op.name) &&
  (op.name === 'neg' || inputs.some((x) => literalValue(x) !== undefined));

/** Where a result depends on the order of a sum or on which literal factors are taken first: nothing is said of these. */
function openPlaces(order: readonly Tensor[], values: Values, unrounded: Values, arithmetic: Arithmetic) {
  const { largest, smallestNormal, flushes, unit } = arithmetic;
  const open = new Map<Tensor, Uint8Array>();
  for (const tensor of order) {
    const { op, inputs, attributes, shape } = tensor;
    if (tensor.dtype === 'index' || op.lowering.kind === 'leaf') continue;
    const given = inputs.map((x) => values.get(x)!);
    const found = new Uint8Array(values.get(tensor)!.data.length);
    const mark = (data: Float64Array, isOpen: (x: number) => boolean) =>
      data.forEach((x, k) => {
        if (isOpen(x)) found[k] = 1;
      });
    const define = (data: (x: NumberArray, k: number) => Float64Array): Float64Array =>
      op.reference(
        given.map((x, k) => (inputs[k].dtype === 'index' ? x : { ...x, data: data(x, k) })),
        attributes,
        shape as number[],
      );
    if (SUMS.has(op.name)) {
      const sizes = define((x) => x.data.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
      mark(sizes, (x) => !(x < largest * (1 - 1e-6)));
    }
    if (op.name.startsWith('interpolate')) {
      const sizes = given.map(({ data }) => data.filter(Number.isFinite).map(Math.abs));
      const farthest = sizes[2].reduce((top, t) => Math.max(top, t), 1);
      const overflows = sizes[0].some((x) => 12 * farthest ** 3 * Math.max(1, x) > largest);
      const vanishes = sizes[2].some((t) => (t !== 0 && t < 1e-5) || (t !== 1 && Math.abs(t - 1) < 1e-5));
      if (overflows || (vanishes && sizes[0].length < given[0].data.length)) found.fill(1);
      const rounding = 8 * unit * sizeOfTerms(op, given);
      mark(values.get(tensor)!.data, (x) => Math.abs(x) < rounding);
    }
    if (ABSOLUTE.has(op.name) && flushes === 'all') mark(given[0].data, (x) => Math.abs(x) > FAR_ANGLE);
    if (op.name === 'add' || op.name === 'sub') {
      // A product that overflows is finite inside a fused multiplication and addition.
      const overflowed = (x: Tensor, k: number): boolean => {
        const [here, before] = [values, unrounded].map((all) => all.get(x)!.data);
        return Math.abs(here[k % here.length]) === Infinity && Number.isFinite(before[k % before.length]);
      };
      for (let k = 0; k < found.length; k++) if (inputs.some((x) => overflowed(x, k))) found[k] = 1;
    }
    if (isScaling(tensor)) {
      // A product of finite numbers that left the range of normal ones before the second literal came.
      for (const x of inputs.filter(isScaling)) {
        const before = x.inputs.map((input) => values.get(input)!.data);
        values.get(x)!.data.forEach((v, k) => {
          const wereFinite = before.every((data) => Number.isFinite(data[k % data.length]));
          if (wereFinite && (Math.abs(v) > largest || (Math.abs(v) < smallestNormal && v !== 0))) found[k] = 1;
          if (wereFinite && v === 0 && before.every((data) => data[k % data.length] !== 0)) found[k] = 1;
        });
      }
    }
    if (inputs.some((x) => open.has(x))) {
      if (op.lowering.kind === 'map') for (const x of inputs) mark(Float64Array.from(open.get(x) ?? []), (v) => v > 0);
      else
        mark(
          define((x, k) => x.data.map((_, i) => (open.get(inputs[k])?.[i] ? Number.NaN : 0))),
          Number.isNaN,
        );
    }
    if (found.includes(1)) open.set(tensor, found);
  }
  return open;
}

/** Throws unless the results of `engine` are among those that the ways allow. Returns how many numbers were compared. */
export async function expectAllowed(
  engine: Engine,
  arithmetic: Arithmetic,
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, readonly number[]>,
  what: string,
): Promise<number> {
  const { round, unit, slack } = arithmetic;
  const least = arithmetic.flushes === 'all' ? arithmetic.smallestNormal : arithmetic.smallest;
  const order = topological([...outputs]);
  const rounded: Feeds = new Map([...feeds].map(([x, data]) => [x, data.map(round)]));
  const all = waysOf(arithmetic).map((way) => evaluate(order, rounded, arithmetic, way));
  const open = openPlaces(order, all[1], all[0], arithmetic);
  const results = await run(outputs, { engine, feeds: rounded });
  let compared = 0;
  outputs.forEach((output, number) => {
    const found = results[number];
    assert.is(found.length, all[0].get(output)!.data.length, `${what}: output ${number}`);
    found.forEach((value, k) => {
      if (open.get(output)?.[k]) return;
      compared++;
      const choices = all.map((values) => round(values.get(output)!.data[k]));
      if (isAmong(value, choices, { unit: unit * Math.min(4, slack), smallest: least, largest: arithmetic.largest }))
        return;
      const inputs = [...rounded].map(([x, data]) => `${x.shape}: ${show(data as number[], k, found.length)}`);
      assert.unreachable(
        `${what}, ${engine.name} ${arithmetic.name}: output ${number}, entry ${k} is ${value}, ` +
          `expected ${[...new Set(choices)].join(' or ')}; inputs ${inputs.join('; ')}`,
      );
    });
  });
  return compared;
}

/** The number at hand where an input has as many as the output, else all of a small input. */
const show = (data: readonly number[], k: number, count: number): string =>
  data.length === count && count > 1 ? String(data[k]) : data.length < 40 ? data.join(' ') : `${data.length} numbers`;

function isAmong(
  value: number,
  choices: readonly number[],
  { unit, smallest, largest }: Pick<Arithmetic, 'unit' | 'smallest' | 'largest'>,
): boolean {
  // Where ways end in infinities of both signs, rounding decides which, or whether they meet and make NaN.
  if (choices.includes(Infinity) && choices.includes(-Infinity)) return true;
  if (!Number.isFinite(value)) return choices.some((x) => Object.is(x, value));
  const bounded = choices.filter((x) => !Number.isNaN(x)).map((x) => Math.max(-largest, Math.min(largest, x)));
  if (!choices.some(Number.isFinite)) return false;
  const [low, high] = [Math.min(...bounded), Math.max(...bounded)];
  const room = 8 * (high - low) + 8 * unit * Math.max(Math.abs(low), Math.abs(high)) + 4 * smallest;
  return value >= low - room && value <= high + room;
}
