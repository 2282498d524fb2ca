/** Full-size CGCNN steps on a batch of structures, as the peer does them: preset `paper`, tables, L1 losses 1:500:500. */
import { readExtxyz } from '../data/index.ts';
import { collate, type GraphBatch, limitNeighbours, neighbours, type Structure } from '../graph/index.ts';
import {
  applyCGCNN,
  type CGCNNConfig,
  cgcnnDefaults,
  type Filter,
  feedGraph,
  feedWeights,
  forceFieldLoss,
  graphInputs,
  initCGCNN,
  labelInputs,
  structures as structureRows,
  trainer,
  weightInputs,
  withDerivatives,
} from '../nn/index.ts';
import { type CpuPlan, cpuEngine, type Feeds, key, l1Loss, reshape } from '../tensor/index.ts';
import { MOST_NEIGHBOURS } from './jobs.ts';

export const graphOf = (structure: Structure, cutoff: number) => ({
  structure,
  edges: limitNeighbours(neighbours(structure, cutoff), { max: MOST_NEIGHBOURS, rule: 'exact' }),
});

export interface Training {
  readonly sizes: GraphBatch['sizes'];
  readonly plan: CpuPlan;
  readonly memoryBytes: () => number;
  /** One step; returns the loss before it. */
  step(): Promise<number>;
}

export interface TrainingJob {
  readonly task: 'pretrain' | 'finetune';
  readonly file: string;
  readonly cutoff: number;
  readonly filter?: Filter;
  readonly threads?: number;
  /** The batch holds the structures this many times. */
  readonly repeat?: number;
}

export async function prepareTraining({
  task,
  file,
  cutoff,
  filter = 'table',
  threads,
  repeat = 1,
}: TrainingJob): Promise<Training> {
  const read = await readExtxyz(file);
  const graphs = read.map((structure) => graphOf(structure, cutoff));
  const all = Array.from({ length: repeat }, () => graphs).flat();
  const structures = Array.from({ length: repeat }, () => read).flat();
  const batch = collate(all);
  const engine = cpuEngine(threads === undefined ? {} : { threads });
  const config: CGCNNConfig = { ...cgcnnDefaults, cutoff, preset: 'paper', filter };
  const parameters = initCGCNN(config, key(1));
  const inputs = graphInputs();
  const predicted = withDerivatives(inputs, (vectors) =>
    reshape(applyCGCNN(parameters, inputs, vectors, config), [structureRows]),
  );
  const [labels, weights] = [labelInputs(), weightInputs()];
  const loss =
    task === 'pretrain' ? forceFieldLoss(predicted, labels, weights) : l1Loss(predicted.energy, labels.energy);
  const training = trainer(engine, loss, parameters);
  const flat = (
    pick: (s: (typeof structures)[number]) => Float64Array,
    width: (s: Structure) => number,
  ): Float64Array => {
    const out = new Float64Array(structures.reduce((sum, s) => sum + width(s), 0));
    let at = 0;
    for (const s of structures) {
      out.set(pick(s), at);
      at += width(s);
    }
    return out;
  };
  const feeds = new Map<unknown, unknown>([
    ...feedGraph(inputs, batch, { cutoff }),
    ...feedWeights(weights, [1, 500, 500]),
    [labels.energy, Float64Array.from(structures, (s) => s.energy!)],
    [
      labels.forces,
      flat(
        (s) => s.forces!,
        (s) => s.positions.length,
      ),
    ],
    [
      labels.stress,
      flat(
        (s) => s.stress!,
        () => 9,
      ),
    ],
  ]) as Feeds;
  return {
    sizes: batch.sizes,
    plan: training.plan as CpuPlan,
    memoryBytes: engine.memoryBytes,
    step: async () => (await training.step(feeds, 2e-3)).loss,
  };
}
