/**
 * What a training loop remembers beside weights and optimiser, and the check, before anything is computed, that a run
 * can go on from it: checkpoints whole and finite, metrics as they were.
 */
import { existsSync } from 'node:fs';
import { UserError } from '../files/errors.ts';
import { conform } from '../files/read.ts';
import type { PlateauState } from '../nn/index.ts';
import { atLeastZero, count, nullable, number, object } from '../text/schema.ts';
import { BEST, type Checkpoint, insistOnFinite, LAST, readCheckpoint, sameNetwork } from './run-folder/checkpoint.ts';
import type { RunFolder } from './run-folder/folder.ts';
import { insistOnMetrics } from './run-folder/metrics.ts';

export interface LoopState {
  /** Epochs finished. */
  readonly epoch: number;
  /** Batches of the current epoch finished, and sums over them. */
  readonly group: number;
  readonly sums: { readonly loss: number; readonly norm: number; readonly clipped: number };
  /** Steps in all. */
  readonly step: number;
  readonly plateau: PlateauState;
  readonly best: { readonly epoch: number; readonly loss: number } | null;
  /** How much of metrics.jsonl belongs to this state. */
  readonly metrics: number;
}

const schema = object({
  epoch: count,
  group: count,
  sums: object({ loss: number, norm: number, clipped: count }),
  step: count,
  // JSON has no infinity, with which a plateau begins.
  plateau: object({ rate: atLeastZero, best: nullable(number), bad: count }),
  best: nullable(object({ epoch: count, loss: number })),
  metrics: count,
});

export const toJson = (state: LoopState): object => ({
  ...state,
  plateau: { ...state.plateau, best: Number.isFinite(state.plateau.best) ? state.plateau.best : null },
});

function fromJson(json: unknown, place: string): LoopState {
  const state = conform(json, schema, place, 'a checkpoint to go on from');
  return { ...state, plateau: { ...state.plateau, best: state.plateau.best ?? Number.POSITIVE_INFINITY } };
}

/** From where a run goes on; undefined if it has no checkpoint yet. Throws UserError if a file of it is damaged. */
export function resumable(folder: RunFolder): { checkpoint: Checkpoint; state: LoopState } | undefined {
  const [last, best] = [folder.file(LAST), folder.file(BEST)];
  if (!existsSync(last)) return undefined;
  const checkpoint = readCheckpoint(last);
  const state = fromJson(checkpoint.loop, `${last}: state of the training`);
  insistOnFinite({ ...checkpoint.parameters, ...checkpoint.optimiser }, last);
  insistOnMetrics(folder.file('metrics.jsonl'), state.metrics, state.epoch, state.best);
  if (state.best !== null) {
    // Needed at the very end only, when it would be too late to find out.
    const other = readCheckpoint(best);
    insistOnFinite(other.parameters, best);
    if (!sameNetwork(checkpoint, other)) {
      throw new UserError(`${best}: is not of the network that ${LAST} is of. Is it that of another run?`);
    }
  }
  return { checkpoint, state };
}
