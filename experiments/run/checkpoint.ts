/**
 * A checkpoint: weights under their names, what the model is, and (in `last`) all that going on needs.
 *
 * One safetensors file, so that it is whole or not there. Numbers are kept exactly: float32 where every number of a
 * tensor is one, else float64.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../../data/index.ts';
import { type NamedArray, readSafetensors, type SavedTensor, writeSafetensors } from '../../nn/index.ts';
import type { ModelConfig } from '../config/schema.ts';
import { UserError } from './user-error.ts';

/** What a network is and what its numbers mean. */
export interface About {
  readonly task: 'pretrain' | 'finetune';
  readonly preset: string;
  readonly model: ModelConfig;
  /** What turns outputs into quantities: reference energies, target scaling ... (JSON). */
  readonly meaning: unknown;
}

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

export function readCheckpoint(path: string): Checkpoint {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${(error as Error).message}). Expected a checkpoint (.safetensors).`);
  }
  const { tensors, metadata } = readSafetensors(bytes, path);
  const parse = (name: string): unknown => {
    try {
      return metadata[name] === undefined ? undefined : JSON.parse(metadata[name]);
    } catch (error) {
      throw new UserError(`${path}: the note '${name}' is damaged (${(error as Error).message}).`);
    }
  };
  const entries = Object.entries(tensors);
  const about = parse('about') as About | undefined;
  return {
    ...(about ? { about } : {}),
    parameters: Object.fromEntries(entries.filter(([name]) => !name.startsWith(OPTIMISER))),
    optimiser: Object.fromEntries(
      entries
        .filter(([name]) => name.startsWith(OPTIMISER))
        .map(([name, tensor]) => [name.slice(OPTIMISER.length), tensor]),
    ),
    loop: parse('loop'),
  };
}

/** The checkpoint that a path means: a file, or the best network of a run's folder. */
export function checkpointOf(path: string): Checkpoint & { readonly path: string } {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const file = isFolder ? join(path, BEST) : path;
  if (isFolder && !existsSync(file)) {
    const seeds = readdirSync(path).filter((name) => existsSync(join(path, name, BEST)));
    const hint = seeds.length === 0 ? '' : ` There is one of each seed: ${join(path, seeds[0]!)}.`;
    throw new UserError(`${path}: holds no ${BEST}. Expected the folder of a run, or a checkpoint.${hint}`);
  }
  return { ...readCheckpoint(file), path: file };
}
