/**
 * A checkpoint: weights under their names, what the model is, and (in `last`) all that going on needs.
 *
 * One safetensors file, so that it is whole or not there. Numbers are kept exactly: float32 where every number of a
 * tensor is one, else float64.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { writeAtomic } from '../../files/atomic.ts';
import { UserError } from '../../files/errors.ts';
import { conform, kindOf, readBytes } from '../../files/read.ts';
import {
  type ModelConfig,
  type NamedArray,
  type Parameters,
  readSafetensors,
  type SavedTensor,
  writeParameters,
  writeSafetensors,
} from '../../nn/index.ts';
import type { Engine } from '../../tensor/index.ts';
import { excerpt } from '../../text/printable.ts';
import { anything, object, oneOf, type Schema, string } from '../../text/schema.ts';
import { parseStrictJson } from '../../text/strict-json.ts';
import { modelSchema } from '../model-schema.ts';

/** What a network is and what its numbers mean. */
export interface About {
  readonly task: 'pretrain' | 'finetune';
  readonly preset: string;
  readonly model: ModelConfig;
  /** What turns outputs into quantities: reference energies, target scaling ... (JSON). */
  readonly meaning: unknown;
}

const aboutSchema: Schema<About> = object({
  task: oneOf(['pretrain', 'finetune']),
  preset: string,
  model: modelSchema,
  meaning: anything,
});

export interface Checkpoint {
  readonly about?: About;
  readonly parameters: Readonly<Record<string, NamedArray>>;
  readonly optimiser: Readonly<Record<string, NamedArray>>;
  /** State of the training loop (JSON). */
  readonly loop?: unknown;
}

/** To go on from. */
export const LAST = 'last.safetensors';
/** The network to use: the one with the lowest validation loss. */
export const BEST = 'best.safetensors';

const OPTIMISER = 'optimiser:';

function saved({ shape, data }: NamedArray): SavedTensor {
  const numbers = Float64Array.from(data as ArrayLike<number>);
  return numbers.every((x) => Object.is(Math.fround(x), x) || Number.isNaN(x))
    ? { dtype: 'F32', shape, data: Float32Array.from(numbers) }
    : { dtype: 'F64', shape, data: numbers };
}

export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const tensors = Object.fromEntries([
    ...Object.entries(checkpoint.parameters).map(([name, array]) => [name, saved(array)] as const),
    ...Object.entries(checkpoint.optimiser).map(([name, array]) => [OPTIMISER + name, saved(array)] as const),
  ]);
  await writeAtomic(
    path,
    writeSafetensors(tensors, {
      ...(checkpoint.about === undefined ? {} : { about: JSON.stringify(checkpoint.about) }),
      ...(checkpoint.loop === undefined ? {} : { loop: JSON.stringify(checkpoint.loop) }),
    }),
  );
}

/** Reads a checkpoint as it is, whatever its numbers are; a file of somebody else has no `about`. */
export function readCheckpoint(path: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(readBytes(path, 'a checkpoint (.safetensors)'), path);
  const parse = (name: string): unknown => {
    if (!Object.hasOwn(metadata, name)) return undefined;
    try {
      return parseStrictJson(metadata[name]);
    } catch (error) {
      throw new UserError(`${path}: the note '${name}' is damaged (${(error as Error).message}).`);
    }
  };
  const entries = Object.entries(tensors);
  const about = parse('about');
  const place = `${path}: the note 'about'`;
  const ofOptimiser = entries.filter(([name]) => name.startsWith(OPTIMISER));
  return {
    ...(about === undefined ? {} : { about: conform(about, aboutSchema, place, 'a checkpoint of a run') }),
    parameters: Object.fromEntries(entries.filter(([name]) => !name.startsWith(OPTIMISER))),
    optimiser: Object.fromEntries(ofOptimiser.map(([name, tensor]) => [name.slice(OPTIMISER.length), tensor])),
    loop: parse('loop'),
  };
}

/** Throws UserError if a number is NaN or infinite, in single precision, in which engines compute. */
export function insistOnFinite(arrays: Readonly<Record<string, NamedArray>>, path: string): void {
  const isBad = (x: number) => !Number.isFinite(Math.fround(x));
  const bad = Object.entries(arrays).filter(([, { data }]) => (data as Float64Array).some(isBad));
  if (bad.length === 0) return;
  const [name, { data }] = bad[0];
  const others = bad.length > 1 ? ` and ${bad.length - 1} more` : '';
  throw new UserError(
    `${path}: ${excerpt(name)}${others} cannot be used: it holds ${(data as Float64Array).find(isBad)}, expected finite ` +
      'numbers (below 3.4e38). Did that training diverge, or is the file damaged? Take another checkpoint.',
  );
}

/** Whether two checkpoints tell of one network: the same names, shapes and meaning. */
export function sameNetwork(a: Checkpoint, b: Checkpoint): boolean {
  const show = ({ about, parameters }: Checkpoint) =>
    JSON.stringify([about ?? null, Object.entries(parameters).map(([name, { shape }]) => [name, shape])]);
  return show(a) === show(b);
}

/**
 * The checkpoint, with weights that can be used, that a path means: a file, or the best network of a run's folder.
 * Throws a UserError if there is none, if it is damaged in what it says of itself, and if a weight is not finite in
 * float32.
 *
 * @example
 * // no-run: needs a run
 * const { about, parameters, path } = checkpointOf('runs/forces');
 * console.log(path, about?.model.architecture, Object.keys(parameters).length);
 */
export function checkpointOf(path: string): Checkpoint & { readonly path: string } {
  const isFolder = kindOf(path) === 'a folder';
  const file = isFolder ? join(path, BEST) : path;
  if (isFolder && !existsSync(file)) {
    const seeds = readdirSync(path).filter((name) => existsSync(join(path, name, BEST)));
    const hint = seeds.length === 0 ? '' : ` There is one of each seed: ${join(path, seeds[0])}.`;
    throw new UserError(`${path}: holds no ${BEST}. Expected the folder of a run, or a checkpoint.${hint}`);
  }
  const checkpoint = readCheckpoint(file);
  insistOnFinite(checkpoint.parameters, file);
  return { ...checkpoint, path: file };
}

/**
 * Gives a network the weights of a checkpoint, all of them; `path` stands for it in messages. Throws a UserError, with
 * nothing written, if names or shapes do not fit.
 *
 * @example
 * const w = variable([0, 0], 'w');
 * loadWeights({ w }, defaultEngine(), { w: { shape: [2], data: [1, 2] } }, 'mine.safetensors');
 * await w.value();  // [1, 2]
 */
export function loadWeights(
  parameters: Parameters,
  engine: Engine,
  weights: Checkpoint['parameters'],
  path: string,
): void {
  try {
    writeParameters(parameters, engine, weights);
  } catch (error) {
    throw new UserError(`${path}: does not fit the network. ${(error as Error).message}`);
  }
}
