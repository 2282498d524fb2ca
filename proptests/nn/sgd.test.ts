/** Gradient descent with momentum against PyTorch's formula, written out number by number; AdamW by its rule. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { adamW, type OptimiserRule, sgd } from '../../nn/index.ts';
import { cpuEngine, input, mul, referenceEngine, square, sub, sum, variable } from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { close, drawer, identical } from '../tensor/support.ts';

const STEPS = 6;

/** What torch.optim.SGD does to a parameter in steps along given gradients (documentation of PyTorch 2.5, dampening 0). */
function torch(
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  rates: readonly number[],
  { momentum, nesterov, weightDecay }: { momentum: number; nesterov: boolean; weightDecay: number },
): number[][] {
  let p = [...start];
  let buffer: number[] | undefined;
  return gradients.map((given, t) => {
    const g = given.map((x, i) => x + weightDecay * p[i]);
    let along = g;
    if (momentum !== 0) {
      buffer = buffer === undefined ? g : buffer.map((b, i) => momentum * b + g[i]);
      const b = buffer;
      along = nesterov ? g.map((x, i) => x + momentum * b[i]) : b;
    }
    p = p.map((x, i) => x - rates[t] * along[i]);
    return p;
  });
}

test('steps are those of PyTorch, with and without momentum, decay and Nesterov', () =>
  check(fc.integer(), async (seed) => {
    const draw = drawer(seed);
    const momentum = [0, 0.5, 0.9][draw.integer(0, 2)];
    const nesterov = momentum > 0 && draw.integer(0, 1) === 1;
    const weightDecay = [0, 0.1][draw.integer(0, 1)];
    const count = draw.integer(1, 5);
    const start = draw.reals(count, -2, 2);
    const gradients = Array.from({ length: STEPS }, () => draw.reals(count, -3, 3));
    const rates = draw.reals(STEPS, 0.001, 0.5);
    const expected = torch(start, gradients, rates, { momentum, nesterov, weightDecay });
    for (const [engine, tolerance] of [
      [referenceEngine(), 1e-14],
      [cpuEngine(), 1e-5],
    ] as const) {
      const parameter = variable(Float64Array.from(start), [count], 'p');
      const untouched = variable(Float64Array.of(7), [1], 'unreached');
      const gradient = input([count], 'gradient');
      const made = sgd({ momentum, nesterov, weightDecay })(
        [parameter, untouched],
        [gradient, untouched],
        [true, false],
      );
      assert.is(made.memory.length, momentum > 0 ? 1 : 0, 'one momentum for the reached parameter, where there is any');
      const plan = engine.compile({ outputs: [], updates: made.updates });
      for (let t = 0; t < STEPS; t++) {
        await plan.run(new Map([[gradient, gradients[t]], ...made.feed(t + 1, rates[t])]));
        close(engine.read(parameter), expected[t], tolerance, `step ${t} on ${engine.name}`, 1);
      }
      assert.equal([...engine.read(untouched)], [7]);
    }
  }));

test('memory, put back, goes on to the same bits', async () => {
  const rules: OptimiserRule[] = [sgd({ momentum: 0.9 }), sgd({ momentum: 0.9, nesterov: true }), adamW(), sgd()];
  for (const rule of rules) {
    const training = () => {
      const engine = referenceEngine();
      const w = variable(Float64Array.of(1, -2), [2], 'w');
      const scale = input([2], 'scale');
      const made = rule([w], grad(sum(mul(scale, square(sub(w, 0.5)))), [w]));
      const plan = engine.compile({ outputs: [], updates: made.updates });
      const step = (t: number) => plan.run(new Map([[scale, [1, t]], ...made.feed(t, 0.05)]));
      return { engine, w, step, state: [w, ...made.memory.map(({ variable }) => variable)] };
    };
    const [whole, broken] = [training(), training()];
    for (let t = 1; t <= 4; t++) await whole.step(t);
    for (let t = 1; t <= 2; t++) await broken.step(t);
    const resumed = training();
    resumed.state.forEach((variable, k) => {
      resumed.engine.write(variable, broken.engine.read(broken.state[k]));
    });
    for (let t = 3; t <= 4; t++) await resumed.step(t);
    identical(resumed.engine.read(resumed.w), whole.engine.read(whole.w), 'after four steps');
  }
});

test('momentum descends a narrow valley further than plain steps of the same rate', async () => {
  const heightAfter = async (rule: OptimiserRule): Promise<number> => {
    const engine = referenceEngine();
    const w = variable(Float64Array.of(1, 1), [2], 'w');
    const scales = variable(Float64Array.of(1, 100), [2], 'scales');
    const loss = sum(mul(scales, square(w)));
    const made = rule([w], grad(loss, [w]));
    const plan = engine.compile({ outputs: [loss], updates: made.updates });
    let height = Number.NaN;
    for (let t = 1; t <= 100; t++) [[height]] = (await plan.run(new Map(made.feed(t, 0.004)))) as [Float64Array];
    return height;
  };
  const plain = await heightAfter(sgd());
  assert.ok(plain < 1);
  assert.ok((await heightAfter(sgd({ momentum: 0.8 }))) < 1e-2 * plain);
});

test('settings that make no sense are refused', () => {
  assert.throws(() => sgd({ momentum: 1 }), 'sgd: expected a momentum from 0 to below 1, got 1.');
  assert.throws(() => sgd({ momentum: Number.NaN }), /got NaN/);
  assert.throws(() => sgd({ weightDecay: -1 }), /expected a weight decay from 0, got -1/);
  assert.throws(() => sgd({ nesterov: true }), /Nesterov steps need a momentum above 0/);
});

test.run();
