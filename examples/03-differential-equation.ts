/**
 * A differential equation, u'' = -u with u(0) = 0 and u'(0) = 1, solved by a small network on [0, pi]. The answer is sin x.
 *
 * The conditions at 0 are built in: u(x) = x + x^2 N(x) has them for every network N. What is left to learn is that
 * u'' + u vanishes. The loss holds a second derivative, so each step of training computes third ones.
 */
import { compile, grad, input, key, split } from 'lattigrad';
import { adamW, applyLinear, cosineRate, initLinear, trainingStep } from 'lattigrad/nn';

const points = 32;
const [first, second, third] = split(key(1), 3);
const layers = [initLinear(first, 1, 16), initLinear(second, 16, 16), initLinear(third, 16, 1)];

const x = input([points, 1], 'x');
const network = layers.slice(1).reduce((y, layer) => applyLinear(layer, y.tanh()), applyLinear(layers[0], x));
const u = x.add(x.square().mul(network));
// Every u depends on its own x alone, so the derivative of their sum holds all derivatives.
const [slope] = grad(u.sum(), [x]);
const [curvature] = grad(slope.sum(), [x]);
const loss = curvature.add(u).square().mean();

const xs = Float64Array.from({ length: points }, (_, k) => (Math.PI * k) / (points - 1));
const optimiser = adamW({ weightDecay: 0 });
const training = trainingStep({ inputs: { x }, loss, parameters: layers, optimiser });
const steps = 1500;
for (let k = 0; k < steps; k++) {
  const { loss } = await training.step({ x: xs }, cosineRate(k, steps, 0.01));
  if (k % 300 === 0) console.log(`step ${k}: mean of (u'' + u)^2 = ${loss.toExponential(2)}`);
}

const { error } = await compile({ x }, { error: u.sub(x.sin()).abs().reduceMax() })({ x: xs });
console.log(`largest |u - sin x|: ${error.item().toExponential(1)}`);
