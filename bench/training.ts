/** Full-size steps on a batch of structures, as the peer does them: preset `paper`, tables, L1 losses 1:500:500. */
import type { LabelledStructure } from '../data/index.ts';
import { collate, type GraphBatch, limitNeighbours, neighbours, type Structure } from '../graph/index.ts';
import {
  adamW,
  applyCGCNN,
  applyTorchMDET,
  type CGCNNConfig,
  cgcnnDefaults,
  feedGraph,
  forceFieldLoss,
  type GraphInputs,
  graphInputs,
  initCGCNN,
  initTorchMDET,
  labelInputs,
  lossWeightInputs,
  type Parameters,
  type RadialEvaluation,
  type RadialGridOptions,
  structures as structureRows,
  type TorchMDETConfig,
  torchmdETDefaults,
  torchmdETGrid,
  trainingStep,
  withDerivatives,
} from '../nn/index.ts';
import {
  type CpuPlan,
  cpuEngine,
  type Engine,
  type Feed,
  key,
  l1Loss,
  type Named,
  type Plan,
  reshape,
  type Tensor,
} from '../tensor/index.ts';
import { MOST_NEIGHBOURS, type Model } from './jobs.ts';

export const graphOf = (structure: Structure, cutoff: number) => ({
  structure,
  edges: limitNeighbours(neighbours(structure, cutoff), { max: MOST_NEIGHBOURS, rule: 'exact' }),
});

export interface Steps {
  readonly sizes: GraphBatch['sizes'];
  readonly plan: Plan;
  /** One step; returns the loss before it. */
  step(): Promise<number>;
}

export interface Training extends Steps {
  readonly plan: CpuPlan;
  readonly memoryBytes: () => number;
}

export interface TrainingJob {
  readonly task: 'pretrain' | 'finetune';
  readonly model?: Model;
  /** All with energy; for pre-training also with forces and stress. */
  readonly structures: readonly LabelledStructure[];
  readonly cutoff: number;
  readonly filter?: RadialEvaluation;
  readonly threads?: number;
  /** Features of an atom, instead of the full-size network's. */
  readonly channels?: number;
}

function labelOf<Name extends 'energy' | 'forces' | 'stress'>(structure: LabelledStructure, name: Name) {
  const label = structure[name];
  if (label === undefined) {
    throw new Error(
      `${structure.id}: no ${name}. Fine-tuning needs the energy of every structure, pre-training forces and stress, too.`,
    );
  }
  return label;
}

function joined(structures: readonly LabelledStructure[], name: 'forces' | 'stress'): Float64Array {
  const parts = structures.map((structure) => labelOf(structure, name));
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

interface Network {
  readonly parameters: Parameters;
  readonly grid: RadialGridOptions;
  readonly apply: (inputs: GraphInputs, vectors: Tensor) => Tensor;
}

function network({ model = 'cgcnn', cutoff, filter = 'table', channels }: TrainingJob): Network {
  if (model === 'torchmd-et') {
    const config: TorchMDETConfig = {
      ...torchmdETDefaults,
      cutoff,
      preset: 'paper',
      filter,
      ...(channels === undefined ? {} : { hidden_channels: channels }),
    };
    const parameters = initTorchMDET(config, key(1));
    return {
      parameters,
      grid: torchmdETGrid(config),
      apply: (inputs, vectors) => applyTorchMDET(parameters, inputs, vectors, config),
    };
  }
  const config: CGCNNConfig = {
    ...cgcnnDefaults,
    cutoff,
    preset: 'paper',
    filter,
    ...(channels === undefined ? {} : { dim1: channels, dim2: channels }),
  };
  const parameters = initCGCNN(config, key(1));
  return {
    parameters,
    grid: { cutoff },
    apply: (inputs, vectors) => applyCGCNN(parameters, inputs, vectors, config),
  };
}

export function prepareTraining(job: TrainingJob): Training {
  const { threads } = job;
  const engine = cpuEngine(threads === undefined ? {} : { threads });
  const steps = prepareSteps(engine, job);
  return { ...steps, plan: steps.plan as CpuPlan, memoryBytes: engine.memoryBytes };
}

/** The same on any engine. */
export function prepareSteps(engine: Engine, job: TrainingJob): Steps {
  const { task, structures, cutoff } = job;
  const batch = collate(structures.map((structure) => graphOf(structure, cutoff)));
  const net = network(job);
  const inputs = graphInputs();
  const predicted = withDerivatives(inputs, (vectors) => reshape(net.apply(inputs, vectors), [structureRows]));
  const [labels, weights] = [labelInputs(), lossWeightInputs()];
  const loss =
    task === 'pretrain' ? forceFieldLoss(predicted, labels, weights) : l1Loss(predicted.energy, labels.energy);
  const training = trainingStep<Named>({
    inputs: {
      ...inputs,
      ...labels,
      energyWeight: weights.energy,
      forcesWeight: weights.forces,
      stressWeight: weights.stress,
    },
    loss,
    parameters: net.parameters,
    engine,
    clip: 10,
    optimiser: adamW(),
  });
  const feeds: Record<string, Feed> = {
    ...feedGraph(batch, net.grid),
    energyWeight: 1,
    forcesWeight: 500,
    stressWeight: 500,
    energy: Float64Array.from(structures, (s) => labelOf(s, 'energy')),
    ...(task === 'pretrain' ? { forces: joined(structures, 'forces'), stress: joined(structures, 'stress') } : {}),
  };
  return {
    sizes: batch.sizes,
    plan: training.plan,
    step: async () => (await training.step(feeds, 2e-3)).loss,
  };
}
