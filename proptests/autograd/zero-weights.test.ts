/**
 * Terms whose weight is the literal 0: they add nothing to a derivative, whatever stands behind them, and their parameters
 * still count as reached. Their values are those of arithmetic: 0 times infinity is NaN.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gradWithReach } from '../../autograd/index.ts';
import {
  add,
  cpuEngine,
  div,
  exp,
  input,
  mul,
  neg,
  referenceEngine,
  sin,
  sum,
  type Tensor,
} from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { EXTREMES } from '../tensor/extremes.ts';

const engines = [referenceEngine(), cpuEngine({ precision: 'f64' }), cpuEngine()];

/** Functions of a parameter and of a number whose product rule meets the number as it is. */
const TERMS: Readonly<Record<string, (w: Tensor, x: Tensor) => Tensor>> = {
  product: mul,
  'product of products': (w, x) => mul(mul(w, x), x),
  'argument of a sine': (w, x) => sin(mul(w, x)),
  exponential: (w, x) => exp(mul(w, x)),
  quotient: div,
};
/** Ways to weigh a term with the literal 0. */
const WEIGHTS: Readonly<Record<string, (term: Tensor) => Tensor>> = {
  'on the left': (term) => mul(0, term),
  'on the right': (term) => mul(term, 0),
  'of each element': (term) => mul(term, div(0, 3)),
  negated: (term) => neg(mul(0, term)),
};

test('a literal weight of 0 stops every derivative behind it, and its parameter is reached', () =>
  check(
    fc.tuple(
      fc.constantFrom(...Object.keys(TERMS)),
      fc.constantFrom(...Object.keys(WEIGHTS)),
      fc.constantFrom(...EXTREMES),
      fc.constantFrom(...EXTREMES),
    ),
    async ([term, weight, w0, x0]) => {
      const [w, x, v] = [input([3], 'w'), input([3], 'x'), input([3], 'v')];
      const loss = add(sum(WEIGHTS[weight](TERMS[term](w, x))), sum(mul(2, v)));
      const { gradients, reached } = gradWithReach(loss, [w, x, v]);
      assert.equal(reached, [true, true, true]);
      const feeds = new Map([w, x, v].map((leaf, k) => [leaf, new Array(3).fill([w0, x0, 1][k])] as const));
      for (const engine of engines) {
        const [dw, dx, dv] = await run(gradients, { engine, feeds });
        const what = `${term}, ${weight}, at ${w0} and ${x0} on ${engine.name}`;
        for (const slope of [...dw, ...dx]) assert.ok(slope === 0, `${what}: ${slope}`);
        assert.equal([...dv], [2, 2, 2], what);
      }
    },
    60,
  ));

test('the value of such a term is that of arithmetic', async () => {
  const x = input([3], 'x');
  for (const engine of engines) {
    const [values] = await run([mul(0, x)], { engine, feeds: new Map([[x, [1, Infinity, Number.NaN]]]) });
    assert.equal([...values], [0, Number.NaN, Number.NaN], engine.name);
  }
});

test.run();
