/**
 * Atoms as a network sees them: rows of its last layer before pooling, of atoms drawn evenly from structures.
 *
 * Which atoms are drawn depends on the structures, their number and the seed alone, so that networks can be compared.
 */
import { UserError } from '../files/errors.ts';
import type { Structure } from '../graph/index.ts';
import { applyTransfer, edgeVectors, type ModelConfig, type Network, network, planTransfer } from '../nn/index.ts';
import { type Engine, fold, key } from '../tensor/index.ts';
import { graphService } from './batches/graph-service.ts';
import { type BatchLimits, groupByEdges } from './batches/group.ts';
import { graphPredictor } from './graph-step.ts';
import { drawn } from './pretraining.ts';
import { checkpointOf } from './run-folder/checkpoint.ts';

export interface Atom {
  /** Number of the structure, and of the atom in it. */
  readonly structure: number;
  readonly atom: number;
}

export interface Embeddings {
  /** In the order of structures. */
  readonly atoms: readonly Atom[];
  readonly channels: number;
  /** [atoms, channels], row-major. */
  readonly vectors: Float32Array;
}

export interface EmbeddingOptions {
  readonly engine: Engine;
  /** At most so many atoms. */
  readonly most: number;
  readonly seed: number;
  /** Makes graphs on a helper thread. */
  readonly helper: boolean;
  readonly limits?: BatchLimits;
}

/** Where weights come from: the folder of a run, a checkpoint, or a seed for none. */
export type WeightSource = string | { readonly model: ModelConfig; readonly seed: number };

const LIMITS: BatchLimits = { structures: 64, edges: 200_000 };

/** At most so many atoms, every one with the same chance. */
export function drawAtoms(structures: readonly Structure[], most: number, seed: number): readonly Atom[] {
  const all = structures.flatMap(({ numbers }, structure) => Array.from(numbers, (_, atom) => ({ structure, atom })));
  return drawn(all, most, fold(key(seed), 'atoms'));
}

/** The network; its head, which is not looked at, may be of another kind (see tasks/head-denoising.ts). */
function networkOf(weights: WeightSource, engine: Engine): { net: Network; model: ModelConfig } {
  if (typeof weights !== 'string') {
    const { model, seed } = weights;
    return { net: network(model, 'add', fold(key(seed), 'weights')), model };
  }
  const { about, parameters, path } = checkpointOf(weights);
  if (!about) throw new UserError(`${path}: does not say what network it is of. Expected a checkpoint of a run.`);
  const net = network(about.model, 'add', key(0));
  const plan = planTransfer(net.parameters, parameters);
  const missing = plan.skipped.find(({ name }) => !net.head.includes(name.split('.')[0]));
  if (missing) throw new UserError(`${path}: ${missing.name} cannot be used: ${missing.reason}.`);
  applyTransfer(net.parameters, engine, plan);
  return { net, model: about.model };
}

/**
 * Embeddings of at most `most` atoms of the structures, drawn by the seed: rows of the last layer before pooling,
 * [atoms, channels]. `weights` is the folder of a run, a checkpoint, or a model with a seed. Throws a UserError where
 * there are no atoms, and where the checkpoint does not say or does not have what is needed.
 *
 * @example
 * const weights = { model: pretrainPreset('smoke').model, seed: 1 };
 * const options = { engine: defaultEngine(), most: 4, seed: 1, helper: false };
 * const seen = await embeddingsOf(weights, crystals({ count: 2, minAtoms: 2 }), options);
 * seen.vectors.length === seen.atoms.length * seen.channels;  // true
 */
export async function embeddingsOf(
  weights: WeightSource,
  structures: readonly Structure[],
  { engine, most, seed, helper, limits = LIMITS }: EmbeddingOptions,
): Promise<Embeddings> {
  const atoms = drawAtoms(structures, most, seed);
  if (atoms.length === 0) throw new UserError('Embeddings: expected structures with atoms, got none.');
  const { net, model } = networkOf(weights, engine);
  const predict = graphPredictor(engine, net, (inputs) => ({ rows: net.embed(inputs, edgeVectors(inputs)) }));
  const { channels } = model;
  const vectors = new Float32Array(atoms.length * channels);
  const used = [...new Set(atoms.map(({ structure }) => structure))];
  const graphs = await graphService(structures, model, { helper });
  try {
    // Atoms come structure by structure, as the groups do.
    let next = 0;
    for (const group of groupByEdges(graphs.counts, used, limits)) {
      const { rows } = await predict(await graphs.batch(group));
      let first = 0;
      for (const structure of group) {
        for (; atoms[next]?.structure === structure; next++) {
          const at = (first + atoms[next].atom) * channels;
          vectors.set(rows.data.subarray(at, at + channels), next * channels);
        }
        first += structures[structure].numbers.length;
      }
    }
  } finally {
    await graphs.close();
  }
  return { atoms, channels, vectors };
}
