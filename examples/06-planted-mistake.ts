/**
 * A gradient check that finds a planted mistake, one which only a second derivative shows.
 *
 * Somebody writes a rule for x^3 and keeps the slope 3 x^2 as a plain number, as one does where first derivatives are
 * enough. Gradients are right, and a network trained on energies would learn. Trained on forces it would not: the loss
 * then holds the gradient, and the derivative of that number is zero.
 */
import { checkGradients, type Tensor, withRule } from 'lattigrad';

const plainNumber = withRule(
  (x) => x,
  () => [null],
);
const right = (x: Tensor) => x.mul(x).mul(x);
const wrong = withRule(right, (cotangent, _, [x]) => [cotangent.mul(plainNumber(x.square().mul(3)))]);

/** Compares derivatives with central differences, and says what came out. */
async function report(name: string, f: (x: Tensor) => Tensor, order: number): Promise<void> {
  const found = await checkGradients(f, [{ shape: [2], data: [0.5, -1.2] }], { order }).then(
    () => 'is confirmed.',
    (error: Error) => `is refused.\n  ${error.message}`,
  );
  console.log(`The ${name} rule to order ${order} ${found}`);
}

await report('right', right, 3);
await report('wrong', wrong, 1);
await report('wrong', wrong, 2);
