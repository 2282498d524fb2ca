/**
 * The presets: complete configurations. All defaults of new runs are here.
 *
 * `paper`: what the authors ran, quirks included. `physical`: the same sizes with the quirks mended. `laptop`: physical
 * with a shorter cutoff, small batches and a short training; the default. `smoke`: seconds, to see that all works.
 */
import { type Architecture, type ModelConfig, modelOf } from '../nn/index.ts';
import { USUAL_ARCHITECTURE } from '../nn/models/index.ts';
import type { FinetuneConfig, Preset, PretrainConfig, TrainingConfig } from './config.ts';

/** Ratios by name, all of them the paper's: energy, forces, stress. */
export const RATIOS: Readonly<Record<string, readonly [number, number, number]>> = {
  energy: [1, 0, 0],
  forces: [0, 1, 0],
  'forces-stress': [0, 1, 1],
  equal: [1, 1, 1],
  'derivatives-500': [1, 500, 500],
};

const allNeighbours = { most: null, rule: 'shell', imageCap: null } as const;

/** A model as a preset wants it. */
function model(preset: Preset, architecture: Architecture): ModelConfig {
  const { full, small } = modelOf({ architecture }).sizes;
  return {
    architecture,
    form: preset === 'paper' ? 'paper' : 'physical',
    cutoff: { paper: 8, physical: 8, laptop: 5, smoke: 4 }[preset],
    neighbours: preset === 'paper' ? { most: 250, rule: 'exact', imageCap: 2 } : allNeighbours,
    filter: 'table',
    ...(preset === 'smoke' ? small : full),
  } as ModelConfig;
}

/** Edges of a batch that fit a few hundred megabytes, whatever the structures. */
const EDGES = 600_000;
const paperTraining: TrainingConfig = {
  epochs: 100,
  batch: { structures: 50, edges: EDGES },
  learningRate: modelOf({ architecture: USUAL_ARCHITECTURE }).learningRate,
  schedule: 'plateau',
  plateauOn: 'training',
  clip: 10,
  weightDecay: 0.01,
  patience: null,
  average: null,
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
  strategy: 'forces',
  seed: 1,
  engine: 'cpu',
  data: [],
  crystals: 480,
  most: null,
  maxAtoms: null,
  weights: [1, 1, 1],
  energyPer: 'structure',
  references: 'none',
  volume: 'signed',
  oneAtom: false,
  limits: { force: null, stress: null, policy: 'drop' },
  noise: { sigma: 0.1, sign: 'paper', maxForce: 0.05 },
  split: { train: 0.8, validation: 0.05, test: 0.15, grouped: false },
  model: model('paper', USUAL_ARCHITECTURE),
  training: paperTraining,
};
const pretrainPhysical: PretrainConfig = {
  ...pretrainPaper,
  preset: 'physical',
  energyPer: 'atom',
  references: 'per-element',
  volume: 'absolute',
  oneAtom: true,
  noise: { ...pretrainPaper.noise, sign: 'restoring' },
  model: model('physical', USUAL_ARCHITECTURE),
  training: { ...paperTraining, plateauOn: 'validation' },
};

/** The configuration with another architecture in it. */
function withArchitecture<T extends PretrainConfig | FinetuneConfig>(config: T, architecture: Architecture): T {
  if (architecture === USUAL_ARCHITECTURE) return config;
  const { learningRate: usual } = modelOf({ architecture: USUAL_ARCHITECTURE });
  const learningRate = (config.training.learningRate / usual) * modelOf({ architecture }).learningRate;
  return { ...config, model: model(config.preset, architecture), training: { ...config.training, learningRate } };
}

/**
 * A complete configuration of a pre-training: `paper`, `physical`, `laptop` or `smoke`, for one of the models (default:
 * CGCNN).
 *
 * @example
 * pretrainPreset('paper').model.cutoff;  // 8
 */
export const pretrainPreset = (preset: Preset, architecture: Architecture = USUAL_ARCHITECTURE): PretrainConfig =>
  withArchitecture(pretrainCGCNN(preset), architecture);

/**
 * A complete configuration of a fine-tuning: `paper`, `physical`, `laptop` or `smoke`, for one of the models (default:
 * CGCNN).
 *
 * @example
 * finetunePreset('laptop', 'torchmd-et').training.learningRate;  // 0.0002
 */
export const finetunePreset = (preset: Preset, architecture: Architecture = USUAL_ARCHITECTURE): FinetuneConfig =>
  withArchitecture(finetuneCGCNN(preset), architecture);

function pretrainCGCNN(preset: Preset): PretrainConfig {
  if (preset === 'paper') return pretrainPaper;
  if (preset === 'physical') return pretrainPhysical;
  const laptop: PretrainConfig = {
    ...pretrainPhysical,
    preset,
    model: model(preset, USUAL_ARCHITECTURE),
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
  maxAtoms: null,
  target: null,
  unit: null,
  dropMissing: false,
  from: null,
  pool: 'add',
  oneAtom: false,
  head: 'kept',
  reinitialise: [],
  freeze: [],
  scaling: 'none',
  split: { train: 0.6, validation: 0.2, test: 0.2, grouped: false },
  model: model('paper', USUAL_ARCHITECTURE),
  training: { ...paperTraining, epochs: 200, batch: { structures: 32, edges: EDGES } },
};
const finetunePhysical: FinetuneConfig = {
  ...finetunePaper,
  preset: 'physical',
  oneAtom: true,
  scaling: 'standard',
  // What a head learnt of energies is of no use to another property, and after 0:1:0 it is not even anchored.
  head: 'fresh',
  model: model('physical', USUAL_ARCHITECTURE),
  training: { ...finetunePaper.training, plateauOn: 'validation' },
};

function finetuneCGCNN(preset: Preset): FinetuneConfig {
  if (preset === 'paper') return finetunePaper;
  if (preset === 'physical') return finetunePhysical;
  const laptop: FinetuneConfig = {
    ...finetunePhysical,
    preset,
    model: model(preset, USUAL_ARCHITECTURE),
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
