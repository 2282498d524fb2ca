/**
 * Every operator of the golden file: value, vector-Jacobian product and Hessian-vector product on each engine.
 *
 * Sizes, axes, indices and masks come from the file, so that another file of the same layout is tested as well.
 * The table is the dictionary from the file's operator names to ours.
 */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pullback } from '../../autograd/index.ts';
import * as T from '../../tensor/index.ts';
import { goldens, needs } from '../support/folders.ts';
import { run } from '../support/run.ts';
import { close } from '../tensor/support.ts';

interface Array_ {
  shape: number[];
  data: number[];
}
interface Case {
  name: string;
  attrs: Record<string, unknown> & { axis?: number | number[]; keepdim?: boolean; index?: number[]; count?: number };
  inputs: Array_[];
  output: Array_;
  cotangent: Array_;
  vjp: Array_[];
  tangents: Array_[];
  hvp: Array_[];
}

type Operator = (x: readonly T.Tensor[], attrs: Case['attrs'], inputs: readonly Array_[]) => T.Tensor;
const one =
  (f: (x: T.Tensor) => T.Tensor): Operator =>
  ([x]) =>
    f(x);
const two =
  (f: (x: T.Tensor, y: T.Tensor) => T.Tensor): Operator =>
  ([x, y]) =>
    f(x, y);
const reduction =
  (f: (x: T.Tensor, options: { axis?: number | readonly number[]; keep?: boolean }) => T.Tensor): Operator =>
  ([x], { axis, keepdim }) =>
    f(x, { ...(axis === undefined ? {} : { axis }), ...(keepdim ? { keep: true } : {}) });
const alongAxis =
  (f: (x: T.Tensor, axis: number) => T.Tensor): Operator =>
  ([x], { axis }) =>
    f(x, axis as number);
const segments =
  (f: (x: T.Tensor, index: T.Tensor) => T.Tensor): Operator =>
  ([x], { segment, count }) =>
    f(x, T.constantIndex(segment as number[], count!));

/** Our function for every operator name of the file. A name may go on after `_` (`sum_axis0`): the longest key counts. */
const operators: Record<string, Operator> = {
  add: two(T.add),
  sub: two(T.sub),
  mul: two(T.mul),
  div: two(T.div),
  neg: one(T.neg),
  matmul: two(T.matmul),
  batched_matmul: two(T.matmul),
  linear: ([x, w, b]) => T.add(T.linear(x, w), b),
  // One row vector times one matrix for each n.
  einsum_nk_nkl_nl: ([a, b]) => T.sum(T.mul(T.unsqueeze(a, -1), b), { axis: 1 }),
  exp: one(T.exp),
  log: one(T.log),
  sqrt: one(T.sqrt),
  rsqrt: one(T.rsqrt),
  tanh: one(T.tanh),
  sigmoid: one(T.sigmoid),
  silu: one(T.silu),
  softplus: one(T.softplus),
  relu: one(T.relu),
  erf: one(T.erf),
  sin: one(T.sin),
  cos: one(T.cos),
  abs: one(T.abs),
  square: one(T.square),
  pow: ([x], { exponent }) => T.pow(x, exponent as number),
  sum: reduction(T.sum),
  mean: reduction(T.mean),
  max: reduction(T.reduceMax),
  min: reduction(T.reduceMin),
  prod: alongAxis(T.prod),
  cumsum: alongAxis(T.cumsum),
  logsumexp: reduction(T.logSumExp),
  var: reduction(T.variance),
  softmax: alongAxis(T.softmax),
  log_softmax: alongAxis(T.logSoftmax),
  layer_norm: ([x, weight, bias], { eps }) => T.layerNorm(x, weight, bias, eps as number),
  norm: reduction(T.norm),
  normalize: one(T.normalize),
  gather_rows: ([x], { index }, [array]) => T.gather(x, T.constantIndex(index!, array.shape[0])),
  segment_sum: segments(T.segmentSum),
  segment_mean: segments(T.segmentMean),
  segment_max: segments(T.segmentMax),
  concat: (x, { axis }) => T.concat(x, axis as number),
  stack: (x, { axis }) => T.stack(x, axis as number),
  slice: ([x], { doc }, [array]) => T.slice(x, ranges(doc as string, array.shape)),
  transpose: one(T.transpose),
  permute: ([x], { order }) => T.permute(x, order as number[]),
  reshape: ([x], { shape }) => T.reshape(x, shape as number[]),
  broadcast_to: ([x], { shape }) => T.broadcastTo(x, shape as number[]),
  where: ([a, b], { mask }, [array]) => T.where(T.tensor([mask].flat(9).map(Number), array.shape, 'mask'), a, b),
  clamp: ([x], { min, max }) => T.clamp(x, min as number, max as number),
  maximum: two(T.maximum),
  minimum: two(T.minimum),
  l1_loss_mean: two(T.l1Loss),
  mse_loss_mean: two(T.l2Loss),
  cross: ([a, b], { axis }) => {
    assert.ok(axis === -1 || axis === a.shape.length - 1, 'cross: along the last axis');
    return T.cross(a, b);
  },
  det3: one(T.det3),
  cg_gate: ([x, y]) => T.mul(T.sigmoid(x), T.softplus(y)),
  composite_mlp: ([x, w1, b1, w2]) => T.sum(T.linear(T.silu(T.add(T.linear(x, w1), b1)), w2), { axis: 0 }),
};

/** The ranges of a formula like `x[1:3, :-1]`. */
function ranges(formula: string, shape: readonly number[]): [number, number, number][] {
  const inside = /^x\[(.*)\]$/.exec(formula);
  assert.ok(inside, `slice: cannot read '${formula}'`);
  return inside[1].split(',').map((part, axis) => {
    const [start, end, step] = part.trim().split(':');
    return [start ? Number(start) : 0, end ? Number(end) : shape[axis], step ? Number(step) : 1];
  });
}

function operatorOf(name: string): Operator {
  const keys = Object.keys(operators).filter((key) => name === key || name.startsWith(`${key}_`));
  const best = keys.sort((a, b) => b.length - a.length)[0];
  if (best === undefined) throw new Error(`Operator '${name}' of the golden file has no entry in the table.`);
  return operators[best];
}

const engines: [T.Engine, { value: number; hvp: number; floor: number }][] = [
  [T.referenceEngine(), { value: 1e-10, hvp: 1e-8, floor: 1e-6 }],
  [T.cpuEngine({ precision: 'f64' }), { value: 1e-10, hvp: 1e-8, floor: 1e-6 }],
  [T.cpuEngine(), { value: 2e-4, hvp: 2e-3, floor: 1e-2 }],
];

async function compare(golden: Case): Promise<void> {
  const xs = golden.inputs.map(({ shape }, k) => T.input(shape, `input ${k}`));
  const array = ({ shape, data }: Array_) => T.tensor(data, shape);
  const y = operatorOf(golden.name)(xs, golden.attrs, golden.inputs);
  assert.equal(y.shape, golden.output.shape, 'shape of the output');
  const first = pullback([y], [array(golden.cotangent)], xs).gradients;
  const second = pullback(first, golden.tangents.map(array), xs).gradients;
  const feeds = new Map(xs.map((x, k) => [x, golden.inputs[k].data]));
  for (const [engine, tolerance] of engines) {
    const name = `${golden.name} on ${engine.name} (${tolerance.value})`;
    const found = await run([y, ...first, ...second], { engine, feeds });
    close(found[0], golden.output.data, tolerance.value, `${name}: output`, tolerance.floor);
    golden.vjp.forEach(({ shape, data }, k) => {
      assert.equal(first[k].shape, shape);
      close(found[1 + k], data, tolerance.value, `${name}: vjp of input ${k}`, tolerance.floor);
    });
    golden.hvp.forEach(({ data }, k) => {
      close(found[1 + xs.length + k], data, tolerance.hvp, `${name}: hvp of input ${k}`, tolerance.floor);
    });
  }
}

const file = resolve(goldens, 'ops/ops.json');
const read = (): Case[] => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).cases : []);

needs(file, test, 'the golden file holds operators, each once and each in the table', () => {
  const names = read().map(({ name }) => name);
  assert.ok(names.length > 0);
  assert.is(new Set(names).size, names.length);
  for (const name of names) operatorOf(name);
});
for (const golden of read()) test(golden.name, () => compare(golden));

test('a name that is not in the table is an error', () => {
  for (const name of ['fourier', 'adder', 'summation', 'constructor']) assert.throws(() => operatorOf(name), name);
});

test.run();
