/**
 * A line through noisy points, found by gradient descent.
 *
 * Building tensors does no arithmetic: `loss` is a formula, and so are its derivatives. `compile` makes a function of
 * them. Every call of that function returns the loss and moves the two variables downhill.
 */
import { compile, grad, input, key, normal, uniform, variable } from 'lattigrad';

// 50 points near the line y = 2 x + 1. Random numbers come from a key and are the same in every run.
const xs = uniform(key(1), 50);
const noise = normal(key(2), 50);
const ys = xs.map((x, k) => 2 * x + 1 + 0.1 * noise[k]);

const x = input([50], 'x');
const y = input([50], 'y');
const slope = variable(0, 'slope');
const intercept = variable(0, 'intercept');

const loss = slope.mul(x).add(intercept).sub(y).square().mean();
const [dSlope, dIntercept] = grad(loss, [slope, intercept]);
const rate = 0.5;
const step = compile(
  { x, y },
  { loss },
  {
    update: [
      [slope, slope.sub(dSlope.mul(rate))],
      [intercept, intercept.sub(dIntercept.mul(rate))],
    ],
  },
);

for (let k = 0; k <= 200; k++) {
  const values = await step({ x: xs, y: ys });
  if (k % 50 === 0) console.log(`step ${k}: loss ${values.loss.item().toFixed(5)}`);
}
console.log(`y = ${(await slope.value()).item().toFixed(3)} x + ${(await intercept.value()).item().toFixed(3)}`);
