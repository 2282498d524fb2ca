/**
 * Higher orders and nesting: derivatives to the fifth order against closed forms, perturbation confusion,
 * checkpoints, custom rules.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients, checkpoint, grad, hvp, jvp, nth } from '../../autograd/index.ts';
import {
  add,
  clamp,
  cos,
  cpuEngine,
  div,
  erf,
  exp,
  input,
  log,
  mul,
  pow,
  sigmoid,
  sin,
  softplus,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  withRule,
} from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { close, drawer, identical, smoothFunction } from '../tensor/support.ts';

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
const falling = (p: number, n: number): number => Array.from({ length: n }, (_, k) => p - k).reduce((a, b) => a * b, 1);
const polynomial = (c: readonly number[], x: number): number => c.reduceRight((sum, a) => sum * x + a, 0);

/** d^n/dx^n of tanh as polynomials in tanh: d/dx t^k = k t^(k-1) (1 - t^2). */
function tanhDerivative(order: number): number[] {
  let c = [0, 1];
  for (let n = 0; n < order; n++) {
    const next = new Array<number>(c.length + 1).fill(0);
    c.forEach((a, k) => {
      if (k === 0) return;
      next[k - 1] += k * a;
      next[k + 1] -= k * a;
    });
    c = next;
  }
  return c;
}
/** d^n/dx^n of the logistic function as polynomials in it: d/dx s^k = k s^k (1 - s). */
function sigmoidDerivative(order: number): number[] {
  let c = [0, 1];
  for (let n = 0; n < order; n++) {
    const next = new Array<number>(c.length + 1).fill(0);
    c.forEach((a, k) => {
      next[k] += k * a;
      next[k + 1] -= k * a;
    });
    c = next;
  }
  return c;
}
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
/** Physicists' Hermite polynomials. */
const hermite = (n: number, x: number): number =>
  n === 0 ? 1 : n === 1 ? 2 * x : 2 * x * hermite(n - 1, x) - 2 * (n - 1) * hermite(n - 2, x);

/** Functions with their derivatives of order n >= 1. */
const forms: Record<string, [(x: Tensor) => Tensor, (x: number, n: number) => number]> = {
  exp: [exp, (x) => Math.exp(x)],
  sin: [sin, (x, n) => Math.sin(x + (n * Math.PI) / 2)],
  cos: [cos, (x, n) => Math.cos(x + (n * Math.PI) / 2)],
  log: [log, (x, n) => (-1) ** (n - 1) * factorial(n - 1) * x ** -n],
  sqrt: [sqrt, (x, n) => falling(0.5, n) * x ** (0.5 - n)],
  reciprocal: [(x) => div(1, x), (x, n) => (-1) ** n * factorial(n) * x ** (-1 - n)],
  'x^7': [(x) => pow(x, 7), (x, n) => falling(7, n) * x ** (7 - n)],
  'x^-3': [(x) => pow(x, -3), (x, n) => falling(-3, n) * x ** (-3 - n)],
  'x^2.5': [(x) => pow(x, 2.5), (x, n) => falling(2.5, n) * x ** (2.5 - n)],
  tanh: [tanh, (x, n) => polynomial(tanhDerivative(n), Math.tanh(x))],
  sigmoid: [sigmoid, (x, n) => polynomial(sigmoidDerivative(n), logistic(x))],
  softplus: [softplus, (x, n) => polynomial(sigmoidDerivative(n - 1), logistic(x))],
  erf: [erf, (x, n) => ((-1) ** (n - 1) * 2 * hermite(n - 1, x) * Math.exp(-x * x)) / Math.sqrt(Math.PI)],
  'x e^2x': [(x) => mul(x, exp(mul(2, x))), (x, n) => Math.exp(2 * x) * (2 ** n * x + n * 2 ** (n - 1))],
};

const engine = cpuEngine({ precision: 'f64' });
for (const [name, [f, derivative]] of Object.entries(forms)) {
  test(`${name}: derivatives of order 1 to 5 in closed form`, () => {
    const x = input([]);
    const outputs = [1, 2, 3, 4, 5].map((order) => nth(f, x, order));
    return check(
      fc.double({ min: 0.4, max: 2.5, noNaN: true }),
      async (at) => {
        for (const options of [{}, { engine }]) {
          const found = await run(outputs, { ...options, feeds: new Map([[x, [at]]]) });
          found.forEach(([value], k) => {
            const expected = derivative(at, k + 1);
            close([value], [expected], 1e-11, `order ${k + 1} at ${at}`, Math.max(1, Math.abs(derivative(0.4, k + 1))));
          });
        }
      },
      10,
    );
  });
}

const derivative = (f: (x: Tensor) => Tensor) => (x: Tensor) => grad(f(x), [x])[0];
const value = async (y: Tensor): Promise<number> => (await run([y]))[0][0];

test('perturbation confusion: d/dx [x d/dy (x + y)] is 1', async () => {
  for (const y of [tensor([1], []), tensor(1)]) {
    const f = (x: Tensor) => mul(x, derivative((t) => add(x, t))(y));
    // A literal is one node wherever it occurs; only leaves can be differentiated for.
    if (y.inputs.length === 0 && y.op.name === 'leaf') assert.is(await value(derivative(f)(tensor([1], []))), 1);
  }
  // At the very same point, too: x is y.
  const x = tensor([1], []);
  assert.is(
    await value(jvp((t) => mul(t, jvp((y) => add(t, y), [tensor([1], [])], [tensor(1)])[1]), [x], [tensor(1)])[1]),
    1,
  );
});

test('nested derivatives keep their variables apart', () =>
  check(
    fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true })),
    async ([a, b]) => {
      const [x, y] = [tensor([a], []), tensor([b], [])];
      // d/dx [x^2 d/dy (x y^2)] = d/dx [2 x^3 y] = 6 x^2 y
      const f = (s: Tensor) => mul(mul(s, s), derivative((t) => mul(s, mul(t, t)))(y));
      close([await value(derivative(f)(x))], [6 * a * a * b], 1e-14, 'first', 1);
      // d/dx [x d/dy (y d/dz (x y z))] = d/dx [x (2 x y)] = 4 x y
      const z = tensor([0.3], []);
      const g = (s: Tensor) => mul(s, derivative((t) => mul(t, derivative((r) => mul(s, mul(t, r)))(z)))(y));
      close([await value(derivative(g)(x))], [4 * a * b], 1e-14, 'second', 1);
      // A gradient of a gradient is not the square of one: d/dx (df/dx)^2 for f = x^3.
      const h = (s: Tensor) => mul(derivative((t) => mul(t, mul(t, t)))(s), derivative((t) => mul(t, mul(t, t)))(s));
      close([await value(derivative(h)(x))], [36 * a ** 3], 1e-14, 'third', 1);
    },
  ));

test('a checkpoint changes no bit of values and derivatives, on any engine', () =>
  check(
    fc.integer(),
    async (seed) => {
      const draw = drawer(seed);
      const [f, g] = [smoothFunction(draw), smoothFunction(draw)];
      const data = draw.reals(5, -1, 1);
      const build = (mark: boolean) => {
        const x = tensor(data, [5]);
        // Equal nodes are one, so the marked graph is built from a leaf of its own.
        const y = sum(g(mark ? checkpoint(f)(x) : f(x)));
        return [y, ...grad(y, [x]), ...hvp((t) => sum(g(mark ? checkpoint(f)(t) : f(t))), [x], [tensor(data, [5])])];
      };
      const [plain, marked] = [build(false), build(true)];
      const [a, b] = [await run(plain), await run(marked)];
      a.forEach((found, k) => {
        identical(b[k], found, `reference output ${k}`);
      });
      for (const precision of ['f32', 'f64'] as const) {
        const cpu = cpuEngine({ precision });
        const [c, d] = [await run(plain, { engine: cpu }), await run(marked, { engine: cpu })];
        c.forEach((found, k) => {
          close(d[k], found, precision === 'f32' ? 1e-5 : 1e-13, `${precision} output ${k}`, 1);
        });
      }
    },
    10,
  ));

test('a custom rule replaces the derivative, at every order, and keeps the value', async () => {
  const straight = withRule(
    (x) => clamp(x, 0, 1),
    (c) => [c],
  );
  const x = input([3]);
  const y = straight(x);
  const outputs = [y, grad(sum(mul(y, y)), [x])[0]];
  const feeds = new Map([[x, [-1, 0.5, 2]]]);
  for (const options of [{}, { engine }]) {
    const [v, g] = await run(outputs, { ...options, feeds });
    assert.equal([...v], [0, 0.5, 1]);
    assert.equal([...g], [0, 1, 2]);
  }
  // The rule's own nodes are differentiated again: f = x^3 with the rule 5 x^2 has second derivative 10 x.
  const odd = withRule(
    (t) => pow(t, 3),
    (c, _, [t]) => [mul(c, mul(5, mul(t, t)))],
  );
  const s = tensor([0.7], []);
  close([await value(nth((t) => odd(t), s, 1)), await value(nth((t) => odd(t), s, 2))], [5 * 0.49, 7], 1e-14, 'orders');
});

test('two custom functions of equal form keep their own rules', async () => {
  const make = (factor: number) =>
    withRule(
      (x) => sin(x),
      (c) => [mul(c, factor)],
    );
  const [f, g] = [make(2), make(3)];
  const x = tensor([0.5], []);
  assert.is.not(f(x), g(x));
  assert.is(await value(grad(f(x), [x])[0]), 2);
  assert.is(await value(grad(g(x), [x])[0]), 3);
});

test('a rule may stop the derivative of one input', async () => {
  const half = withRule(
    (a, b) => mul(a, b),
    (c, _, [, b]) => [mul(c, b), null],
  );
  const [a, b] = [tensor([2], []), tensor([5], [])];
  const [da, db] = await run(grad(half(a, b), [a, b]));
  assert.equal([da[0], db[0]], [5, 0]);
});

test('checkGradients accepts right rules and finds wrong ones, at the order where they are wrong', async () => {
  const args = [{ shape: [3], data: [0.3, -0.8, 1.1] }];
  const rejected = async (f: (x: Tensor) => Tensor, order: number): Promise<string> => {
    try {
      await checkGradients(f, args, { order });
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  const rule = (g: (x: Tensor, c: Tensor) => Tensor) => {
    const made = withRule(
      (x) => sin(x),
      (c, _, [x]) => [g(x, c)],
    );
    return (x: Tensor) => made(x);
  };
  const right = rule((x, c) => mul(c, cos(x)));
  assert.is(await rejected(right, 3), '');
  const sign = rule((x, c) => mul(-1, mul(c, cos(x))));
  assert.match(await rejected(sign, 1), /order 1 .*element 0 of argument 0 \[3\]/);
  const slightly = rule((x, c) => mul(1.00001, mul(c, cos(x))));
  assert.match(await rejected(slightly, 1), /order 1/);
  // Right value of the first derivative, but its own derivative is cut.
  const frozen = withRule(
    (x) => cos(x),
    () => [null],
  );
  const cut = rule((x, c) => mul(c, frozen(x)));
  assert.is(await rejected(cut, 1), '');
  assert.match(await rejected(cut, 2), /order 2/);
  const nan = rule((x, c) => mul(c, log(sub(x, 10))));
  assert.match(await rejected(nan, 1), /NaN/);
  const forgets = rule((_, c) => c);
  assert.match(await rejected(forgets, 1), /order 1/);
});

test.run();
