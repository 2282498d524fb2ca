/**
 * What both ways of denoising share: relaxed atoms are displaced by noise, drawn anew in every epoch, and the network
 * is to say how (Zaidi et al. 2023). They differ in what says it: a derivative, or a head.
 *
 * Validation and test have noise of their own that never changes, so that their errors can be compared.
 */
import type { GraphBatch } from '../../graph/index.ts';
import { adamWDefaults, atoms, feedGraph, type GraphInputs, graphInputs, trainer } from '../../nn/index.ts';
import { fold, input, l1Loss, type Tensor } from '../../tensor/index.ts';
import { groupByEdges } from '../batches/group.ts';
import { meter, told } from '../meter.ts';
import type { Network } from '../network.ts';
import { reportNoise } from '../report/noise.ts';
import type { Given, Learning } from './learning.ts';
import { noise } from './noise.ts';
import { type DenoisedStructure, type NoiseComparison, noiseErrors } from './noise-errors.ts';

export interface NoiseOutcome {
  readonly noise: { readonly sigma: number; readonly sign: string };
  readonly test: NoiseComparison;
  readonly testBySource: Readonly<Record<string, NoiseComparison>>;
}

/**
 * `output`: one vector for each atom, [atoms, 3]. It is to be `factor` times the displacement in Angstrom; the loss is
 * the mean absolute error of its components.
 */
export function denoising(
  { config, data, graphs, engine, root, phase }: Given,
  net: Network,
  output: (inputs: GraphInputs) => Tensor,
  factor: number,
): Learning<Float64Array, NoiseOutcome> {
  const { structures, sources, split } = data;
  const { training } = config;
  const { sigma, sign } = config.noise;
  const draw = (group: readonly number[], part: string, epoch: number) =>
    noise(group, epoch, {
      by: fold(fold(root, 'noise'), part),
      sigma,
      atoms: (k) => structures[k].numbers.length,
    });

  const inputs = graphInputs();
  const target = input([atoms, 3], 'target');
  const denoised = output(inputs);
  const optimising = trainer(engine, l1Loss(denoised, target), net.parameters, {
    clip: training.clip,
    optimiser: { ...adamWDefaults, weightDecay: training.weightDecay },
    average: training.average,
  });
  const plan = engine.compile({ outputs: [denoised] });

  async function* denoisedOf(name: 'validation' | 'test'): AsyncGenerator<DenoisedStructure> {
    for (const group of groupByEdges(graphs.counts, split[name], training.batch)) {
      const moved = draw(group, name, 0);
      const [found] = await plan.run(feedGraph(inputs, await graphs.batch(group, moved), net.grid));
      let atom = 0;
      for (const structure of group) {
        const end = atom + structures[structure].numbers.length;
        const predicted = Float64Array.from(found.subarray(3 * atom, 3 * end), (x) => x / factor);
        yield { structure, noise: moved.subarray(3 * atom, 3 * end), predicted };
        atom = end;
      }
    }
  }
  const predictions = (name: 'validation' | 'test') =>
    told(denoisedOf(name), meter(phase, 'Predicted', split[name].length));

  return {
    net,
    trainer: optimising,
    meaning: { strategy: config.strategy, noise: config.noise },
    async prepare(group, epoch) {
      const moved = draw(group, 'train', epoch);
      return { graph: await graphs.batch(group, moved), labels: moved.map((x) => factor * x) };
    },
    step: (graph: GraphBatch, labels, learningRate) =>
      optimising.step(new Map([...feedGraph(inputs, graph, net.grid), [target, labels]]), learningRate),
    async validate() {
      const errors = noiseErrors();
      for await (const one of predictions('validation')) errors.add(sources[one.structure], one);
      const { error } = errors.all();
      return { loss: Math.abs(factor) * error, noise: error };
    },
    async test(folder) {
      const errors = await reportNoise(folder, structures, sources, predictions('test'));
      return { noise: { sigma, sign }, test: errors.all(), testBySource: errors.bySource() };
    },
  };
}
