/**
 * At the edges of what can be asked of engines: vectors on the left of products, variables made from one number, fed
 * variables, programs with hundreds of results, numbers that float32 cannot hold. All engines agree, or refuse.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { engineState } from '../../tensor/engines/cpu/state.ts';
import * as T from '../../tensor/index.ts';
import { interpolate, interpolateTransposed } from '../../tensor/primitives/interpolate.ts';
import { trainingStep } from '../support/by-tensor.ts';
import { check } from '../support/check.ts';

const N = T.dimension('rows');
const engines = () => [T.referenceEngine(), T.cpuEngine({ precision: 'f64', threads: 2 }), T.cpuEngine({ threads: 1 })];
const close = (found: ArrayLike<number>, expected: ArrayLike<number>, what = '', tolerance = 1e-5): void => {
  assert.is(found.length, expected.length, what);
  const scale = 1 + Math.max(0, ...Array.from(expected, Math.abs).filter(Number.isFinite));
  for (let k = 0; k < found.length; k++) {
    const [a, b] = [found[k], expected[k]];
    assert.ok(Object.is(a, b) || Math.abs(a - b) <= tolerance * scale, `${what}[${k}]: ${a}, expected ${b}`);
  }
};
/** Outputs on all engines are those of the first, the reference. */
async function agree(
  program: T.Program,
  feeds: T.Feeds = new Map(),
  tolerance?: number,
): Promise<readonly Float64Array[]> {
  const [expected, ...others] = await Promise.all(engines().map((engine) => engine.compile(program).run(feeds)));
  for (const found of others) {
    for (const [k, values] of found.entries()) close(values, expected[k], `output ${k}`, tolerance);
  }
  return expected;
}

test('a vector times a matrix, a vector and a layer, with gradients', () =>
  check(
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.boolean()),
    async ([k, n, named]) => {
      const size = named ? N : k;
      const x = T.input([size]);
      const matrix = T.input([size, n]);
      const layer = T.variable(T.normal(T.key(3), n * k), [n, k]);
      const outputs = [T.matmul(x, matrix), T.matmul(x, x), ...(named ? [] : [T.linear(x, layer)])];
      const loss = outputs.map((y) => T.sum(T.square(y))).reduce((a, b) => T.add(a, b));
      const feeds: T.Feeds = new Map([
        [x, T.normal(T.key(1), k)],
        [matrix, T.normal(T.key(2), k * n)],
      ]);
      const [product] = await agree({ outputs: [...outputs, ...grad(loss, [x, matrix])] }, feeds);
      const [a, b] = [feeds.get(x) as Float64Array, feeds.get(matrix) as Float64Array];
      close(
        product,
        Array.from({ length: n }, (_, j) => a.reduce((sum, v, i) => sum + v * b[i * n + j], 0)),
      );
    },
  ));

test('a variable made from one number is as good as one made from all', async () => {
  for (const engine of engines()) {
    const v = T.variable(2, [3]);
    const plan = engine.compile({ outputs: [T.add(v, 1)], updates: [[v, T.mul(v, 3)]] });
    close((await plan.run())[0], [3, 3, 3]);
    close((await plan.run())[0], [7, 7, 7]);
    close(engine.read(v), [18, 18, 18]);
    close(engine.read(T.variable(5, [2])), [5, 5], 'before any run');

    const open = T.variable(1, [N, 2]);
    const x = T.input([N, 2]);
    const grown = engine.compile({ outputs: [T.mul(open, x)], updates: [[open, T.add(open, x)]] });
    const feeds: T.Feeds = new Map([[x, [1, 2, 3, 4]]]);
    close((await grown.run(feeds))[0], [1, 2, 3, 4]);
    close((await grown.run(feeds))[0], [2, 6, 12, 20]);
    engine.write(open, [7]);
    close((await grown.run(feeds))[0], [7, 14, 21, 28]);
  }
});

test('what is fed goes before what a variable holds', async () => {
  for (const engine of engines()) {
    const v = T.variable([1, 2], [2]);
    const plan = engine.compile({ outputs: [T.add(v, 1)] });
    engine.write(v, [3, 4]);
    close((await plan.run(new Map([[v, [10, 20]]])))[0], [11, 21]);
    close((await plan.run())[0], [4, 5]);
  }
});

test('writes and updates that do not fit are refused, and change nothing', async () => {
  for (const engine of engines()) {
    const [v, w] = [T.variable([1, 2], [2]), T.variable([5], [1])];
    assert.throws(() => engine.write(v, [1, 2, 3]), /holds 2 numbers, got 3/);
    engine.write(v, [3, 4]);
    assert.throws(() => engine.write(T.input([2]), [1, 2]), /expected a variable/);
    assert.throws(() => engine.compile({ outputs: [], updates: [[w, T.sum(v)]] }), /cannot become/);
    assert.throws(() => engine.compile({ outputs: [], updates: [[T.input([2]), v]] }), /expected a variable/);
    assert.throws(() => engine.compile({ outputs: [T.constantIndex([0], 1)] }), /row numbers/);
    close(engine.read(v), [3, 4]);
  }
});

test('row numbers are no numbers, and axes must be there', () => {
  const [a, b, i] = [T.input([2]), T.input([2, 3]), T.constantIndex([1, 0], 2)];
  assert.throws(() => T.add(i, 1), /row numbers/);
  assert.throws(() => T.sum(i), /row numbers/);
  assert.throws(() => T.slice(a, [[0.5, 2]]), /expected integers for axis 0/);
  assert.throws(() => T.slice(a, [[0, 2, 1.5]]), /expected integers for axis 0/);
  assert.throws(() => T.concat([a, a], 3), /no axis 3/);
  assert.throws(() => T.concat([b, T.input([2, 1])], 0), /differ in more than axis 0/);
  assert.throws(() => T.concat([]), /at least one/);
  assert.throws(() => T.stack([a, a], 5), /axis 5/);
  assert.throws(() => T.stack([a, a], -4), /axis -4/);
  assert.throws(() => T.unsqueeze(a, 3), /axis 3/);
  assert.equal(T.stack([a, a], -1).shape, [2, 2]);
});

test('a dimension may be named like a number, and has a whole number of rows', async () => {
  const three = T.dimension('3');
  const [a, b] = [T.input([3]), T.input([three])];
  const feeds: T.Feeds = new Map([
    [a, [1, 2, 3]],
    [b, [4, 5]],
  ]);
  await agree({ outputs: [T.square(a), T.square(b), T.add(T.sum(T.exp(a)), T.sum(T.exp(b)))] }, feeds);
  const ones = T.broadcastTo(T.tensor(1), [three]);
  for (const engine of engines()) {
    const plan = engine.compile({ outputs: [T.sum(ones)] });
    assert.is((await plan.run(new Map(), { 3: 4 }))[0][0], 4);
    for (const rows of [2.5, -1, Number.NaN]) {
      await plan.run(new Map(), { 3: rows }).then(
        () => assert.unreachable(engine.name),
        (error: Error) => assert.match(error.message, /sizes: expected an integer >= 0 for dimension '3'/),
      );
    }
    const at = T.index(2, three);
    await engine
      .compile({ outputs: [T.gather(b, at)] })
      .run(
        new Map<T.Tensor, object>([
          [b, [4, 5]],
          [at, { values: Int32Array.of(0, 1), count: 2.5 }],
        ]) as T.Feeds,
      )
      .then(
        () => assert.unreachable(engine.name),
        (error: Error) => assert.match(error.message, /index.*expected an integer >= 0 for dimension '3', got 2.5/),
      );
  }
});

test('numbers that are not, and literals beyond float32, as in the reference', async () => {
  const x = T.input([4]);
  const tiny = T.input([2]);
  const [, , , scaled, divided] = await agree(
    {
      outputs: [
        T.gate(x, Number.POSITIVE_INFINITY),
        T.sign(x),
        ...grad(T.sum(T.abs(x)), [x]),
        T.mul(1e30, T.mul(1e30, tiny)),
        T.div(tiny, 1e-39),
      ],
    },
    new Map([
      [x, [0, -2, 3, Number.NaN]],
      [tiny, [1e-30, 2e-30]],
    ]),
  );
  close(scaled, [1e30, 2e30]);
  close(divided, [1e9, 2e9]);
});

test('interpolation reads two rows: the last knot is refused', async () => {
  const [knot, t] = [T.index(N, 3), T.input([N])];
  const table = T.tensor([0, 1, 1, 1, 2, 1], [3, 2]);
  const x = T.input([N, 1]);
  const at = (k: number): T.Feeds =>
    new Map<T.Tensor, T.IndexValue | number[]>([
      [knot, { values: Int32Array.of(k), count: 3 }],
      [t, [0.5]],
      [x, [1]],
    ]);
  for (const outputs of [[interpolate(table, knot, t)], [interpolateTransposed(x, knot, t)]]) {
    await agree({ outputs }, at(1));
    for (const engine of engines()) {
      await engine
        .compile({ outputs })
        .run(at(2))
        .then(
          () => assert.unreachable(engine.name),
          (error: Error) => assert.match(error.message, /points at 2, expected 0 to 1/),
        );
    }
  }
});

test('hundreds of sums in one sweep, on one thread and on two', async () => {
  const x = T.input([N, 4]);
  const outputs = Array.from({ length: 340 }, (_, k) => T.sum(T.mul(T.add(x, k), x), { axis: 0 }));
  const feeds: T.Feeds = new Map([[x, Float64Array.from({ length: 4 * 40_000 }, (_, k) => Math.sin(k))]]);
  const [one, two] = [1, 2].map((threads) => T.cpuEngine({ precision: 'f64', threads }).compile({ outputs }));
  const expected = await one.run(feeds);
  // The first run ends before the helper has the code.
  for (let k = 0; k < 5; k++) assert.equal(await two.run(feeds), expected, `run ${k}`);
});

/** Positions and momenta of pendulums after many steps of a symplectic integrator: a loop, unrolled. */
function pendulums(start: T.Tensor, steps: number): T.Tensor {
  let [angle, momentum] = [start, T.mul(start, 0.1)];
  for (let k = 0; k < steps; k++) {
    momentum = T.sub(momentum, T.mul(T.sin(angle), 0.01));
    angle = T.add(angle, T.mul(momentum, 0.01));
  }
  return T.sum(T.add(T.square(angle), T.cos(momentum)));
}

test('loops of hundreds of steps, unrolled, and their derivatives', () =>
  check(
    fc.record({
      steps: fc.integer({ min: 1, max: 500 }),
      order: fc.integer({ min: 0, max: 2 }),
      rows: fc.constantFrom(3, N, T.dimension('pairs', { streamed: true })),
    }),
    async ({ steps, order, rows }) => {
      const start = T.input([rows, 2]);
      let y = pendulums(start, steps);
      for (let k = 0; k < order; k++) y = T.sum(T.sin(grad(y, [start])[0]));
      // Rounding errors of float32 grow with the steps.
      await agree({ outputs: [y] }, new Map([[start, [0.3, 1.2, -0.7, 2, 0.1, -1.4]]]), 1e-3);
    },
    8,
  ));

test('an optimiser of hundreds of parameters', async () => {
  const parameters = Array.from({ length: 260 }, (_, k) => T.variable(T.normal(T.key(k), 12), [4, 3]));
  const x = T.input([3, 1]);
  const loss = parameters.map((p) => T.sum(T.square(T.matmul(p, x)))).reduce((a, b) => T.add(a, b));
  const named = Object.fromEntries(parameters.map((p, k) => [`p${k}`, p]));
  const after = async (engine: T.Engine) => {
    const made = trainingStep(engine, loss, named, { average: 0.9 });
    for (let k = 0; k < 2; k++) await made.step(new Map([[x, [1, 2, 3]]]), 0.01);
    return parameters.map((p) => engine.read(p));
  };
  const [expected, found] = [await after(T.referenceEngine()), await after(T.cpuEngine({ precision: 'f64' }))];
  for (const [k, values] of found.entries()) close(values, expected[k], `p${k}`);
});

test('a step that is refused is no step', async () => {
  const w = T.variable([1, 2], [2]);
  const x = T.input([2]);
  const made = trainingStep(T.referenceEngine(), T.sum(T.square(T.mul(w, x))), { w });
  await made.step(new Map(), 0.1).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /no value/),
  );
  assert.is(made.steps, 0);
  await made.step(new Map([[x, [1, 1]]]), 0.1);
  assert.is(made.steps, 1);
});

test('memory of variables that are gone is used again, also in other pieces', () => {
  const { heap } = engineState('f32', 1);
  return check(fc.array(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 })), (rounds) => {
    const before = heap.arena(0);
    for (const sizes of rounds) {
      const places = sizes.map((bytes) => ({ bytes, address: heap.reserve(bytes) }));
      const sorted = [...places].sort((a, b) => a.address - b.address);
      sorted.slice(1).forEach(({ address }, k) => {
        assert.ok(sorted[k].address + sorted[k].bytes <= address, 'places overlap');
      });
      for (const { address, bytes } of places) heap.release(address, bytes);
    }
    assert.is(heap.arena(0), before, 'nothing is lost');
  });
});

test('a memory that cannot be had leaves the engine as it was', () => {
  const { heap } = engineState('f32', 1);
  const before = heap.arena(0);
  assert.throws(() => heap.reserve(5 * 2 ** 30), /more than it can get/);
  assert.is(heap.arena(0), before);
  assert.is(heap.reserve(64), before);
});

test.run();
