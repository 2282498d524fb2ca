/** Radial basis functions and cutoff envelopes, as functions of distances r [n] in Angstrom. */
import { add, cos, exp, less, mul, neg, square, sub, type Tensor, tensor, unsqueeze, where } from '../tensor/index.ts';

const linspace = (start: number, stop: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => (count === 1 ? start : start + (k * (stop - start)) / (count - 1)));

/** Gaussian functions of the distance. */
export interface GaussianBasis {
  /** Centres in Angstrom, [count]. */
  readonly centres: Tensor;
  /** -1 / (2 sigma^2) with the standard deviation sigma in Angstrom, a number. */
  readonly coefficient: Tensor;
}

/**
 * `count` Gaussians with centres evenly on [0, cutoff] (in Angstrom) and the standard deviation width x cutoff. The
 * CGCNN of the paper has 50 of width 0.2.
 *
 * @example
 * const basis = gaussianBasis(3, 6, 0.2);
 * await basis.centres.value();  // [0, 3, 6]
 */
export const gaussianBasis = (count: number, cutoff: number, width: number): GaussianBasis => ({
  centres: tensor(linspace(0, cutoff, count), [count], 'gaussian centres'),
  coefficient: tensor([-0.5 / (cutoff * width) ** 2], [], 'gaussian coefficient'),
});

/**
 * The values exp(coefficient (r - centre)^2) of all functions at the distances r [n] in Angstrom, [n, count].
 *
 * @example
 * const basis = gaussianBasis(3, 6, 0.2);
 * await expandGaussian(basis, tensor([3])).value();  // [[0.0439369, 1, 0.0439369]]
 */
export const expandGaussian = ({ centres, coefficient }: GaussianBasis, r: Tensor): Tensor =>
  exp(mul(coefficient, square(sub(unsqueeze(r, 1), centres))));

/**
 * Behler's envelope (J. Chem. Phys. 134, 074106, 2011) of distances r, of their shape: (cos(pi r / cutoff) + 1) / 2
 * inside the cutoff and 0 outside, both in Angstrom. Its first derivative vanishes at the cutoff, its second jumps
 * there.
 *
 * @example
 * await cosineCutoff(tensor([0, 2.5, 6]), 5).value();  // [1, 0.5, 0]
 */
export const cosineCutoff = (r: Tensor, cutoff: number): Tensor =>
  where(less(r, cutoff), mul(0.5, add(cos(mul(r, Math.PI / cutoff)), 1)), 0);

/** Functions that are Gaussians of exp(-alpha r): narrow at short distances, where energies change fast. */
export interface ExponentialNormalBasis {
  /** Centres and widths, [count] each. */
  readonly means: Tensor;
  readonly betas: Tensor;
  /** In 1/Angstrom. */
  readonly alpha: number;
  /** In Angstrom. */
  readonly cutoff: number;
}

/**
 * The values cutoff(r) exp(-beta (exp(-alpha r) - mean)^2) of all functions at the distances r [n] in Angstrom,
 * [n, count], where cutoff(r) is `cosineCutoff` (O. T. Unke and M. Meuwly, J. Chem. Theory Comput. 15, 3678, 2019, as
 * in TorchMD-Net).
 *
 * @example
 * const basis = { means: tensor([0.5, 1]), betas: tensor([4, 4]), alpha: 1, cutoff: 5 };
 * await expandExponentialNormal(basis, tensor([0, 5])).value();  // [[0.367879, 1], [0, 0]]
 */
export const expandExponentialNormal = ({ means, betas, alpha, cutoff }: ExponentialNormalBasis, r: Tensor): Tensor => {
  const column = unsqueeze(r, 1);
  const distance = square(sub(exp(mul(-alpha, column)), means));
  return mul(cosineCutoff(column, cutoff), exp(neg(mul(betas, distance))));
};

/** The means, betas and alpha with which an exponential-normal basis of `count` functions starts. */
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
 * A smooth envelope of distances r, of their shape: 1 at r = 0 and 0 from the cutoff on (in Angstrom), where its first,
 * second and third derivatives are 0, too. With u = r / cutoff it is (1 - u)^4 (1 + 4 u) (H. Wendland, Adv. Comput.
 * Math. 4, 389, 1995), whose first derivative also vanishes at r = 0.
 *
 * @example
 * await polynomialEnvelope(tensor([0, 2.5, 6]), 5).value();  // [1, 0.1875, 0]
 */
export function polynomialEnvelope(r: Tensor, cutoff: number): Tensor {
  const u = mul(r, 1 / cutoff);
  const rest = sub(1, u);
  return where(less(r, cutoff), mul(square(square(rest)), add(1, mul(4, u))), 0);
}
