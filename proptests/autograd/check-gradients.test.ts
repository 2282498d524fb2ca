/**
 * checkGradients itself: it passes right rules, and refuses kinks, singular points, NaN and wrong rules, with reasons.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients, vjp } from '../../autograd/index.ts';
import * as T from '../../tensor/index.ts';
import { check } from '../support/check.ts';

type Of = (x: T.Tensor) => T.Tensor;
const at = (...data: number[]) => [{ shape: [data.length], data }];

/** The message with which f is refused at a point; fails if it is not. */
async function refusal(f: Of, data: number[], order = 1): Promise<string> {
  try {
    await checkGradients(f, at(...data), { order });
  } catch (error) {
    return (error as Error).message;
  }
  return assert.unreachable(`passed at ${data}`) as never;
}

const kinks: Record<string, [f: Of, at: number, by: RegExp]> = {
  abs: [T.abs, 0, /abs\(argument 0\)/],
  relu: [T.relu, 0, /less\(0, argument 0\)/],
  clamp: [(x) => T.clamp(x, -1, 1), 1, /less\(1, argument 0\)/],
  maximum: [(x) => T.maximum(x, 0.5), 0.5, /less\(0.5, argument 0\)/],
  where: [(x) => T.where(T.sin(x), T.exp(x), 3), Math.PI / 6, /where\(sin, exp, 3\)/],
  'sign as a factor': [(x) => T.mul(T.sign(x), T.sin(x)), 0, /sign\(argument 0\)/],
  norm: [(x) => T.norm(T.stack([x, x], 1)), 0, /less\(0, sum\)/],
  'reduceMax of a tie': [(x) => T.reduceMax(T.stack([T.sin(x), T.cos(x)], 1), { axis: 1 }), Math.PI / 4, /reduceMax/],
  'segmentMax of a tie': [
    (x) =>
      T.segmentMax(
        T.concat([x, T.neg(x)]),
        T.constantIndex(
          [...Array(6).keys()].map((k) => k % 3),
          3,
        ),
      ),
    0,
    /segmentMaxRaw|less/,
  ],
  l1Loss: [(x) => T.l1Loss(x, T.tensor([3, 3, 3])), 3, /abs\(sub\)/],
};

for (const [name, [f, point, by]] of Object.entries(kinks)) {
  test(`a point on the kink of ${name}, or closer than the step, is refused`, () =>
    check(
      fc.tuple(fc.nat(2), fc.double({ min: -4e-4, max: 4e-4, noNaN: true })),
      async ([element, shift]) => {
        // The other numbers are beside all kinks.
        const data = [point + 0.3, point - 0.3, point + 0.35];
        data[element] = point;
        const message = await refusal(f, data);
        assert.match(message, /element \d of argument 0 \[3\].*lies on a kink/);
        assert.match(message, by);
        assert.match(message, /slope is \S+ to the left and \S+ to the right, the rule gives \S+\..*move the point/);
        assert.not.match(message, /\n/);
        data[element] = point + shift;
        // Beside 0 a norm makes no choice and is smooth: differences with a smaller step may confirm its rule.
        if (name !== 'norm') assert.match(await refusal(f, data), /lies on a kink/);
        data[element] = point + 0.01;
        await checkGradients(f, at(...data), { order: 2 });
      },
      3,
    ));
}

test('where two branches join smoothly there is no kink, until an order at which they do not', async () => {
  const huber: Of = (x) => T.huberLoss(x, T.tensor([0]), 1);
  await checkGradients(huber, at(0), { order: 2 });
  // Slopes agree, but differences are less exact across the change of curvature.
  assert.match(
    await refusal(huber, [1]),
    /order 1 .*A side changes within the step, of less\(abs, 1\).*move the point/,
  );
  const same: Of = (x) => T.where(T.less(x, 0.2), T.sin(x), T.sin(T.mul(x, T.exp(0))));
  await checkGradients(same, at(0.2), { order: 3 });
});

test('a derivative of 0 that stopped an infinite one is found, and named as the reason', async () => {
  const smooth: Record<string, [Of, number]> = {
    'cos(sqrt(x))': [(x) => T.cos(T.sqrt(x)), 0],
    'sqrt(x) sqrt(2 x)': [(x) => T.mul(T.sqrt(x), T.sqrt(T.mul(2, x))), 0],
    'sqrt(x) sqrt(x) with a cosine between': [(x) => T.mul(T.sin(T.sqrt(x)), T.sqrt(x)), 0],
  };
  for (const [name, [f, point]] of Object.entries(smooth)) {
    const message = await refusal(f, [point]);
    assert.match(message, /the rule gives 0, differences give NaN.*slope is NaN to the left.*singular/, name);
    assert.match(message, /a derivative of 0 has stopped one that is infinite or NaN, see `gate`/, name);
  }
  // Smooth on both sides: differences know the right number.
  const message = await refusal((x) => T.cos(T.norm(T.stack([x, x], 1))), [0], 2);
  assert.match(message, /order 2 .*the rule gives 0, differences give -/);
});

test('derivatives that are infinite or NaN never pass', async () => {
  for (const f of [T.sqrt, T.log, (x: T.Tensor) => T.pow(x, -1), (x: T.Tensor) => T.mul(x, T.log(x))]) {
    assert.match(await refusal(f, [0]), /the rule gives (NaN|-?Infinity), differences give/);
    await refusal(f, [0.7, 0]);
  }
  // A jump has no derivative, whatever the rule says.
  assert.match(await refusal((x) => T.add(T.floor(x), x), [2]), /of floor\(argument 0\), at its element 0/);
  // An infinite entry is no excuse for the finite ones beside it.
  const wrong = T.withRule(
    (x) => T.sqrt(x),
    (c) => [T.mul(c, T.tensor([1, Number.POSITIVE_INFINITY]))],
  );
  assert.match(await refusal((x) => wrong(x), [4, 1]), /element 0 .*the rule gives/);
  const broken = T.withRule(T.sin, (c) => [T.mul(c, Number.NaN)]);
  assert.match(await refusal((x) => broken(x), [1]), /the rule gives NaN, differences give/);
});

test('right functions pass on all scales, wrong ones on none', () =>
  check(
    fc.tuple(fc.constantFrom(1e-3, 1, 1e3), fc.double({ min: 1, max: 2, noNaN: true })),
    async ([scale, x]) => {
      const functions: Of[] = [T.sin, T.log, T.sqrt, (t) => T.norm(T.stack([t, t], 1)), (t) => T.div(scale, t)];
      for (const f of functions) {
        // Slopes near 1, in units of the scale.
        const scaled: Of = (t) => T.mul(scale, f(f === T.sin ? t : T.div(t, scale)));
        await checkGradients(scaled, at(scale * x), { order: 1 });
        const wrong = T.withRule(scaled, (c, _, [t]) => [T.mul(1.001, vjp(scaled, t)[1](c)[0])]);
        assert.match(await refusal((t) => wrong(t), [scale * x]), /the rule gives \S+, differences give/);
      }
      for (const f of [T.sin, T.log, T.sqrt]) await checkGradients(f, at(scale * x), { order: 1 });
    },
    6,
  ));

test('a check that would check nothing is refused', async () => {
  for (const options of [
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((order) => ({ order })),
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].flatMap((x) => [{ step: x }, { tolerance: x }]),
  ]) {
    const message = await checkGradients(T.sin, at(1), options).then(
      () => 'passed',
      (error: Error) => error.message,
    );
    assert.match(message, /expected a whole order from 1, and a finite step and tolerance above 0/);
  }
});

test('the functions that undo each other pass inside of their domain, and are right at its end', async () => {
  const identities: Of[] = [
    (x) => T.square(T.sqrt(x)),
    (x) => T.exp(T.log(x)),
    (x) => T.log(T.exp(x)),
    (x) => T.pow(T.pow(x, 1 / 3), 3),
    (x) => T.pow(T.sqrt(x), 4),
  ];
  for (const f of identities) await checkGradients(f, at(0.4, 1.7), { order: 3 });
  for (const f of [T.abs, (x: T.Tensor) => T.norm(T.stack([x, x], 1))]) {
    await checkGradients((x) => T.square(f(x)), at(0, 0.4), { order: 3 });
  }
});

test('points are given as lists in lists, too', async () => {
  const at = [
    [0.3, 1],
    [2, -1],
  ];
  await checkGradients((x) => x.sin().mul(x), [at]);
  const wrong = T.withRule(
    (x) => x.square(),
    (c, _, [x]) => [c.mul(x)],
  );
  const found = await checkGradients((x) => wrong(x), [at]).catch((error: Error) => error.message);
  assert.match(String(found), /argument 0 \[2, 2\]/);
});

test.run();
