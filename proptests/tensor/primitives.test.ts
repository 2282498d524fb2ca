/**
 * Every primitive, generated from its record: shape rule, derivatives, and the CPU engine against the definition.
 *
 * A new record is tested without a line added here. Kinks are kept away from: what happens on them is a matter of
 * definition (see autograd/kinks.test.ts).
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients, grad } from '../../autograd/index.ts';
import { add, cpuEngine, type Engine, input, referenceEngine, type Tensor } from '../../tensor/index.ts';
import type { Primitive, Sample } from '../../tensor/primitive.ts';
import { primitives } from '../../tensor/primitives/index.ts';
import { topological } from '../../tensor/tensor.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { close, drawer, project, size } from './support.ts';

const reference = referenceEngine();
const engines: [Engine, number][] = [
  [cpuEngine(), 2e-5],
  [cpuEngine({ precision: 'f64' }), 1e-11],
];
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const LEAF_LIKE = ['custom', 'leaf', 'index', 'literal', 'sizeOf'];

/** A sample whose numbers are exact in float32 and, for comparisons and maxima, away from ties. */
function sampleOf({ name, sample }: Primitive, seed: number, largest = Infinity): Sample {
  for (let attempt = 0; ; attempt++) {
    const drawn = sample!(drawer(seed + 7919 * attempt));
    const inputs = drawn.inputs.map(({ shape, data }) => {
      const spaced = name.includes('Max') ? ranks(data) : data;
      return { shape, data: spaced.map(Math.fround) };
    });
    const [a, b] = inputs;
    const tie = name === 'less' && a.data.some((x, k) => Math.abs(x - b.data[k]) < 0.02);
    const count = inputs.reduce((total, x) => total + x.data.length, 0);
    if (count <= largest && !tie) return { ...drawn, inputs };
  }
}

/** The numbers replaced by evenly spaced ones in the same order, so that no two are close. */
function ranks(data: readonly number[]): number[] {
  const order = data.map((_, k) => k).sort((a, b) => data[a] - data[b]);
  const out = new Array<number>(data.length);
  order.forEach((k, rank) => {
    out[k] = (4 * (rank + 0.5)) / data.length - 2;
  });
  return out;
}

/** The value, the gradients of a projection of it, and the gradients of a projection of those. */
function threeOrders(y: Tensor, xs: readonly Tensor[]): Tensor[] {
  const first = grad(project(y), xs);
  const slope = first.map((g, k) => project(g, 1 + k)).reduce((a, b) => add(a, b));
  return [y, ...first, ...grad(slope, xs)];
}

test('only leaf-like primitives have no sample', () => {
  assert.ok(primitives.length > 25);
  for (const { name, sample } of primitives) assert.ok(sample || LEAF_LIKE.includes(name), `${name} has no sample`);
  assert.is(new Set(primitives.map(({ name }) => name)).size, primitives.length, 'names are unique');
  for (const { name, doc } of primitives)
    assert.ok(doc.length > 0 && !doc.includes('\n'), `${name} has a one-line doc`);
});

for (const primitive of primitives) {
  const { name, sample } = primitive;
  if (!sample) continue;

  test(`${name}: the shape rule says how many numbers the definition gives`, async () => {
    let used = 0;
    await check(seeds, async (seed) => {
      const { inputs, apply } = sampleOf(primitive, seed);
      const xs = inputs.map(({ shape }) => input(shape));
      const y = apply(xs);
      if (topological([y]).some(({ op }) => op === primitive)) used++;
      const [values] = await run([y], { feeds: new Map(xs.map((x, k) => [x, inputs[k].data])) });
      assert.is(values.length, size(y.shape));
      assert.ok(values.every(Number.isFinite));
    });
    assert.ok(used > 0, 'no sample applies the primitive');
  });

  test(`${name}: derivatives of order 1 and 2 agree with differences`, () =>
    check(
      seeds,
      async (seed) => {
        const { inputs, apply } = sampleOf(primitive, seed, 30);
        await checkGradients((...x) => apply(x), inputs, { order: 2 });
      },
      6,
    ));

  test(`${name}: the CPU engine agrees with the reference, for values and two orders of gradients`, () =>
    check(
      seeds,
      async (seed) => {
        const { inputs, apply } = sampleOf(primitive, seed);
        const xs = inputs.map(({ shape }) => input(shape));
        const outputs = threeOrders(apply(xs), xs);
        const feeds = new Map(xs.map((x, k) => [x, inputs[k].data]));
        const expected = await run(outputs, { feeds, engine: reference });
        for (const [engine, tolerance] of engines) {
          const found = await run(outputs, { feeds, engine });
          found.forEach((values, k) => {
            close(values, expected[k], tolerance, `${name} ${tolerance} output ${k}`, 1e-3);
          });
        }
      },
      12,
    ));
}

test.run();
