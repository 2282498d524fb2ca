/**
 * Newton's method on Rosenbrock's function (x - 1)^2 + 100 (y - x^2)^2, a curved valley whose lowest point is (1, 1).
 *
 * Where gradient descent takes thousands of small steps, Newton's method solves H step = -gradient, with the matrix H of
 * second derivatives, and is there in a few. `hessian` gives that matrix for any function that returns a number.
 */
import { compile, grad, hessian, input, type Tensor } from 'lattigrad';

function rosenbrock(point: Tensor): Tensor {
  const [x, y] = [point.at(0), point.at(1)];
  return x.sub(1).square().add(y.sub(x.square()).square().mul(100));
}

const point = input([2], 'point');
const value = rosenbrock(point);
const [gradient] = grad(value, [point]);
const derivatives = compile({ point }, { value, gradient, curvature: hessian(rosenbrock, point) });

let place = [-1.2, 1];
for (let k = 0; k < 8; k++) {
  const { value, gradient, curvature } = await derivatives({ point: place });
  console.log(`step ${k}: f(${place.map((x) => x.toFixed(6)).join(', ')}) = ${value.item().toExponential(2)}`);
  // Two equations in two unknowns, by Cramer's rule.
  const [a, b, c, d] = curvature.data;
  const [g, h] = gradient.data;
  const determinant = a * d - b * c;
  place = [place[0] - (d * g - b * h) / determinant, place[1] - (a * h - c * g) / determinant];
}
