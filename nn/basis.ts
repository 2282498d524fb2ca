/**
 * Radial basis functions and cutoff envelopes, as functions of distances r [n] in Angstrom.
 */
import {
  add,
  constant,
  cos,
  exp,
  less,
  mul,
  neg,
  square,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '../tensor/index.ts';

const linspace = (start: number, stop: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => (count === 1 ? start : start + (k * (stop - start)) / (count - 1)));

export interface GaussianBasis {
  /** Centres in Angstrom, [count]. */
  readonly centres: Tensor;
  /** -0.5 / (cutoff width)^2, a number. */
  readonly coefficient: Tensor;
}

/** `count` Gaussians with centres evenly on [0, cutoff] and a width relative to the cutoff (CGCNN of the paper: 50, 0.2). */
export const gaussianBasis = (count: number, cutoff: number, width: number): GaussianBasis => ({
  centres: constant(linspace(0, cutoff, count), [count], 'gaussian centres'),
  coefficient: constant([-0.5 / (cutoff * width) ** 2], [], 'gaussian coefficient'),
});

/** exp(coefficient (r - centre)^2), [n, count]. */
export const expandGaussian = ({ centres, coefficient }: GaussianBasis, r: Tensor): Tensor =>
  exp(mul(coefficient, square(sub(unsqueeze(r, 1), centres))));

/** (cos(pi r / cutoff) + 1) / 2 inside the cutoff, 0 outside. */
export const cosineCutoff = (r: Tensor, cutoff: number): Tensor =>
  where(less(r, cutoff), mul(0.5, add(cos(mul(r, Math.PI / cutoff)), 1)), 0);

export interface ExponentialNormalBasis {
  readonly means: Tensor;
  readonly betas: Tensor;
  readonly alpha: number;
  readonly cutoff: number;
}

/** cutoff(r) exp(-beta (exp(-alpha r) - mu)^2), [n, count] (Unke & Meuwly 2019, as in TorchMD-Net). */
export const expandExponentialNormal = ({ means, betas, alpha, cutoff }: ExponentialNormalBasis, r: Tensor): Tensor => {
  const column = unsqueeze(r, 1);
  const distance = square(sub(exp(mul(-alpha, column)), means));
  return mul(cosineCutoff(column, cutoff), exp(neg(mul(betas, distance))));
};

/** Initial means and betas of the exponential-normal basis. */
export function exponentialNormalParameters(
  count: number,
  cutoff: number,
): { means: number[]; betas: number[]; alpha: number } {
  const start = Math.exp(-cutoff);
  return {
    means: linspace(start, 1, count),
    betas: new Array<number>(count).fill(((2 / count) * (1 - start)) ** -2),
    alpha: 5 / cutoff,
  };
}

/**
 * A smooth switch: 1 at r = 0, 0 from the cutoff on, with first, second and third derivatives 0 at the cutoff.
 * With u = r / cutoff it is (1 - u)^4 (1 + 4 u), whose first derivative also vanishes at r = 0.
 */
export function polynomialEnvelope(r: Tensor, cutoff: number): Tensor {
  const u = mul(r, 1 / cutoff);
  const rest = sub(1, u);
  return where(less(r, cutoff), mul(square(square(rest)), add(1, mul(4, u))), 0);
}
