/**
 * What both ways of denoising share: relaxed atoms are displaced by noise, drawn anew in every epoch, and the network
 * is to say how (Zaidi et al. 2023). They differ in what says it: a derivative, or a head.
 *
 * Validation and test have noise of their own that never changes, so that their errors can be compared.
 */
import { atoms, type GraphInputs } from '../../nn/index.ts';
import { fold, input, type Key, l1Loss, normal, type Tensor } from '../../tensor/index.ts';
import { groupByEdges } from '../batches/group.ts';
import { graphPredictor, graphStep } from '../graph-step.ts';
import { meter, told } from '../meter.ts';
import { reportNoise } from '../report/noise.ts';
import type { GivenPretraining, PretrainingOutcome, Task } from '../task.ts';
import { type DenoisedStructure, noiseErrors } from './noise-errors.ts';

export interface NoiseOutcome extends PretrainingOutcome<number> {
  readonly noise: { readonly sigma: number; readonly sign: string };
}

export interface NoiseOptions {
  readonly by: Key;
  /** Standard deviation of a coordinate in Angstrom. */
  readonly sigma: number;
  /** Number of atoms of structure k. */
  readonly atoms: (k: number) => number;
}

/**
 * Displacements in Angstrom, N(0, sigma) each, 3 an atom of the batch: a function of key, epoch and structure, whatever
 * batch the structure is in, and other draws in every epoch.
 */
export function noise(group: readonly number[], epoch: number, { by, sigma, atoms }: NoiseOptions): Float64Array {
  const drawn = group.map((k) => normal(fold(fold(by, epoch), k), 3 * atoms(k)));
  const out = new Float64Array(drawn.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of drawn) {
    for (const x of one) out[at++] = sigma * x;
  }
  return out;
}

/**
 * `output`: one vector for each atom, [atoms, 3]. It is to be `factor` times the displacement in Angstrom; the loss is
 * the mean absolute error of its components.
 */
export function denoising(
  { config, data, network, graphs, engine, training, root, phase }: GivenPretraining,
  output: (inputs: GraphInputs) => Tensor,
  factor: number,
): Task<Float64Array, NoiseOutcome> {
  const { structures, sources, split } = data;
  const { sigma, sign } = config.noise;
  const draw = (group: readonly number[], part: string, epoch: number) =>
    noise(group, epoch, {
      by: fold(fold(root, 'noise'), part),
      sigma,
      atoms: (k) => structures[k].numbers.length,
    });
  const predict = graphPredictor(engine, network, (inputs) => ({ displacements: output(inputs) }));

  async function* denoisedOf(part: 'validation' | 'test'): AsyncGenerator<DenoisedStructure> {
    for (const group of groupByEdges(graphs.counts, split[part], training.batch)) {
      const moved = draw(group, part, 0);
      const { displacements } = await predict(await graphs.batch(group, moved));
      let atom = 0;
      for (const structure of group) {
        const end = atom + structures[structure].numbers.length;
        const predicted = Float64Array.from(displacements.data.subarray(3 * atom, 3 * end), (x) => x / factor);
        yield { structure, noise: moved.subarray(3 * atom, 3 * end), predicted };
        atom = end;
      }
    }
  }
  const predictions = (part: 'validation' | 'test') =>
    told(denoisedOf(part), meter(phase, 'Predicted', split[part].length));

  return {
    ...graphStep<Float64Array>(engine, network, training, (inputs) => {
      const wanted = input([atoms, 3], 'target');
      return { loss: l1Loss(output(inputs), wanted), inputs: { wanted }, feeds: (labels) => ({ wanted: labels }) };
    }),
    network,
    meaning: { strategy: config.strategy, noise: config.noise },
    async prepare(group, epoch) {
      const moved = draw(group, 'train', epoch);
      return { graph: await graphs.batch(group, moved), labels: moved.map((x) => factor * x) };
    },
    async validate() {
      const errors = noiseErrors();
      for await (const { structure, noise, predicted } of predictions('validation')) {
        errors.add(sources[structure], { noise: [noise, predicted] });
      }
      const { error } = errors.all();
      return { loss: Math.abs(factor) * error, noise: error };
    },
    async test(folder) {
      const errors = await reportNoise(folder, structures, sources, predictions('test'));
      return { noise: { sigma, sign }, test: errors.all(), testBySource: errors.bySource() };
    },
  };
}
