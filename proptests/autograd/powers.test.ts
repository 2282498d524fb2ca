/**
 * Powers against a table from the laws of powers, without Math.pow: whole and broken exponents, at all special points.
 *
 * The n-th derivative of x^p is p (p - 1) ... (p - n + 1) x^(p - n), and 0 from where that product is.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { cpuEngine, type Engine, input, pow, referenceEngine, sqrt, sum, type Tensor } from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';

const POINTS = [0, -0, 1, -1, 2, -2, 0.5, -1.5, Infinity, -Infinity, Number.NaN];
const reference: readonly (readonly [Engine, number])[] = [[referenceEngine(), 1e-11]];
const all = [...reference, [cpuEngine({ precision: 'f64' }), 1e-11], [cpuEngine(), 2e-4]] as const;

/** x^q by the laws of powers. */
function power(x: number, q: number): number {
  if (q === 0) return 1;
  if (Number.isNaN(x)) return Number.NaN;
  const whole = Number.isInteger(q);
  const odd = whole && Math.abs(q) % 2 === 1;
  if (x < 0 && !whole) return Number.NaN;
  const negative = odd && (x < 0 || Object.is(x, -0));
  const size = Math.abs(x);
  const vanishes = q > 0 ? size === 0 : size === Infinity;
  const explodes = q > 0 ? size === Infinity : size === 0;
  const result = vanishes ? 0 : explodes ? Infinity : Math.exp(q * Math.log(size));
  return negative ? -result : result;
}

function derivative(x: number, p: number, order: number): number {
  let factor = 1;
  for (let k = 0; k < order; k++) factor *= p - k;
  return factor === 0 ? 0 : factor * power(x, p - order);
}

/** Value and three derivatives of f, elementwise. */
function ordersOf(f: (x: Tensor) => Tensor): { x: Tensor; outputs: Tensor[] } {
  const x = input([POINTS.length]);
  const outputs = [f(x)];
  for (let k = 1; k <= 3; k++) outputs.push(grad(sum(outputs.at(-1)!), [x])[0]);
  return { x, outputs };
}

async function agrees(
  f: (x: Tensor) => Tensor,
  expected: (x: number, order: number) => number,
  engines: readonly (readonly [Engine, number])[],
  what: string,
): Promise<void> {
  const { x, outputs } = ordersOf(f);
  for (const [engine, tolerance] of engines) {
    const found = await run(outputs, { engine, feeds: new Map([[x, POINTS]]) });
    found.forEach((values, order) => {
      POINTS.forEach((point, k) => {
        const [value, right] = [values[k], expected(point, order)];
        // Zeros may have either sign; a pole has the sign of its side.
        const close = Object.is(value + 0, right + 0) || Math.abs(value - right) <= tolerance * Math.abs(right);
        assert.ok(
          close,
          `${what} at ${Object.is(point, -0) ? '-0' : point}, order ${order}, ${engine.name}: ${value}, expected ${right}`,
        );
      });
    });
  }
}

const halves = Array.from({ length: 281 }, (_, k) => (k - 140) / 2);

test('every exponent from -70 to 70 in steps of a half, with three derivatives, on the reference engine', async () => {
  for (const p of halves)
    await agrees(
      (x) => pow(x, p),
      (x, n) => derivative(x, p, n),
      reference,
      `x^${p}`,
    );
});

test('on every engine, for drawn exponents and those around the ends of rules', () =>
  check(
    fc.oneof(
      fc.constantFrom(...halves),
      fc.constantFrom(-66, -65, -64, -63, -2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 63, 64, 65, 66, 67),
      fc.constantFrom(1 / 3, -0.25, 0.75, 2.25, 10.1),
    ),
    (p) =>
      agrees(
        (x) => pow(x, p),
        (x, n) => derivative(x, p, n),
        all,
        `x^${p}`,
      ),
    15,
  ));

test('huge exponents: 0, 1 or infinity, on every engine', async () => {
  for (const p of [123_456, 2 ** 31, 2 ** 31 + 1, 1e15, -1e15, 1e30, -1e30, 1e6 + 0.5]) {
    const x = input([POINTS.length]);
    for (const [engine] of all) {
      const [found] = await run([pow(x, p)], { engine, feeds: new Map([[x, POINTS]]) });
      assert.equal(
        [...found].map((v) => v + 0),
        POINTS.map((v) => power(v, p) + 0),
        `x^${p}, ${engine.name}`,
      );
    }
  }
});

test('an exponent that is no number, not finite or beyond all numbers is refused', () => {
  for (const p of [Number.NaN, Infinity, -Infinity, 1e31, '2', undefined, null, [2]]) {
    assert.throws(() => pow(input([1]), p as number), /pow: expected a number between -1e\+30 and 1e\+30 as exponent/);
  }
});

test('powers of powers and of roots are powers, NaN below 0 where the inner one is', () =>
  check(
    fc.tuple(fc.constantFrom(0.25, 0.5, 1.5, -0.5, 2.5, -1.25), fc.constantFrom(-4, -2, 2, 3, 4, 8, 0.5, 1.5)),
    ([p, q]) =>
      agrees(
        (x) => pow(p === 0.5 ? sqrt(x) : pow(x, p), q),
        (x, n) => {
          const value = derivative(x, p * q, n);
          // Where the outer derivative is 0 for all x, it does not say where x^p is.
          return x < 0 ? (p * q - n < 0 && Number.isInteger(p * q) && p * q >= 0 ? 0 : Number.NaN) : value;
        },
        reference,
        `(x^${p})^${q}`,
      ),
    25,
  ));

test.run();
