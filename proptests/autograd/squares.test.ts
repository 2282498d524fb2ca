/**
 * Squares of roots, of |x| and of norms are what they undo, also behind literal factors, minus signs and other shapes.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import * as T from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';

const N = 6;
const engines = [T.referenceEngine(), T.cpuEngine({ precision: 'f64' }), T.cpuEngine()];

/** What makes a root r something else whose square is known: by a factor c, or by other positions. */
const steps: readonly { readonly name: string; readonly c: number; readonly f: (r: T.Tensor) => T.Tensor }[] = [
  { name: 'neg', c: -1, f: T.neg },
  { name: '2 r', c: 2, f: (r) => T.mul(2, r) },
  { name: 'r 0.25', c: 0.25, f: (r) => T.mul(r, 0.25) },
  { name: 'r / 4', c: 0.25, f: (r) => T.div(r, 4) },
];
/** Movements that keep the sum of all numbers, and stand below the factors, in both hands alike. */
const moves: readonly ((r: T.Tensor) => T.Tensor)[] = [
  (r) => r,
  (r) => T.reshape(r, [2, 3]),
  (r) => T.permute(T.reshape(r, [2, 3]), [1, 0]),
  (r) => T.broadcastTo(T.reshape(r, [1, N]), [1, 1, N]),
  (r) => T.slice(T.broadcastTo(T.unsqueeze(r, 0), [2, N]), [[0, 1]]),
];
/** Roots of N numbers, with the first two derivatives of their squares. */
const roots: readonly { readonly f: (x: T.Tensor) => T.Tensor; readonly square: (x: number) => number[] }[] = [
  { f: T.sqrt, square: (x) => (x < 0 ? [Number.NaN, Number.NaN] : [x, 1, 0]) },
  { f: T.abs, square: (x) => [x * x, 2 * x, 2] },
  { f: (x) => T.norm(T.unsqueeze(x, 1)), square: (x) => [x * x, 2 * x, 2] },
];

test('the product of a root with itself has the value and the derivatives of what it is the root of, also at 0', () =>
  check(
    fc.record({
      root: fc.constantFrom(...roots),
      move: fc.constantFrom(...moves),
      left: fc.array(fc.constantFrom(...steps), { maxLength: 3 }),
      right: fc.array(fc.constantFrom(...steps), { maxLength: 3 }),
      x: fc.array(fc.constantFrom(0, -0, 1, 4, -1, Number.NaN, 2.5, -3), { minLength: N, maxLength: N }),
    }),
    async ({ root, move, left, right, x }) => {
      const at = T.input([N]);
      const moved = move(root.f(at));
      const by = (chain: typeof left) => chain.reduce((r, { f }) => f(r), moved);
      const factor = [...left, ...right].reduce((product, { c }) => product * c, 1);
      const y = T.mul(by(left), by(right));
      const first = grad(T.sum(y), [at])[0];
      const outputs = [T.sum(y), first, grad(T.sum(first), [at])[0]];
      const expected = x.map((v) => root.square(v).map((part) => part * factor));
      for (const engine of engines) {
        const [total, ...derivatives] = await run(outputs, { engine, feeds: new Map([[at, x]]) });
        const sum = expected.reduce((a, [value]) => a + value, 0);
        const same = (a: number, b: number) => Object.is(a + 0, b + 0) || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(b));
        assert.ok(same(total[0], sum), `${engine.name}: ${total[0]} instead of ${sum}`);
        derivatives.forEach((numbers, k) => {
          numbers.forEach((found, i) => {
            const right = expected[i][k + 1];
            if (right === undefined) return;
            assert.ok(same(found, right), `${engine.name}: order ${k + 1} at ${x[i]} is ${found} instead of ${right}`);
          });
        });
      }
    },
    60,
  ));

test('factors that overflow together, or are 0, are not collected', async () => {
  const x = T.input([2]);
  const feeds = new Map([[x, [0, 4]]]);
  for (const [c, expected] of [
    [1e200, [0, Infinity]],
    [0, [0, 0]],
    [Number.NaN, [Number.NaN, Number.NaN]],
    [Number.POSITIVE_INFINITY, [Number.NaN, Infinity]],
  ] as const) {
    const root = T.mul(c, T.sqrt(x));
    for (const engine of engines.slice(0, 2)) {
      assert.equal([...(await run([T.mul(root, root)], { engine, feeds }))[0]], [...expected], String(c));
    }
  }
});

test.run();
