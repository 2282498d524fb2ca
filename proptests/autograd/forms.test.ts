/**
 * The function forms against each other and against the definitions, on random smooth graphs.
 *
 * hvp = Hessian times vector, jvp and vjp are each other's transpose, the Hessian is symmetric, the Jacobian's rows
 * are gradients; and everything agrees with central differences.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  pullback,
  pushforward,
  valueAndGrad,
  vjp,
} from '../../autograd/index.ts';
import {
  cpuEngine,
  exp,
  input,
  matmul,
  mul,
  reshape,
  sin,
  slice,
  sum,
  type Tensor,
  tensor,
} from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { close, drawer, smoothFunction } from '../tensor/support.ts';

const N = 4;
const cases = fc.integer({ min: 0, max: 2 ** 31 }).map((seed) => {
  const draw = drawer(seed);
  const f = smoothFunction(draw);
  return { f, x: draw.reals(N, -1.2, 1.2), v: draw.reals(N, -1, 1), u: draw.reals(N, -1, 1) };
});
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((total, x, k) => total + x * b[k], 0);
const vector = (data: readonly number[]): Tensor => tensor(data, [data.length]);
const times = (matrix: ArrayLike<number>, v: readonly number[]): number[] =>
  Array.from({ length: matrix.length / v.length }, (_, i) =>
    v.reduce((total, x, j) => total + matrix[i * v.length + j] * x, 0),
  );

test('three orders of derivatives of random graphs agree with differences', () =>
  check(cases, ({ f, x }) => checkGradients(f, [{ shape: [N], data: x }], { order: 3, tolerance: 1e-6 }), 25));

test('jvp and vjp are each other’s transpose: <u, J v> = <J^T u, v>', () =>
  check(cases, async ({ f, x, u, v }) => {
    const at = vector(x);
    const [y, derivative] = jvp((t) => f(t), [at], [vector(v)]);
    const [z, pull] = vjp((t) => f(t), at);
    assert.is(y, z);
    const [jv, ju] = await run([derivative, pull(vector(u))[0]]);
    close([dot(u, jv)], [dot(ju, v)], 1e-12, 'duality', 1);
  }));

test('the Jacobian holds the directional derivatives in its columns and the gradients in its rows', () =>
  check(cases, async ({ f, x, u, v }) => {
    const at = vector(x);
    const full = jacobian(f, at);
    assert.equal(full.shape, [N, N]);
    const rows = Array.from({ length: N }, (_, k) => grad(reshape(slice(f(at), [[k, k + 1]]), []), [at])[0]);
    const [j, jv, ju, ...gradients] = await run([
      full,
      jvp((t) => f(t), [at], [vector(v)])[1],
      vjp((t) => f(t), at)[1](vector(u))[0],
      ...rows,
    ]);
    close(jv, times(j, v), 1e-12, 'J v', 1);
    const transposed = Array.from({ length: N * N }, (_, k) => j[(k % N) * N + Math.floor(k / N)]);
    close(ju, times(transposed, u), 1e-12, 'J^T u', 1);
    gradients.forEach((g, k) => {
      close(g, j.slice(k * N, (k + 1) * N), 1e-13, `row ${k}`, 1);
    });
  }));

test('the Hessian is symmetric, and times a vector it is the Hessian-vector product', () =>
  check(cases, async ({ f, x, v }) => {
    const at = vector(x);
    const scalar = (t: Tensor) => sum(f(t));
    const [h, product, forward, twice] = await run([
      hessian(scalar, at),
      hvp((t) => scalar(t), [at], [vector(v)])[0],
      // Forward over reverse, and reverse over forward.
      jvp((t) => grad(scalar(t), [t])[0], [at], [vector(v)])[1],
      grad(pushforward(scalar(at), [at], [vector(v)]), [at])[0],
    ]);
    for (let i = 0; i < N; i++)
      for (let j = 0; j < i; j++) close([h[i * N + j]], [h[j * N + i]], 1e-11, `H[${i}, ${j}]`, 1);
    for (const found of [product, forward, twice]) close(found, times(h, v), 1e-11, 'H v', 1);
  }));

test('hvp with several arguments couples them', async () => {
  const [a, b] = [input([2]), input([2])];
  const f = (s: Tensor, t: Tensor) => sum(mul(mul(s, s), exp(t)));
  const [va, vb] = [vector([1, -2]), vector([0.5, 3])];
  const feeds = new Map([
    [a, [0.3, 0.7]],
    [b, [-0.2, 0.4]],
  ]);
  const outputs = hvp((s, t) => f(s, t), [a, b], [va, vb]);
  const [ga, gb] = await run(outputs, { feeds });
  [0.3, 0.7].forEach((s, k) => {
    const [e, x, y] = [Math.exp([-0.2, 0.4][k]), [1, -2][k], [0.5, 3][k]];
    close([ga[k]], [2 * e * x + 2 * s * e * y], 1e-14, 'first');
    close([gb[k]], [2 * s * e * x + s * s * e * y], 1e-14, 'second');
  });
});

test('valueAndGrad gives the value and the gradients that grad gives', () =>
  check(cases, ({ f, x }) => {
    const [a, b] = [vector(x), vector(x)];
    const g = (s: Tensor, t: Tensor) => sum(mul(f(s), sin(t)));
    const [value, gradients] = valueAndGrad((s, t) => g(s, t), a, b);
    assert.is(value, g(a, b));
    assert.equal(gradients, grad(g(a, b), [a, b]));
  }));

test('gradients with respect to intermediate values and to the output itself', async () => {
  const x = input([]);
  const y = mul(x, x);
  const z = exp(y);
  const [dy, dz] = grad(z, [y, z]);
  const [a, b, value] = await run([dy, dz, z], { feeds: new Map([[x, [0.7]]]) });
  assert.is(a[0], value[0]);
  assert.is(b[0], 1);
});

test('an output used twice and an argument given twice', async () => {
  const x = input([3]);
  const y = sin(x);
  const { gradients } = pullback([y, y], [vector([1, 2, 3]), vector([10, 20, 30])], [x, x]);
  const [first, second, cosine] = await run([...gradients, mul(sin(x), 0)], { feeds: new Map([[x, [0.1, 0.2, 0.3]]]) });
  const expected = [0.1, 0.2, 0.3].map((v, k) => 11 * (k + 1) * Math.cos(v));
  close(first, expected, 1e-14, 'sum of both cotangents');
  close(second, expected, 1e-14, 'the same for the second mention');
  assert.is(cosine.length, 3);
});

test('closed forms: quadratic form, its Jacobian and Hessian', () =>
  check(fc.integer(), async (seed) => {
    const draw = drawer(seed);
    const [a, x] = [draw.reals(N * N, -2, 2), draw.reals(N, -2, 2)];
    const matrix = tensor(a, [N, N]);
    const at = vector(x);
    const f = (t: Tensor) => sum(mul(t, matmul(matrix, t)));
    const [gradient, h, j] = await run([grad(f(at), [at])[0], hessian(f, at), jacobian((t) => matmul(matrix, t), at)]);
    const symmetric = a.map((value, k) => value + a[(k % N) * N + Math.floor(k / N)]);
    close(h, symmetric, 1e-13, 'Hessian');
    close(gradient, times(symmetric, x), 1e-13, 'gradient', 1);
    close(j, a, 1e-15, 'Jacobian');
  }));

test('Jacobians of maps between shapes, of no rows, and errors for named dimensions', async () => {
  const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  const j = jacobian((t) => matmul(t, tensor([1, -1, 2], [3])), x);
  assert.equal(j.shape, [2, 2, 3]);
  assert.equal([...(await run([j]))[0]], [1, -1, 2, 0, 0, 0, 0, 0, 0, 1, -1, 2]);
  assert.equal(jacobian((t) => slice(t, [[0, 0], null]), x).shape, [0, 3, 2, 3]);
  assert.throws(() => jacobian((t) => t, input([{ name: 'atoms', streamed: false }])), /named dimension/);
});

test('the CPU engine in float64 agrees on Hessians of random graphs', () => {
  const engine = cpuEngine({ precision: 'f64' });
  return check(
    cases,
    async ({ f, x }) => {
      const at = input([N]);
      const outputs = [hessian((t) => sum(f(t)), at), jacobian(f, at)];
      const feeds = new Map([[at, x]]);
      const expected = await run(outputs, { feeds });
      (await run(outputs, { feeds, engine })).forEach((found, k) => {
        close(found, expected[k], 1e-12, `output ${k}`, 1);
      });
    },
    10,
  );
});

test('constants have zero derivatives', async () => {
  const x = input([2]);
  const outputs = [grad(tensor(3), [x])[0], hessian(() => tensor(3), x), hessian((t) => sum(t), x)];
  for (const zeros of await run(outputs, { feeds: new Map([[x, [1, 2]]]) })) assert.ok(zeros.every((z) => z === 0));
});

test.run();
