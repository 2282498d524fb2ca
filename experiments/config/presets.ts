/**
 * The presets: complete configurations, the only place with defaults.
 *
 * `paper`: what the authors ran, quirks included. `physical`: the same sizes with the quirks mended. `laptop`: physical
 * with a shorter cutoff, small batches and a short training; the default. `smoke`: seconds, to see that all works.
 */
import type { FinetuneConfig, ModelConfig, Preset, PretrainConfig, TrainingConfig } from './schema.ts';

/** Files of ratios by name: energy, forces, stress. The first five are the paper's. */
export const RATIOS: Readonly<Record<string, readonly [number, number, number]>> = {
  energy: [1, 0, 0],
  forces: [0, 1, 0],
  'forces-stress': [0, 1, 1],
  equal: [1, 1, 1],
  'derivatives-500': [1, 500, 500],
};

const paperModel: ModelConfig = {
  architecture: 'cgcnn',
  form: 'paper',
  cutoff: 8,
  neighbours: { most: 250, rule: 'exact', imageCap: 2 },
  width: 0.2,
  filter: 'table',
  channels: 100,
  hidden: 150,
  convolutions: 4,
};
const physicalModel: ModelConfig = {
  ...paperModel,
  form: 'physical',
  neighbours: { most: null, rule: 'shell', imageCap: null },
};
const laptopModel: ModelConfig = { ...physicalModel, cutoff: 5 };
const smokeModel: ModelConfig = { ...physicalModel, cutoff: 4, channels: 16, hidden: 16, convolutions: 2 };
const models: Readonly<Record<Preset, ModelConfig>> = {
  paper: paperModel,
  physical: physicalModel,
  laptop: laptopModel,
  smoke: smokeModel,
};

/** Edges of a batch that fit a few hundred megabytes, whatever the structures. */
const EDGES = 600_000;
const paperTraining: TrainingConfig = {
  epochs: 100,
  batch: { structures: 50, edges: EDGES },
  learningRate: 2e-3,
  schedule: 'plateau',
  plateauOn: 'training',
  clip: 10,
  weightDecay: 0.01,
};

/** Small batches: at this size a pre-training starves for optimiser steps. */
const laptopTraining: TrainingConfig = {
  ...paperTraining,
  epochs: 20,
  batch: { structures: 8, edges: 40_000 },
  schedule: 'cosine',
  plateauOn: 'validation',
};

const pretrainPaper: PretrainConfig = {
  task: 'pretrain',
  preset: 'paper',
  seed: 1,
  engine: 'cpu',
  data: [],
  crystals: 480,
  most: null,
  weights: [1, 1, 1],
  energyPer: 'structure',
  references: 'none',
  volume: 'signed',
  oneAtom: false,
  limits: { force: null, stress: null, policy: 'drop' },
  split: { train: 0.8, validation: 0.05, test: 0.15, grouped: false },
  model: paperModel,
  training: paperTraining,
};
const pretrainPhysical: PretrainConfig = {
  ...pretrainPaper,
  preset: 'physical',
  energyPer: 'atom',
  references: 'per-element',
  volume: 'absolute',
  oneAtom: true,
  model: physicalModel,
  training: { ...paperTraining, plateauOn: 'validation' },
};

export function pretrainPreset(preset: Preset): PretrainConfig {
  if (preset === 'paper') return pretrainPaper;
  if (preset === 'physical') return pretrainPhysical;
  const laptop: PretrainConfig = {
    ...pretrainPhysical,
    preset,
    model: models[preset],
    training: laptopTraining,
    split: { train: 0.8, validation: 0.1, test: 0.1, grouped: false },
  };
  return preset === 'laptop'
    ? laptop
    : { ...laptop, crystals: 40, most: 40, training: { ...laptopTraining, epochs: 2, learningRate: 1e-2 } };
}

const finetunePaper: FinetuneConfig = {
  task: 'finetune',
  preset: 'paper',
  seed: 1,
  engine: 'cpu',
  data: null,
  crystals: 240,
  most: null,
  target: null,
  dropMissing: false,
  from: null,
  pool: 'add',
  oneAtom: false,
  reinitialise: [],
  freeze: [],
  scaling: 'none',
  split: { train: 0.6, validation: 0.2, test: 0.2, grouped: false },
  model: paperModel,
  training: { ...paperTraining, epochs: 200, batch: { structures: 32, edges: EDGES } },
};
const finetunePhysical: FinetuneConfig = {
  ...finetunePaper,
  preset: 'physical',
  oneAtom: true,
  scaling: 'standard',
  // What a head learnt of energies is of no use to another property, and after 0:1:0 it is not even anchored.
  reinitialise: ['post_lin_list', 'lin_out'],
  model: physicalModel,
  training: { ...finetunePaper.training, plateauOn: 'validation' },
};

export function finetunePreset(preset: Preset): FinetuneConfig {
  if (preset === 'paper') return finetunePaper;
  if (preset === 'physical') return finetunePhysical;
  const laptop: FinetuneConfig = {
    ...finetunePhysical,
    preset,
    model: models[preset],
    training: {
      ...finetunePhysical.training,
      epochs: 60,
      batch: { structures: 16, edges: 80_000 },
      schedule: 'cosine',
    },
  };
  return preset === 'laptop'
    ? laptop
    : { ...laptop, crystals: 40, most: 40, training: { ...laptop.training, epochs: 3, learningRate: 1e-2 } };
}
