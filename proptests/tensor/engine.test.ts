/**
 * Engines: who owns which numbers, when state changes, what is compiled again, and that bits repeat.
 *
 * Held for the reference and for the CPU engine alike, since users may swap one for the other.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad, gradWithReach } from '../../autograd/index.ts';
import {
  add,
  cpuEngine,
  dimension,
  type Engine,
  exp,
  gather,
  index,
  input,
  l2Loss,
  matmul,
  mean,
  mul,
  neg,
  referenceEngine,
  segmentSum,
  sin,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  unsqueeze,
  variable,
} from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { close, drawer, identical, normals, smoothFunction } from './support.ts';

const makers: [string, () => Engine][] = [
  ['reference', referenceEngine],
  ['cpu f32', () => cpuEngine()],
  ['cpu f64', () => cpuEngine({ precision: 'f64' })],
];
const precisions = ['f32', 'f64'] as const;
const rows = dimension('rows');
const edges = dimension('edges', { streamed: true });
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

for (const [name, make] of makers) {
  test(`${name}: two plans used in turn never alias, and held results never change`, () => {
    const engine = make();
    return check(
      seeds,
      async (seed) => {
        const draw = drawer(seed);
        const parts = [3, 8].map((n) => {
          const x = input([n]);
          const y = smoothFunction(draw)(x);
          const outputs = [y, ...grad(sum(y), [x]), x];
          return { x, n, plan: engine.compile({ outputs }), alone: make().compile({ outputs }) };
        });
        const held: { results: Float64Array[]; copy: Float64Array[] }[] = [];
        for (let step = 0; step < 6; step++) {
          const { x, n, plan, alone } = parts[draw.integer(0, 1)];
          const fed = Float64Array.from(draw.reals(n, -1, 1));
          const before = fed.slice();
          const results = await plan.run(new Map([[x, fed]]));
          identical(fed, before, 'feeds are not written to');
          const expected = await alone.run(new Map([[x, fed]]));
          results.forEach((r, k) => {
            identical(r, expected[k], `step ${step}, output ${k}`);
          });
          held.push({ results, copy: results.map((r) => r.slice()) });
        }
        for (const { results, copy } of held)
          results.forEach((r, k) => {
            identical(r, copy[k], 'a held result');
          });
        // And what users write into results reaches nobody.
        for (const { results } of held) for (const r of results) r.fill(Number.NaN);
        const { x, n, plan } = parts[0];
        for (const r of await plan.run(new Map([[x, new Float64Array(n)]]))) assert.ok(r.every(Number.isFinite));
      },
      10,
    );
  });

  test(`${name}: runs started together do not disturb each other`, async () => {
    const engine = make();
    const x = input([rows, 3]);
    const plan = engine.compile({ outputs: [mul(x, 2), sum(x)] });
    const batches = [1, 5, 2, 7].map((n) => Float64Array.from({ length: 3 * n }, (_, k) => k + n));
    const all = await Promise.all(batches.map((batch) => plan.run(new Map([[x, batch]]))));
    all.forEach(([twice, total], k) => {
      identical(
        twice,
        batches[k].map((v) => 2 * v),
        'twice',
      );
      assert.is(
        total[0],
        batches[k].reduce((a, b) => a + b, 0),
      );
    });
  });

  test(`${name}: updates happen after all values are computed`, async () => {
    const engine = make();
    const [a, b] = [variable([1, 2], [2]), variable([10, 20], [2])];
    const plan = engine.compile({
      outputs: [add(a, b), a],
      updates: [
        [a, b],
        [b, a],
      ],
    });
    const [total, old] = await plan.run();
    assert.equal([...total], [11, 22]);
    assert.equal([...old], [1, 2], 'outputs see the old values');
    assert.equal([...engine.read(a)], [10, 20]);
    assert.equal([...engine.read(b)], [1, 2]);
    await plan.run();
    assert.equal([...engine.read(a)], [1, 2], 'swapped back');
    const chain = engine.compile({
      outputs: [],
      updates: [
        [a, mul(b, 2)],
        [b, add(a, 1)],
      ],
    });
    await chain.run();
    assert.equal([...engine.read(a)], [20, 40]);
    assert.equal([...engine.read(b)], [2, 3]);
  });

  test(`${name}: variables keep their values between plans; read copies, write replaces`, async () => {
    const engine = make();
    const [v, other] = [variable([1, 2, 3], [3]), variable([1, 2, 3], [3])];
    const grow = engine.compile({ outputs: [], updates: [[v, mul(v, 2)]] });
    await grow.run();
    await grow.run();
    const held = engine.read(v);
    assert.equal([...(await engine.compile({ outputs: [v] }).run())[0]], [4, 8, 12]);
    engine.write(v, [7, 8, 9]);
    assert.equal([...held], [4, 8, 12], 'what was read stays');
    held.fill(0);
    assert.equal([...engine.read(v)], [7, 8, 9]);
    assert.equal([...engine.read(other)], [1, 2, 3], 'an equal variable is another one');
    assert.equal([...make().read(v)], [1, 2, 3], 'another engine has its own state');
  });

  test(`${name}: the same input gives the same bits, in one engine and in two`, () => {
    const engine = make();
    return check(
      seeds,
      async (seed) => {
        const draw = drawer(seed);
        const x = input([9]);
        const y = smoothFunction(draw, 10)(x);
        const outputs = [y, ...grad(sum(y), [x])];
        const [feeds, noise] = [0, 1].map(() => new Map([[x, draw.reals(9, -1, 1)]])) as [
          Map<Tensor, number[]>,
          Map<Tensor, number[]>,
        ];
        const plan = engine.compile({ outputs });
        const first = await plan.run(feeds);
        await plan.run(noise);
        const all = [
          await plan.run(feeds),
          await engine.compile({ outputs }).run(feeds),
          await run(outputs, { engine: make(), feeds }),
        ];
        for (const again of all)
          again.forEach((r, k) => {
            identical(r, first[k], `output ${k}`);
          });
      },
      10,
    );
  });

  test(`${name}: batches of no rows`, async () => {
    const engine = make();
    const atoms = dimension('atoms');
    const at = index(edges, atoms);
    const [x, w] = [input([atoms, 4]), variable(normals(1, 12).map(Math.fround), [4, 3])];
    const message = tanh(matmul(gather(x, at), w));
    const pooled = segmentSum(message, at);
    const loss = sum(mul(pooled, pooled));
    const plan = engine.compile({
      outputs: [pooled, loss, ...grad(loss, [x, w])],
      updates: [[w, sub(w, grad(loss, [w])[0])]],
    });
    const feed = (edgeCount: number, atomCount: number) =>
      new Map<Tensor, Float64Array | { values: Int32Array; count: number }>([
        [at, { values: new Int32Array(edgeCount), count: atomCount }],
        [x, normals(2, 4 * atomCount)],
      ]);
    const before = engine.read(w);
    for (const atomCount of [0, 3]) {
      const [p, l, gx, gw] = await plan.run(feed(0, atomCount));
      assert.equal([...p], new Array(3 * atomCount).fill(0));
      assert.is(l[0], 0);
      assert.equal([...gx], new Array(4 * atomCount).fill(0));
      assert.equal([...gw], new Array(12).fill(0));
    }
    identical(engine.read(w), before, 'zero gradients change nothing');
    const [p] = await plan.run(feed(2, 1));
    assert.ok(p.length === 3 && p.every((v) => v !== 0));
  });

  test(`${name}: variables have an identity: a strain of zero does not fold away`, () =>
    check(
      seeds,
      async (seed) => {
        const draw = drawer(seed);
        const data = draw.reals(5, -1, 1).map(Math.fround);
        const f = smoothFunction(draw);
        const s = variable([0], []);
        const x = input([5]);
        const strained = sum(f(mul(x, add(1, s))));
        const plain = grad(sum(f(x)), [x])[0];
        const outputs = [grad(strained, [s])[0], sum(mul(x, plain))];
        const [found, expected] = await run(outputs, { engine: make(), feeds: new Map([[x, data]]) });
        close(found, expected, name === 'cpu f32' ? 1e-4 : 1e-12, 'dE/ds = x dE/dx', 1);
      },
      10,
    ));

  test(`${name}: a single number fills a named shape`, async () => {
    const engine = make();
    const [x, s] = [input([rows, 2]), variable(0, [rows, 2], 'strain')];
    const y = sum(exp(add(x, s)));
    for (const n of [1, 4, 0, 3]) {
      const [g] = await engine.compile({ outputs: grad(y, [s]) }).run(new Map([[x, new Float64Array(2 * n)]]));
      assert.equal([...g], new Array(2 * n).fill(1));
    }
  });

  test(`${name}: zero weights reach, absence does not, and neither changes the numbers`, async () => {
    const [a, b, c] = [variable([1, 2], [2]), variable([3, 4], [2]), variable([5, 6], [2])];
    const weight = input([], 'weight');
    for (const zero of [tensor(0), weight]) {
      const loss = add(sum(mul(a, a)), mul(zero, sum(exp(b))));
      const { gradients, reached } = gradWithReach(loss, [a, b, c]);
      assert.equal(reached, [true, true, false]);
      const engine = make();
      const plan = engine.compile({
        outputs: [loss, ...gradients],
        updates: [a, b].map((v, k) => [v, sub(mul(v, 0.5), gradients[k])] as const),
      });
      const feeds = new Map<Tensor, number>(zero === weight ? [[weight, 0]] : []);
      const [value, ga, gb, gc] = await plan.run(feeds);
      assert.is(value[0], 5);
      assert.equal(
        [ga, gb, gc].map((g) => [...g].map((v) => v + 0)),
        [
          [2, 4],
          [0, 0],
          [0, 0],
        ],
      );
      assert.equal([...engine.read(b)], [1.5, 2], 'decayed');
      assert.equal([...engine.read(c)], [5, 6], 'untouched');
    }
  });

  test(`${name}: outputs may be leaves, literals, repeated, or views`, async () => {
    const x = input([2, 3]);
    const v = variable([5], []);
    const outputs = [x, x, tensor(4), v, unsqueeze(x, 0), neg(neg(x)), sum(x, { axis: 1 })];
    const [a, b, four, five, c, d] = await run(outputs, { engine: make(), feeds: new Map([[x, [1, 2, 3, 4, 5, 6]]]) });
    for (const r of [a, b, c, d]) assert.equal([...r], [1, 2, 3, 4, 5, 6]);
    assert.equal([four[0], five[0]], [4, 5]);
    assert.is.not(a, b);
  });
}

for (const precision of precisions) {
  test(`cpu ${precision}: 200 steps with other sizes and learning rates compile once and hold memory still`, async () => {
    const engine = cpuEngine({ precision });
    const oracle = referenceEngine();
    const w = variable(
      normals(3, 12).map((v) => 0.3 * v),
      [4, 3],
      'weight',
    );
    // A step is traced anew each time, as a naive training loop would: only the structure counts.
    const trace = () => {
      const [x, y, rate] = [input([rows, 4], 'x'), input([rows, 3], 'y'), input([], 'learning rate')];
      const loss = l2Loss(tanh(matmul(x, w)), y);
      const updates = [[w, sub(w, mul(rate, grad(loss, [w])[0]))]] as const;
      return { program: { outputs: [loss], updates }, x, y, rate };
    };
    let memory = 0;
    let first = 0;
    let last = 0;
    for (let step = 0; step < 200; step++) {
      const { program, x, y, rate } = trace();
      const n = 1 + ((step * 37) % 100);
      const data = normals(step, 4 * n);
      const feeds = new Map<Tensor, Float64Array | number>([
        [x, data],
        [y, Float64Array.from({ length: 3 * n }, (_, k) => Math.sin(data[(k * 4) / 3 - ((k * 4) % 3) / 3]) / 2)],
        [rate, 0.1 / (1 + step / 50)],
      ]);
      const [loss] = await engine.compile(program).run(feeds);
      const [expected] = await oracle.compile(program).run(feeds);
      close(loss, expected, precision === 'f32' ? 1e-4 : 1e-11, `loss of step ${step}`);
      if (step < 10) first += loss[0];
      if (step >= 190) last += loss[0];
      if (step === 100) memory = engine.memoryBytes();
      if (step > 100) assert.is(engine.memoryBytes(), memory, `memory at step ${step}`);
    }
    assert.is(engine.counters.compiles, 1);
    assert.is(engine.counters.planHits, 199);
    assert.ok(last < first, 'and the loss falls');
  });

  test(`cpu ${precision}: programs of another structure are compiled, of the same are not`, async () => {
    const engine = cpuEngine({ precision });
    const program = (factor: number) => {
      const x = input([rows]);
      return { outputs: [mul(factor, sin(x))], x };
    };
    for (const factor of [2, 3, 2, 3, 2]) {
      const { outputs, x } = program(factor);
      const [y] = await engine.compile({ outputs }).run(new Map([[x, [1]]]));
      close(y, [factor * Math.sin(1)], 1e-6, `factor ${factor}`);
    }
    assert.equal({ ...engine.counters }, { compiles: 2, planHits: 3 });
  });
}

test('cpu: dropped variables give their memory back', async () => {
  const engine = cpuEngine();
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const use = async (k: number) => {
    const v = variable(new Float64Array(50_000).fill(k), [50_000]);
    engine.write(v, new Float64Array(50_000).fill(k + 1));
    const [total] = await run([mean(v)], { engine });
    close(total, [k + 1], 1e-5, 'mean');
  };
  let warm = 0;
  for (let k = 0; k < 60; k++) {
    await use(k);
    collect();
    await new Promise((done) => setTimeout(done, 2));
    if (k === 20) warm = engine.memoryBytes();
  }
  assert.ok(engine.memoryBytes() <= warm + 3 * 200_000, `${engine.memoryBytes()} bytes, ${warm} after warm-up`);
});

test('cpu: errors of feeding name the leaf', async () => {
  const x = input([rows, 2], 'positions');
  const engine = cpuEngine();
  const plan = engine.compile({ outputs: [sum(x), sum(mul(tensor([1, 2]), x))] });
  const message = async (feeds: Map<Tensor, number[]>) => {
    try {
      await plan.run(feeds);
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  };
  assert.match(await message(new Map()), /positions.*\[rows, 2\].*no value/);
  assert.match(await message(new Map([[x, [1, 2, 3]]])), /positions.*whole rows of 2/);
  const v = variable([1, 2], [2]);
  engine.write(v, [1, 2]);
  assert.throws(() => engine.write(v, [1]), /2 numbers, got 1/);
});

test.run();
