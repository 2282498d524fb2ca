/**
 * A network as a force field: energies (less references), forces and stress by differentiating them, and the step
 * that trains it on all three.
 */
import type { LabelledStructure } from '../../data/index.ts';
import type { GraphBatch } from '../../graph/index.ts';
import { forceFieldLoss, labelInputs, lossWeightInputs, type Network, withDerivatives } from '../../nn/index.ts';
import { degree, type Engine } from '../../tensor/index.ts';
import { graphPredictor, graphStep, type Optimiser } from '../graph-step.ts';

/** Weights of energy, forces (eV/A) and stress (eV/A^3) in the loss. */
export type LossWeights = readonly [energy: number, forces: number, stress: number];

/** Labels of a batch: energies in eV less references, forces in eV/A, stress in eV/A^3; absent ones are 0. */
export interface ForceLabels {
  readonly energy: Float64Array;
  readonly forces: Float64Array;
  readonly stress: Float64Array;
}

/**
 * The labels of a batch: energies [structures], forces [atoms, 3] and stress [structures, 3, 3], one structure after
 * another; absent forces and stress are 0. `energyOf`: a structure's energy less its reference, in eV.
 *
 * @example
 * const all = parseExtxyz('1\nProperties=species:S:1:pos:R:3 energy=-3.5\nCu 0 0 0\n');
 * forceLabels(all, ({ energy = 0 }) => energy + 3).energy[0];  // -0.5
 */
export function forceLabels(
  structures: readonly LabelledStructure[],
  energyOf: (structure: LabelledStructure, k: number) => number,
): ForceLabels {
  const atoms = structures.reduce((sum, s) => sum + s.numbers.length, 0);
  const forces = new Float64Array(3 * atoms);
  const stress = new Float64Array(9 * structures.length);
  let atom = 0;
  structures.forEach((structure, k) => {
    if (structure.forces) forces.set(structure.forces, 3 * atom);
    if (structure.stress) stress.set(structure.stress, 9 * k);
    atom += structure.numbers.length;
  });
  return { energy: Float64Array.from(structures, energyOf), forces, stress };
}

export interface ForceFieldOptions extends Optimiser {
  readonly weights: LossWeights;
  readonly energyPer: 'structure' | 'atom';
  readonly volume: 'signed' | 'absolute';
}

/**
 * The training step of a network on energies (eV), forces (eV/A) and stress (eV/A^3), weighted in this order; its
 * labels are those of `forceLabels`.
 *
 * @example
 * const net = network(pretrainPreset('smoke').model, 'add', key(1));
 * const { step } = forceField(defaultEngine(), net, {
 *   weights: [1, 1, 1], energyPer: 'atom', volume: 'absolute', clip: 10, weightDecay: 0, average: null,
 * });
 */
export const forceField = (engine: Engine, net: Network, options: ForceFieldOptions) =>
  graphStep<ForceLabels>(engine, net, options, (inputs) => {
    const [labels, weights] = [labelInputs(), lossWeightInputs()];
    const [energyWeight, forcesWeight, stressWeight] = options.weights;
    const predicted = withDerivatives(inputs, (vectors) => net.apply(inputs, vectors), options.volume);
    // Energies alone need no second derivative. The energy stays even at weight 0: it reaches all parameters, and
    // those that forces do not reach (the last bias) are decayed all the same, as by the authors' code.
    const onlyEnergy = options.weights[1] === 0 && options.weights[2] === 0;
    return {
      loss: forceFieldLoss(
        predicted,
        labels,
        onlyEnergy ? { energy: weights.energy } : weights,
        options.energyPer === 'atom' ? { atomsPerStructure: degree(inputs.structure) } : {},
      ),
      inputs: {
        ...labels,
        energyWeight: weights.energy,
        forcesWeight: weights.forces,
        stressWeight: weights.stress,
      },
      feeds: (values) => ({ ...values, energyWeight, forcesWeight, stressWeight }),
    };
  });

/** Energies (less references), forces and stress as the network sees them. */
export function forcePredictor(
  engine: Engine,
  net: Network,
  volume: 'signed' | 'absolute',
): (graph: GraphBatch) => Promise<ForceLabels> {
  const predict = graphPredictor(engine, net, (inputs) => {
    const { energy, forces, stress } = withDerivatives(inputs, (vectors) => net.apply(inputs, vectors), volume);
    return { energy, forces, stress };
  });
  return async (graph) => {
    const { energy, forces, stress } = await predict(graph);
    return { energy: energy.data, forces: forces.data, stress: stress.data };
  };
}
