/**
 * Golden model cases: files of one case, and the model, inputs and losses that they describe, built with nn/.
 *
 * Everything is taken from the files (configuration, neighbour limit, loss names), so another set of the same
 * layout with other structures and sizes is read the same way.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStructures } from '../../data/index.ts';
import { collate, type GraphBatch, limitNeighbours, neighbours } from '../../graph/index.ts';
import {
  applyCGCNN,
  applyTorchMDET,
  atoms,
  type CGCNNConfig,
  cgcnnDefaults,
  type ForceFieldPredictions,
  forceFieldLoss,
  forcesAndStress,
  type GraphInputs,
  gaussianBasis,
  graphInputs,
  initCGCNN,
  initTorchMDET,
  labelInputs,
  lossWeightInputs,
  type Parameters,
  type RadialGridOptions,
  readSafetensors,
  type SavedTensor,
  strainedGeometry,
  structures as structureRows,
  type TorchMDETConfig,
  torchmdETDefaults,
  torchmdETGrid,
} from '../../nn/index.ts';
import { input, key, l1Loss, type Numbers, reshape, type Tensor, tensor } from '../../tensor/index.ts';
import { feedGraph, feedLossWeights } from './by-tensor.ts';

export interface GoldenArray {
  readonly shape: number[];
  readonly data: number[];
}

export interface GoldenSummary {
  readonly norm: number;
  readonly sum: number;
  readonly sin_projection: number;
  readonly first: number[];
}

export interface GoldenLoss {
  readonly kind: 'efs' | 'denoise' | 'energy' | 'head';
  readonly weights: number[] | null;
  readonly loss: number;
  readonly no_gradient: string[];
  readonly grad_norm: number;
  readonly grads?: Record<string, GoldenSummary>;
  readonly after5?: Record<string, GoldenSummary>;
  readonly trajectory: { loss: number; grad_norm_before_clip: number }[];
  readonly loss_after_5: number;
}

export interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  readonly config: { model: Record<string, unknown>; graph: { cutoff: number; max_neighbors: number | null } };
  readonly edges: number;
  readonly parameter_order: string[];
  readonly energy?: number[];
  readonly forces?: GoldenArray;
  readonly stress?: GoldenArray;
  readonly output?: GoldenArray;
  readonly losses: Record<string, GoldenLoss>;
  readonly weights: Record<string, SavedTensor>;
}

const tensorsOf = (path: string): Record<string, SavedTensor> => readSafetensors(readFileSync(path), path).tensors;

/** All model cases below the folder of goldens. */
export function goldenCases(goldens: string): GoldenCase[] {
  const models = join(goldens, 'models');
  return readdirSync(models)
    .sort()
    .map((name) => {
      const folder = join(models, name);
      const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
      return { name, folder, ...expected, weights: tensorsOf(join(folder, 'weights.safetensors')) };
    });
}

/** `grads_<loss>` or `after5_<loss>` of a case, in full where they are stored. */
export function goldenTensors(golden: GoldenCase, file: string): Record<string, SavedTensor> | undefined {
  const known = readdirSync(golden.folder).includes(`${file}.safetensors`);
  return known ? tensorsOf(join(golden.folder, `${file}.safetensors`)) : undefined;
}

export interface GoldenModel {
  readonly parameters: Parameters;
  readonly batch: GraphBatch;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The loss of a golden by its kind. */
  readonly loss: (golden: GoldenLoss) => Tensor;
  readonly feeds: (weights: number[] | null) => Map<Tensor, Numbers | number | object>;
}

interface Network {
  readonly parameters: Parameters;
  readonly level: 'graph' | 'node';
  readonly grid: RadialGridOptions;
  readonly apply: (inputs: GraphInputs, vectors: Tensor) => Tensor;
}

type Builder = (golden: GoldenCase, filter: 'exact' | 'table') => Network;

const cgcnn: Builder = ({ config: { model, graph }, weights }, filter) => {
  const { type: _, ...options } = model;
  const config: CGCNNConfig = { ...cgcnnDefaults, ...options, preset: 'paper', filter };
  const parameters = initCGCNN(config, key(0));
  // The stored centres, which are rounded to float32 where the weights are.
  const ours = gaussianBasis(config.edge_dim, graph.cutoff, config.width);
  const centres = weights['distance_expansion.offset'];
  const basis = centres ? { ...ours, centres: tensor(Float64Array.from(centres.data), centres.shape) } : ours;
  return {
    parameters,
    level: config.level,
    grid: { cutoff: graph.cutoff },
    apply: (inputs, vectors) => applyCGCNN(parameters, inputs, vectors, config, basis),
  };
};

const torchmdET: Builder = ({ config: { model } }, filter) => {
  const { type: _, noise_head: __, ...options } = model;
  const config: TorchMDETConfig = { ...torchmdETDefaults, ...options, preset: 'paper', filter };
  const parameters = initTorchMDET(config, key(0));
  return {
    parameters,
    level: config.level,
    // Four times the usual knots: five steps of Adam at ten times its learning rate magnify the tables' error.
    grid: { ...torchmdETGrid(config), knots: 1024 },
    apply: (inputs, vectors) => applyTorchMDET(parameters, inputs, vectors, config),
  };
};

const BUILDERS: Readonly<Record<string, Builder>> = { cgcnn, torchmd_et: torchmdET };

/** The network of a case in preset `paper`, its batch and its losses. */
export async function goldenModel(golden: GoldenCase, filter: 'exact' | 'table'): Promise<GoldenModel> {
  const { cutoff, max_neighbors } = golden.config.graph;
  const build = BUILDERS[String(golden.config.model.type)];
  if (!build) {
    throw new Error(
      `${golden.name}: unknown model '${golden.config.model.type}', expected ${Object.keys(BUILDERS).join(' or ')}.`,
    );
  }
  const structures = await readStructures(join(golden.folder, 'structures.extxyz'));
  const batch = collate(
    structures.map((structure) => {
      const all = neighbours(structure, cutoff);
      return {
        structure,
        edges: max_neighbors === null ? all : limitNeighbours(all, { max: max_neighbors, rule: 'exact' }),
      };
    }),
  );
  const { parameters, level, grid, apply } = build(golden, filter);
  const inputs = graphInputs();
  const shape = strainedGeometry(inputs);
  const output = apply(inputs, shape.vectors);
  const [labels, weights, noise] = [labelInputs(), lossWeightInputs(), input([atoms, 3], 'noise')];
  const energy = level === 'graph' ? reshape(output, [structureRows]) : undefined;
  const predicted: ForceFieldPredictions | undefined = energy && {
    energy,
    ...forcesAndStress(energy, inputs, shape, 'signed'),
  };
  const loss = ({ kind }: GoldenLoss): Tensor => {
    if (kind === 'head') return l1Loss(output, noise);
    if (kind === 'energy') return l1Loss(energy!, labels.energy);
    // Denoising fits the forces to the noise, with the energy at weight zero.
    return forceFieldLoss(predicted!, kind === 'denoise' ? { ...labels, forces: noise } : labels, weights);
  };
  const flat = (pick: (s: (typeof structures)[number]) => Float64Array | undefined): Float64Array =>
    Float64Array.from(structures.flatMap((s) => [...(pick(s) ?? [])]));
  return {
    parameters,
    batch,
    outputs: predicted ? { ...predicted } : { output },
    loss,
    feeds: (given) => {
      const [e = 1, f = 1, s = 0] = given ?? [];
      return new Map<Tensor, Numbers | number | object>([
        ...feedGraph(inputs, batch, grid),
        ...feedLossWeights(weights, [e, f, s]),
        [labels.energy, Float64Array.from(structures, (s) => s.energy ?? 0)],
        [labels.forces, flat((s) => s.forces)],
        [labels.stress, flat((s) => s.stress)],
        [noise, flat((s) => s.arrays.noise)],
      ]);
    },
  };
}
