/**
 * From an energy to forces and stress, by differentiating it.
 *
 * The conventions are those of ASE: forces = -dE/dx in eV/A, and stress = (1/V) dE/dstrain in eV/A^3, positive for
 * tension, for a symmetric strain s of positions and cell, x -> x (1 + s) (F. Knuth et al., Comput. Phys. Commun. 190,
 * 33, 2015). Edge vectors are strained in the same way, so the strain enters there once. It is a variable and no
 * literal zero: a literal would be folded away, and the stress with it.
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

/** Where the energy of a network begins: edge vectors as functions of positions and strain. */
export interface StrainedGeometry {
  /** x_source + shift - x_target, strained, in Angstrom, [edges, 3]. */
  readonly vectors: Tensor;
  /** A strain of zeros, [structures, 3, 3]. */
  readonly strain: Tensor;
}

/**
 * The edge vectors x_source + shift - x_target in Angstrom, [edges, 3].
 *
 * @example
 * const inputs = graphInputs();
 * const lengths = norm(edgeVectors(inputs), { axis: 1 });
 */
export const edgeVectors = ({ positions, source, target, shift }: GraphInputs): Tensor =>
  add(sub(gather(positions, source), gather(positions, target)), shift);

/**
 * The edge vectors of a batch, [edges, 3] in Angstrom, as a function of positions and of a strain [structures, 3, 3]
 * that is zero. Only its symmetric part acts.
 *
 * @example
 * const inputs = graphInputs();
 * const shape = strainedGeometry(inputs);
 * const energy = segmentSum(norm(shape.vectors, { axis: 1 }).sub(2.5).square(), inputs.edgeStructure);
 * const { forces, stress } = forcesAndStress(energy, inputs, shape);
 */
export function strainedGeometry(inputs: GraphInputs): StrainedGeometry {
  const strain = variable(0, [structures, 3, 3], 'strain');
  const symmetric = mul(0.5, add(strain, transpose(strain)));
  const unstrained = edgeVectors(inputs);
  const change = matmul(unsqueeze(unstrained, 1), gather(symmetric, inputs.edgeStructure));
  return { vectors: add(unstrained, reshape(change, unstrained.shape)), strain };
}

/** What follows from an energy. */
export interface EnergyDerivatives {
  /** -dE/dx in eV/A, [atoms, 3]. */
  readonly forces: Tensor;
  /** Stress in eV/A^3, [structures, 3, 3]. */
  readonly stress: Tensor;
}

/**
 * The forces in eV/A, [atoms, 3], and the stress in eV/A^3, [structures, 3, 3], of energies [structures] or
 * [structures, 1] (in eV) that were built on the vectors of a strained geometry of `inputs`. The stress is divided by
 * the volume: by the determinant of the cell if `volume` is 'signed', as the paper's authors do, and by its magnitude
 * otherwise. `withDerivatives` does all of this at once.
 *
 * @example
 * const inputs = graphInputs();
 * const shape = strainedGeometry(inputs);
 * const energy = segmentSum(norm(shape.vectors, { axis: 1 }).sub(2.5).square(), inputs.edgeStructure);
 * const { forces, stress } = forcesAndStress(energy, inputs, shape);
 */
export function forcesAndStress(
  energy: Tensor,
  inputs: GraphInputs,
  { strain }: StrainedGeometry,
  volume: 'signed' | 'absolute' = 'absolute',
): EnergyDerivatives {
  const [slope, virial] = grad(sum(energy), [inputs.positions, strain]);
  const volumes = volume === 'signed' ? inputs.volumes : abs(inputs.volumes);
  return { forces: neg(slope), stress: div(virial, reshape(volumes, [structures, 1, 1])) };
}

/** An energy with its derivatives. */
export interface EnergyAndDerivatives extends EnergyDerivatives {
  /** The energies as `energyOf` gave them. */
  readonly energy: Tensor;
}

/**
 * An energy (in eV, [structures] or [structures, 1]), given as a function of edge vectors [edges, 3] in Angstrom,
 * together with its forces in eV/A, [atoms, 3], and its stress in eV/A^3, [structures, 3, 3].
 *
 * @example
 * const inputs = graphInputs();
 * const pairs = (vectors: Tensor) => segmentSum(norm(vectors, { axis: 1 }).sub(2.5).square(), inputs.edgeStructure);
 * const predict = compile(inputs, { ...withDerivatives(inputs, pairs) });
 * const batch = collate(crystals({ count: 2 }).map((structure) => ({ structure, edges: neighbours(structure, 4) })));
 * const { energy, forces, stress } = await predict(feedGraph(batch, { cutoff: 4 }));
 * stress.shape;  // [2, 3, 3]
 */
export function withDerivatives(
  inputs: GraphInputs,
  energyOf: (vectors: Tensor) => Tensor,
  volume?: 'signed' | 'absolute',
): EnergyAndDerivatives {
  const shape = strainedGeometry(inputs);
  const energy = energyOf(shape.vectors);
  return { energy, ...forcesAndStress(energy, inputs, shape, volume) };
}
