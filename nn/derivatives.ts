/**
 * From an energy to forces and stress, by differentiating it.
 *
 * Conventions (ASE): forces = -dE/dx in eV/A; stress = (1/V) dE/dstrain in eV/A^3, tension positive, for a
 * symmetric strain s applied to positions and cell, x -> x (1 + s). Edge vectors transform the same way, so the
 * strain enters there once. It is a variable, not a literal zero: a literal would be folded away and
 * the stress with it.
 */
import { grad } from '../autograd/index.ts';
import {
  abs,
  add,
  div,
  gather,
  matmul,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  variable,
} from '../tensor/index.ts';
import { type GraphInputs, structures } from './inputs.ts';

export interface StrainedGeometry {
  /** x_source + shift - x_target, strained, in Angstrom, [edges, 3]. */
  readonly vectors: Tensor;
  /** A strain of zeros, [structures, 3, 3]. */
  readonly strain: Tensor;
}

/** x_source + shift - x_target in Angstrom, [edges, 3]. */
export const edgeVectors = ({ positions, source, target, shift }: GraphInputs): Tensor =>
  add(sub(gather(positions, source), gather(positions, target)), shift);

/** Edge vectors as a function of positions and of a strain that is zero. */
export function strainedGeometry(inputs: GraphInputs): StrainedGeometry {
  const strain = variable(0, [structures, 3, 3], 'strain');
  const symmetric = mul(0.5, add(strain, transpose(strain)));
  const unstrained = edgeVectors(inputs);
  const change = matmul(unsqueeze(unstrained, 1), gather(symmetric, inputs.edgeStructure));
  return { vectors: add(unstrained, reshape(change, unstrained.shape)), strain };
}

export interface EnergyDerivatives {
  /** -dE/dx in eV/A, [atoms, 3]. */
  readonly forces: Tensor;
  /** Stress in eV/A^3, [structures, 3, 3]. */
  readonly stress: Tensor;
}

/**
 * Forces and stress of energies [structures] or [structures, 1] (eV) that were built on `geometry(inputs)`.
 * `volume`: 'signed' divides by det(cell) as the paper's authors do, 'absolute' (default) by its magnitude.
 */
export function forcesAndStress(
  energy: Tensor,
  inputs: GraphInputs,
  { strain }: StrainedGeometry,
  volume: 'signed' | 'absolute' = 'absolute',
): EnergyDerivatives {
  const [slope, virial] = grad(sum(energy), [inputs.positions, strain]) as [Tensor, Tensor];
  const volumes = volume === 'signed' ? inputs.volumes : abs(inputs.volumes);
  return { forces: neg(slope), stress: div(virial, reshape(volumes, [structures, 1, 1])) };
}

export interface EnergyAndDerivatives extends EnergyDerivatives {
  /** As `energyOf` gave it. */
  readonly energy: Tensor;
}

/** An energy as a function of edge vectors [edges, 3], with its forces and stress. */
export function withDerivatives(
  inputs: GraphInputs,
  energyOf: (vectors: Tensor) => Tensor,
  volume?: 'signed' | 'absolute',
): EnergyAndDerivatives {
  const shape = strainedGeometry(inputs);
  const energy = energyOf(shape.vectors);
  return { energy, ...forcesAndStress(energy, inputs, shape, volume) };
}
