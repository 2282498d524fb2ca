/** What laws are about: a function from a crystal to its energy, forces and stress; and how networks become one. */
import { collate, neighbours, type Structure } from '../../graph/index.ts';
import { feedGraph, type GraphInputs, graphInputs, type Network, withDerivatives } from '../../nn/index.ts';
import { compile, type Engine, type Tensor } from '../../tensor/index.ts';

/** What a potential says of one crystal. */
export interface PotentialValues {
  /** eV, of the whole cell. */
  readonly energy: number;
  /** eV/A, three numbers an atom; minus the slopes of the energy. Absent if the potential gives none. */
  readonly forces?: ArrayLike<number>;
  /** eV/A^3, 3 x 3, positive for tension; absent if the potential gives none. */
  readonly stress?: ArrayLike<number>;
}

/** Any force field: a network, a formula, another program. */
export type Potential = (crystal: Structure) => PotentialValues | Promise<PotentialValues>;

/** An energy, [structures] in eV, as a function of edge vectors [edges, 3] in Angstrom: what models of nn/ are. */
export type EnergyOf = (inputs: GraphInputs, vectors: Tensor) => Tensor;

export interface PotentialOptions {
  /** Angstrom; atoms farther apart do not see each other. */
  readonly cutoff: number;
  /** Default: `defaultEngine()`, in float64. */
  readonly engine?: Engine;
}

/**
 * The potential of an energy of tensors: forces and stress are its derivatives. A `Network` of nn/ has its energy in `apply`
 * and its cutoff in `grid`.
 *
 * @example const pair = potential((inputs, vectors) => energies(inputs, norm(vectors)), { cutoff: 4 });
 */
export function potential(energyOf: EnergyOf, { cutoff, engine }: PotentialOptions): Potential {
  return compiled(energyOf, { cutoff }, engine);
}

/**
 * The potential of a network with outputs of structures.
 *
 * @example const { energy } = await networkPotential(network(config, 'add', key(1)))(crystal);
 */
export const networkPotential = ({ apply, grid }: Network, engine?: Engine): Potential => compiled(apply, grid, engine);

function compiled(energyOf: EnergyOf, grid: Network['grid'], engine?: Engine): Potential {
  const inputs = graphInputs();
  const outputs = withDerivatives(inputs, (vectors) => energyOf(inputs, vectors));
  const predict = compile(inputs, { ...outputs }, engine && { engine });
  return async (structure) => {
    const batch = collate([{ structure, edges: neighbours(structure, grid.cutoff) }]);
    const { energy, forces, stress } = await predict(feedGraph(batch, grid));
    return { energy: energy.data[0], forces: forces.data, stress: stress.data };
  };
}
