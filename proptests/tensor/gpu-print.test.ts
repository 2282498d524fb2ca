/**
 * The kernel IR prints a second time: gpu.js kernel strings, run in gpu.js' cpu mode, against the reference.
 *
 * Every kernel of a whole pre-training step gets the reference's buffers as inputs and must give the reference's
 * buffer; so an error is blamed on the kernel that makes it.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { collate, neighbours } from '../../graph/index.ts';
import * as nn from '../../nn/index.ts';
import * as E from '../../tensor/compile/expr.ts';
import type { Kernel, Sweep } from '../../tensor/compile/kernel.ts';
import { showSize } from '../../tensor/dimension.ts';
import { printResult } from '../../tensor/engines/gpu/print.ts';
import { ARRAY_LIMIT, arrayParameters } from '../../tensor/engines/gpu/program.ts';
import { slabShape, threadShape, toSlab } from '../../tensor/engines/gpu/slab.ts';
import * as T from '../../tensor/index.ts';
import { primitives } from '../../tensor/primitives/index.ts';
import { interpolate, interpolateTransposed } from '../../tensor/primitives/interpolate.ts';
import { crystals } from '../../testing/index.ts';
import * as byTensor from '../support/by-tensor.ts';
import { check } from '../support/check.ts';
import { difference, launch, type Printed, printed, runChained, toWgsl } from './gpu-cpu-mode.ts';
import { drawer, project } from './support.ts';

const TOLERANCE = 1e-5;
const CUTOFF = 4;
const KNOTS = 12;

/** The program of a training step on a small network whose channels are too many for edge tensors to be stored. */
function trainingStep(structures: Parameters<typeof collate>[0][number]['structure'][], preset: 'paper' | 'physical') {
  const batch = collate(structures.map((structure) => ({ structure, edges: neighbours(structure, CUTOFF) })));
  const config = { ...nn.cgcnnDefaults, cutoff: CUTOFF, dim1: 18, dim2: 7, edge_dim: 5, gc_count: 2, preset };
  const parameters = nn.initCGCNN(config, T.key(1));
  const inputs = nn.graphInputs();
  const shape = nn.strainedGeometry(inputs);
  const energy = nn.applyCGCNN(parameters, inputs, shape.vectors, config);
  const [labels, weights] = [nn.labelInputs(), nn.lossWeightInputs()];
  const predicted = { energy, ...nn.forcesAndStress(energy, inputs, shape) };
  const loss = nn.forceFieldLoss(predicted, labels, weights);
  let program: T.Program | undefined;
  const catcher = {
    compile(made: T.Program) {
      program = made;
      return { run: async () => [] };
    },
  };
  const { optimiser } = byTensor.trainingStep(catcher as unknown as T.Engine, loss, parameters);
  const wave = (count: number) => Float64Array.from({ length: count }, (_, k) => Math.sin(1 + 7 * k));
  const feeds: T.Feeds = new Map([
    ...byTensor.feedGraph(inputs, batch, { cutoff: CUTOFF, knots: KNOTS }),
    ...byTensor.feedLossWeights(weights, [1, 5, 50]),
    [labels.energy, wave(batch.sizes.structures)] as const,
    [labels.forces, wave(3 * batch.sizes.atoms)] as const,
    [labels.stress, wave(9 * batch.sizes.structures)] as const,
    ...optimiser.feed(3, 1e-2),
  ]);
  const { target, source } = inputs;
  return { program: program!, feeds, sizes: { ...batch.sizes, knots: KNOTS }, target, source, knot: inputs.knot };
}

/** What a kernel does, for the list of kinds that a step must contain. */
function kindsOf(kernel: Kernel, { compiled }: Printed, indices: Record<string, T.Tensor>): string[] {
  if (kernel.kind !== 'sweep') return [kernel.kind];
  const rows = showSize(kernel.rows);
  return kernel.stages.flatMap((stage) =>
    stage.writes.flatMap(({ to, mode }) => {
      const index = to.gather && compiled.leaves[kernel.buffers[to.gather.index]];
      const name = Object.keys(indices).find((key) => index && indices[key] === index);
      const isRowSum = to.space === 'temp' && mode === 'add' && stage.extents[0] >= 18;
      return [`${rows} sweep`, ...(name ? [`${rows} to ${name}`] : []), ...(isRowSum ? [`${rows} row sum`] : [])];
    }),
  );
}

/** Every kernel on the reference's inputs; the number of kernels compared. */
function compareAll(all: Printed, inspect: (source: string, wgsl: string) => void): number {
  const { compiled, gpu, expected, threadsOf, countOf } = all;
  const values: ArrayLike<number>[] = [...expected];
  let compared = 0;
  for (const kernel of gpu.kernels) {
    const args = all.arguments(kernel, values);
    const threads = threadsOf(kernel.output);
    const actual = launch(kernel.source, args, threads).slice(0, countOf(kernel.output));
    inspect(kernel.source, toWgsl(kernel.source, args, threads));
    if (kernel.output >= compiled.buffers.length) {
      values[kernel.output] = actual; // a pack: judged by those who read it
      continue;
    }
    const error = difference(actual, expected[kernel.output]);
    const { op } = compiled.tensors[kernel.output];
    if (!(error < TOLERANCE)) assert.unreachable(`buffer ${kernel.output} (${op.name}): ${error}\n${kernel.source}`);
    compared++;
  }
  return compared;
}

for (const preset of ['paper', 'physical'] as const) {
  test(`all kernels of a pre-training step (${preset}) agree with the reference`, async () => {
    const structures = fc.sample(crystals({ minAtoms: 2, maxAtoms: 4 }), { seed: 7, numRuns: 3 });
    const step = trainingStep(structures, preset);
    const all = await printed(step.program, step.feeds, step.sizes);
    const { target, source, knot } = step;
    const kinds = new Set(all.compiled.kernels.flatMap((k) => kindsOf(k, all, { target, source, knot })));
    for (const kind of ['matmul', 'matmulTN', 'atoms sweep', 'edges row sum', 'structures sweep'])
      assert.ok(kinds.has(kind), `${kind} is among ${[...kinds].join(', ')}`);
    for (const index of ['target', 'source', 'knot']) assert.ok(kinds.has(`edges to ${index}`), `sum at ${index}`);

    const compared = compareAll(all, (js, wgsl) => {
      assert.not.match(js, /\+\+|--|NaN|undefined|Infinity|Math\.(tanh|pow|expm1|log1p)/);
      assert.not.match(wgsl, /undefined|NaN/);
      if (wgsl.includes('LOOP_MAX')) assert.match(wgsl, 'const LOOP_MAX : i32 = 16777216;');
    });
    const stored = all.compiled.buffers.length - all.compiled.leaves.length;
    assert.is(compared, stored, 'each stored buffer is computed once');
    const nonzero = all.expected.slice(all.compiled.leaves.length).filter((x) => x.some((v) => v !== 0)).length;
    assert.ok(nonzero > 0.9 * stored, `${nonzero} of ${stored} buffers are not all zero`);
    for (const kernel of all.gpu.kernels) assert.ok(arrayParameters(kernel) <= ARRAY_LIMIT);
  });
}

test('a program runs through, packed to as few arrays as its row spaces allow', async () => {
  const step = trainingStep(fc.sample(crystals({ minAtoms: 1, maxAtoms: 2 }), { seed: 3, numRuns: 2 }), 'physical');
  const wide = await printed(step.program, step.feeds, step.sizes, 1000);
  const narrow = await printed(step.program, step.feeds, step.sizes, ARRAY_LIMIT);
  assert.ok(
    wide.gpu.kernels.some((k) => arrayParameters(k) > ARRAY_LIMIT),
    'something had to be packed',
  );
  assert.ok(narrow.gpu.buffers.length > wide.gpu.buffers.length);
  const values = runChained(narrow);
  const { outputs, updates } = narrow.compiled;
  for (const buffer of [...outputs, ...updates])
    assert.ok(difference(values[buffer], narrow.expected[buffer]) < 1e-4, `buffer ${buffer}`);
});

/** Compares outputs of a chained run with the reference. */
async function agrees(program: T.Program, feeds: T.Feeds = new Map(), sizes = {}, limit?: number): Promise<void> {
  const all = await printed(program, feeds, sizes, limit);
  const values = runChained(all);
  for (const buffer of all.compiled.outputs) {
    const error = difference(values[buffer], all.expected[buffer]);
    if (!(error < TOLERANCE)) {
      const text = all.gpu.kernels.map(({ source }) => source).join('\n');
      assert.unreachable(`${all.compiled.tensors[buffer].op.name}: error ${error}\n${text}`);
    }
  }
}

test('every primitive and its gradient, generated from its record', async () => {
  for (const { sample, name } of primitives) {
    if (!sample) continue;
    await check(
      fc.integer({ min: 0, max: 2 ** 31 }),
      async (seed) => {
        const { inputs, apply } = sample(drawer(seed));
        if (inputs.some(({ data }) => data.length > 200)) return;
        // Numbers that float32 holds exactly, since comparisons of rounded ones may differ.
        const xs = inputs.map(({ data, shape }) => T.variable(data.map(Math.fround), shape));
        const y = apply(xs);
        await agrees({ outputs: name === 'erf' ? [y] : [y, ...grad(project(y), xs)] });
      },
      name === 'erf' ? 1 : 3,
    );
  }
});

const N = T.dimension('n');
const D = T.dimension('d');

/** A segment sum and maximum, a gather, and a sum over all rows. */
function segments(destinations: number[], count: number) {
  const rows = destinations.length;
  const [x, index] = [T.input([N, 3], 'x'), T.index(N, D, 'index')];
  const weighted = T.mul(x, T.add(T.gather(T.segmentSum(x, index), index), 1));
  const total = T.segmentSum(weighted, index);
  const data = Float32Array.from({ length: 3 * rows }, (_, k) => Math.sin(k * k));
  const feeds: T.Feeds = new Map<T.Tensor, Float32Array | T.IndexValue>([
    [x, data],
    [index, { values: Int32Array.from(destinations), count }],
  ]);
  const outputs = [total, T.segmentMax(x, index), T.sum(weighted), T.sum(weighted, { axis: 0 }), T.degree(index)];
  return { outputs, feeds, sizes: { n: rows, d: count } };
}

test('segments: any destinations, in any order, with empty ones', async () => {
  const destinations = fc
    .integer({ min: 1, max: 9 })
    .chain((count) => fc.tuple(fc.array(fc.nat(count - 1), { minLength: 0, maxLength: 30 }), fc.constant(count)));
  await check(
    destinations,
    async ([values, count]) => {
      const { outputs, feeds, sizes } = segments(values, count);
      await agrees({ outputs }, feeds, sizes);
    },
    20,
  );
});

test('a segment of more than 1000 rows, beside an empty one', async () => {
  const { outputs, feeds, sizes } = segments(
    Array.from({ length: 2500 }, (_, k) => (k % 5 === 0 ? 2 : 0)),
    4,
  );
  await agrees({ outputs }, feeds, sizes);
});

test('rows and destinations beyond the first slab of 4096', async () => {
  const { outputs, feeds, sizes } = segments(
    Array.from({ length: 9001 }, (_, k) => (k * 4099) % 8500),
    8500,
  );
  await agrees({ outputs }, feeds, sizes);
  for (const rows of [4095, 4096, 4097, 8192]) {
    const x = T.input([N, 2], 'x');
    const data = Float32Array.from({ length: 2 * rows }, (_, k) => k);
    await agrees({ outputs: [T.mul(x, x)] }, new Map([[x, data]]), { n: rows });
  }
});

test('tables: sums at both neighbouring knots', async () => {
  const at = fc.record({ knots: fc.integer({ min: 2, max: 6 }), channels: fc.integer({ min: 1, max: 4 }) });
  await check(
    fc.tuple(at, fc.array(fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 })),
    async ([{ knots, channels }, rows]) => {
      const knot = T.index(N, D, 'knot');
      const [x, t] = [T.input([N, channels], 'x'), T.input([N], 't')];
      const feeds = new Map<T.Tensor, Float32Array | T.IndexValue>([
        [knot, { values: Int32Array.from(rows, ([k]) => k % (knots - 1)), count: knots }],
        [t, Float32Array.from(rows, ([, v]) => v)],
        [x, Float32Array.from({ length: rows.length * channels }, (_, k) => Math.cos(3 * k))],
      ]);
      const table = interpolateTransposed(x, knot, t, 1);
      await agrees({ outputs: [table, interpolate(table, knot, t, 2)] }, feeds, { n: rows.length, d: knots });
    },
    10,
  );
});

/** A sweep that stores one scalar expression of the columns of a row. */
const sweepOf = (value: E.Expr): Sweep => ({
  kind: 'sweep',
  rows: N,
  buffers: [0, 1],
  temps: [],
  fills: [],
  stages: [
    {
      extents: [],
      writes: [{ to: { space: 'buffer', slot: 1, index: { base: 0, row: 1, coefs: [] } }, mode: 'set', value }],
    },
  ],
});
const columnLoad = (base: number): E.Expr => ({
  op: 'load',
  place: { space: 'buffer', slot: 0, index: { base, row: 4, coefs: [] } },
});

function evaluate(value: E.Expr, rows: readonly (readonly number[])[]): number[] {
  const real = { rows: N, type: 'real' } as const;
  const surroundings = { numbers: new Set<number>(), counts: new Map(), packed: new Map() };
  const buffers = [
    { ...real, width: 4 },
    { ...real, width: 1 },
  ];
  const { source, parameters } = printResult(sweepOf(value), 1, { buffers, ...surroundings });
  const shape = slabShape(rows.length, 4);
  const flat = toSlab(rows.flat(), shape);
  const slab = [rows.map((_, k) => flat.subarray(4 * k, 4 * k + 4))];
  const args = parameters.map((p) => (p.kind === 'size' ? rows.length : p.kind === 'constant' ? p.value : slab));
  const output = threadShape(rows.length, 1);
  assert.ok(toWgsl(source, args, output).includes('@compute'));
  return launch(source, args, output);
}

/** Any number as one in [0, 1]. */
const unit = (a: number): number => Math.fround(Math.min(1, Math.abs(a)));

/** By hand, so that a mistake in the printer cannot hide in a shared table. */
const meaning: Record<E.ScalarOp, (a: number, b: number, c: number, d: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  // Defined on [0, 1] only.
  log1pUnit: (a) => Math.log1p(unit(a)),
  sin: Math.sin,
  cos: Math.cos,
  selectLess: (a, b, c, d) => (a < b ? c : d),
};
const float = fc.oneof(
  fc.double({ min: -20, max: 20, noNaN: true }).map(Math.fround),
  fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 1e-30, -1e30, 4097),
);

test('every scalar operation on its own, on loads and on literals', async () => {
  for (const [name, f] of Object.entries(meaning) as [E.ScalarOp, (typeof meaning)[E.ScalarOp]][]) {
    const arity =
      name === 'selectLess' ? 4 : f.length === 2 && name !== 'min' && name !== 'max' ? 2 : Math.min(f.length, 2);
    await check(
      fc.tuple(fc.array(fc.tuple(float, float, float, float), { minLength: 1, maxLength: 20 }), fc.nat(15)),
      ([rows, literals]) => {
        // Bit k of `literals` makes operand k a literal, the same in every row.
        const args = Array.from({ length: arity }, (_, k) =>
          (literals >> k) & 1 ? E.literal(name === 'log1pUnit' ? unit(rows[0][k]) : rows[0][k]) : columnLoad(k),
        );
        const inDomain = name === 'log1pUnit' ? rows.map(([a, ...rest]) => [unit(a), ...rest]) : rows;
        const actual = evaluate({ op: name, args }, inDomain as typeof rows);
        rows.forEach((row, k) => {
          const [a, b, c, d] = row.map((x, i) => ((literals >> i) & 1 ? rows[0][i] : x)) as [
            number,
            number,
            number,
            number,
          ];
          const expected = Math.fround(f(a, b, c, d));
          const said = `${name}(${[a, b, c, d].slice(0, arity)}): ${actual[k]}, expected ${expected}`;
          const error = Math.abs(actual[k] - expected);
          if (name === 'log1pUnit') assert.ok(error <= 2e-7 * expected, said);
          else if (name === 'sin' || name === 'cos') assert.ok(error <= 3e-7 || Math.abs(a) > 8192, said);
          else assert.ok(Object.is(actual[k] + 0, expected + 0), said);
        });
      },
      8,
    );
  }
});

test('nested operations and double negations keep their meaning', async () => {
  const [a, b] = [columnLoad(0), columnLoad(1)];
  await check(fc.tuple(float, float), ([x, y]) => {
    const value = E.sub(E.neg(E.neg(a)), E.neg(E.sub(b, E.mul(E.literal(-2), E.sub(a, b)))));
    const expected = Math.fround(x + (y + 2 * (x - y)));
    assert.ok(difference(evaluate(value, [[x, y, 0, 0]]), [expected]) < 1e-6);
  });
});

test('an exponential that several values share, or that a loop does not change, is taken once', async () => {
  const x = T.input([N, 5], 'x');
  const r = T.input([N], 'r');
  const gated = T.sum(T.mul(T.mul(T.sigmoid(x), T.softplus(x)), T.unsqueeze(T.exp(r), 1)), { axis: -1 });
  const feeds = new Map([
    [x, Float32Array.from({ length: 15 }, (_, k) => Math.sin(k))],
    [r, Float32Array.of(0.5, -1, 2)],
  ]);
  const all = await printed({ outputs: [gated] }, feeds, { n: 3 });
  const { source } = all.gpu.kernels[0];
  const [before, inside] = source.split(/for\(let c\d+=0;c\d+<5;c\d+\+=1\)/);
  const exps = (text: string) => text.match(/Math\.exp/g)?.length ?? 0;
  assert.is(all.gpu.kernels.length, 1);
  assert.equal([exps(before), exps(inside)], [1, 1], source);
  assert.ok(difference(runChained(all).at(-1)!, all.expected.at(-1)!) < TOLERANCE);
});

test('infinities and NaN, which have no text in a kernel, are passed as numbers', () => {
  for (const value of [Infinity, -Infinity, Number.NaN, 1e60])
    assert.is(
      String(evaluate(E.add(columnLoad(0), E.literal(value)), [[1, 0, 0, 0]])[0]),
      String(Math.fround(1 + value)),
    );
});

test('an inexact division of a large position is refused', async () => {
  // [n, 4] rows regrouped so that a row of the result straddles rows of the input: not expressible by row and column.
  const x = T.variable(new Float64Array(3 * 700_000), [700_000, 3]);
  const compiled = T.reshape(T.neg(x), [3, 700_000]);
  const program = { outputs: [T.add(compiled, T.sum(T.neg(x)))] };
  await printed(program, new Map()).then(
    () => assert.unreachable('expected an error'),
    (error: Error) => assert.match(error.message, /not exact in float32/),
  );
});

test.run();
