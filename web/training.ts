/**
 * Pre-training in memory: crystals of the built-in universe, a CGCNN of a preset, and steps on any engine.
 *
 * Not training/pretraining.ts, which keeps a folder: nothing is validated or stored here. The losses of a size are
 * the same on every engine, up to rounding.
 */
import { fitReferences, referenceEnergy } from '../data/references.ts';
import { edgesOf } from '../graph/graph-rule.ts';
import { collate } from '../graph/index.ts';
import { cosineRate, network } from '../nn/index.ts';
import { type Engine, fold, key } from '../tensor/index.ts';
import { epochGroups } from '../training/batches/group.ts';

import { pretrainPreset } from '../training/presets.ts';
import { forceField, forceLabels } from '../training/tasks/force-field.ts';
import { universe } from '../universe/index.ts';
import type { Order } from './messages.ts';

export interface Training {
  readonly crystals: number;
  /** Pairs of neighbours in all crystals, both directions counted. */
  readonly edges: number;
  /** Trainable numbers. */
  readonly parameters: number;
  /** Does step `step` (from 0), and returns the loss before it. */
  step(step: number): Promise<number>;
}

export async function training(engine: Engine, { size, crystals: howMany, steps }: Order): Promise<Training> {
  const config = pretrainPreset(size);
  const root = key(config.seed);
  const crystals = (await universe({ count: howMany, seed: config.seed })).map((structure) => ({
    structure,
    edges: edgesOf(structure, config.model),
  }));
  const references = fitReferences(crystals.map(({ structure }) => structure));
  const counts = crystals.map(({ edges }) => edges.distance.length);
  const everything = crystals.map((_, k) => k);
  const net = network(config.model, 'add', fold(root, 'weights'));
  const field = forceField(engine, net, { ...config, ...config.training });

  let [epoch, waiting] = [0, [] as number[][]];
  const nextGroup = (): number[] => {
    while (waiting.length === 0) waiting = epochGroups(counts, everything, config.training.batch, root, epoch++);
    return waiting.shift()!;
  };
  return {
    crystals: crystals.length,
    edges: counts.reduce((a, b) => a + b, 0),
    parameters: net.size,
    async step(step) {
      const graphs = nextGroup().map((k) => crystals[k]);
      const labels = forceLabels(
        graphs.map(({ structure }) => structure),
        ({ energy, numbers }) => energy! - referenceEnergy(references, numbers),
      );
      const rate = cosineRate(step, steps, config.training.learningRate);
      return (await field.step({ graph: collate(graphs), labels }, rate)).loss;
    },
  };
}
