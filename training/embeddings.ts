/**
 * Atoms as a network sees them: rows of its last layer before pooling, of atoms drawn evenly from structures.
 *
 * Which atoms are drawn depends on the structures, their number and the seed alone, so that networks can be compared.
 */

import { UserError } from '../files/errors.ts';
import type { Structure } from '../graph/index.ts';
import {
  applyTransfer,
  edgeVectors,
  feedGraph,
  graphInputs,
  type ModelConfig,
  type Network,
  network,
  planTransfer,
} from '../nn/index.ts';
import { compile, type Engine, fold, key, permutation } from '../tensor/index.ts';
import { graphService } from './batches/graph-service.ts';
import { type BatchLimits, groupByEdges } from './batches/group.ts';

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
export type Weights = string | { readonly model: ModelConfig; readonly seed: number };

const LIMITS: BatchLimits = { structures: 64, edges: 200_000 };

/** Every atom with the same chance. */
export function drawAtoms(structures: readonly Structure[], most: number, seed: number): Atom[] {
  const total = structures.reduce((sum, { numbers }) => sum + numbers.length, 0);
  const chosen =
    total > most
      ? permutation(fold(key(seed), 'atoms'), total)
          .subarray(0, most)
          .sort()
      : undefined;
  const atoms: Atom[] = [];
  // Atoms are numbered through all structures; those chosen come in the order of their numbers.
  let first = 0;
  for (const [structure, { numbers }] of structures.entries()) {
    for (let atom = 0; atom < numbers.length; atom++) {
      if (chosen && chosen[atoms.length] !== first + atom) continue;
      atoms.push({ structure, atom });
    }
    first += numbers.length;
  }
  return atoms;
}

/** The network; its head, which is not looked at, may be of another kind (see tasks/head-denoising.ts). */
function networkOf(weights: Weights, engine: Engine): { net: Network; model: ModelConfig } {
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

/** Embeddings of at most `most` atoms of the structures. */
export async function embeddingsOf(
  weights: Weights,
  structures: readonly Structure[],
  { engine, most, seed, helper, limits = LIMITS }: EmbeddingOptions,
): Promise<Embeddings> {
  const atoms = drawAtoms(structures, most, seed);
  if (atoms.length === 0) throw new UserError('Embeddings: expected structures with atoms, got none.');
  const { net, model } = networkOf(weights, engine);
  const inputs = graphInputs();
  const embed = compile(inputs, { rows: net.embed(inputs, edgeVectors(inputs)) }, { engine });
  const { channels } = model;
  const vectors = new Float32Array(atoms.length * channels);
  const used = [...new Set(atoms.map(({ structure }) => structure))];
  const graphs = await graphService(structures, model, { helper });
  try {
    // Atoms come structure by structure, as the groups do.
    let next = 0;
    for (const group of groupByEdges(graphs.counts, used, limits)) {
      const { rows } = await embed(feedGraph(await graphs.batch(group), net.grid));
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
