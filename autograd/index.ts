/** Derivatives of any order over the graphs of tensor/. */
export {
  type Argument,
  checkGradients,
  type GradientCheckOptions,
  type GradientFault,
  gradientFault,
} from './check-gradients.ts';
export { checkpoint } from './checkpoint.ts';
export { hessian, hvp, jacobian, jvp, nth, pushforward, valueAndGrad, vjp } from './functions.ts';
export { type Gradient, grad, gradWithReach, pullback } from './grad.ts';
