/**
 * The training loop: epochs of batches, a validation after each, the best network kept, everything resumable.
 *
 * All state is in the parameters, the optimiser and a small record; a checkpoint holds the three, so that a run that
 * was killed anywhere goes on to the same bits. Order of writing: metrics, best, last. A checkpoint names how many
 * bytes of metrics belong to it; later ones are forgotten on resuming, and what they told of is done again. Where
 * weights are averaged, means are validated and kept in best; training goes on with the weights, which are in last.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { type LabelledStructure, writeExtxyz } from '../data/index.ts';
import { UserError } from '../files/errors.ts';
import {
  cosineRate,
  type Parameters,
  plateauStart,
  plateauStep,
  readParameters,
  type Trainer,
  writeParameters,
} from '../nn/index.ts';
import type { Engine } from '../tensor/index.ts';
import type { TrainingConfig } from './config.ts';
import { type LoopState, resumable, toJson } from './loop-state.ts';
import { type About, BEST, checkpointOf, LAST, loadWeights, writeCheckpoint } from './run/checkpoint.ts';
import type { RunFolder } from './run/folder.ts';

/** What is trained, as the loop sees it. */
export interface Learner<Batch> {
  readonly engine: Engine;
  readonly parameters: Parameters;
  readonly trainer: Trainer;
  readonly about: About;
  /** Numbers of the structures of each batch of an epoch (from 0), a function of the epoch alone. */
  groups(epoch: number): readonly (readonly number[])[];
  prepare(group: readonly number[], epoch: number): Promise<Batch>;
  step(batch: Batch, learningRate: number): Promise<{ loss: number; norm: number }>;
  /** Errors on the validation part of the parameters as they are in the engine; `loss` chooses the best network. */
  validate(): Promise<Readonly<Record<string, number>> & { readonly loss: number }>;
  structures(group: readonly number[]): LabelledStructure[];
}

export interface EpochLine {
  readonly kind: 'epoch';
  /** 0 is the network before training. */
  readonly epoch: number;
  readonly step: number;
  readonly rate: number;
  /** Mean loss of the epoch's steps; null for epoch 0. */
  readonly training: number | null;
  readonly norm: number | null;
  /** Share of steps whose gradients were clipped. */
  readonly clipped: number | null;
  readonly validation: Readonly<Record<string, number>>;
}

export interface LoopEvents {
  /** What is begun now and may take a while, in words: "Reading FILE". */
  phase?(what: string): void;
  /** `epoch` and `step` are finished, of so many steps in all; more than 0 where a run goes on. */
  started?(step: number, steps: number, epoch: number): void;
  step?(done: number, loss: number): void;
  epoch?(line: EpochLine, best: boolean): void;
  /** Patience ended the training after `epoch`, since no validation loss was lower than that of `best`. */
  early?(epoch: number, best: number): void;
}

/** How a run is carried out; no result depends on it. */
export interface RunControl {
  /** Seconds between checkpoints. */
  readonly checkpointSeconds: number;
  /** Asked before every step: true ends the run with a checkpoint. */
  readonly stop: () => boolean;
  /** Batches are made on a helper thread. */
  readonly helper: boolean;
}

const nothing = { loss: 0, norm: 0, clipped: 0 };
const start = (rate: number): LoopState => ({
  epoch: 0,
  group: 0,
  sums: nothing,
  step: 0,
  plateau: plateauStart(rate),
  best: null,
  metrics: 0,
});

/** Runs `body` with means in place of the weights, where the trainer keeps means, and puts the weights back. */
async function withAverages<T>(
  { parameters, engine, trainer }: Pick<Learner<unknown>, 'parameters' | 'engine' | 'trainer'>,
  body: () => Promise<T>,
): Promise<T> {
  await engine.sync();
  const averages = trainer.averages();
  if (!averages) return body();
  const raw = readParameters(parameters, engine);
  writeParameters(parameters, engine, { ...raw, ...averages });
  try {
    return await body();
  } finally {
    writeParameters(parameters, engine, raw);
  }
}

/**
 * Trains to the end, until patience ends, or until told to stop. Returns the best epoch, whose parameters are in BEST;
 * undefined if stopped.
 */
export async function train<Batch>(
  learner: Learner<Batch>,
  folder: RunFolder,
  training: TrainingConfig,
  control: RunControl,
  events: LoopEvents = {},
): Promise<number | undefined> {
  const { engine, parameters, trainer } = learner;
  let steps = 0;
  for (let epoch = 0; epoch < training.epochs; epoch++) steps += learner.groups(epoch).length;

  let state = start(training.learningRate);
  const weights = async () => {
    await engine.sync();
    return readParameters(parameters, engine);
  };
  /** A step may have led to weights that are not numbers: no checkpoint takes them in. */
  const finite = (values: Awaited<ReturnType<typeof weights>>) => {
    const bad = Object.entries(values).find(([, { data }]) => !data.every(Number.isFinite));
    if (!bad) return values;
    throw new UserError(
      `${bad[0]} has values that are not finite after step ${state.step}; the checkpoints are from before it. ` +
        'Use a smaller learning rate, or leave outliers out of the data.',
    );
  };
  /** The best network since the last checkpoint, if there is a better one. */
  let better: ReturnType<typeof finite> | undefined;
  let saved = Date.now();
  const save = async () => {
    state = { ...state, metrics: folder.metrics.sync() };
    if (better) await writeCheckpoint(folder.file(BEST), { about: learner.about, parameters: better, optimiser: {} });
    better = undefined;
    await writeCheckpoint(folder.file(LAST), {
      about: learner.about,
      parameters: finite(await weights()),
      optimiser: trainer.state(),
      loop: toJson(state),
    });
    saved = Date.now();
  };
  /** All epochs are done, or too many since the best one. */
  const isOver = () =>
    state.epoch === training.epochs ||
    (training.patience !== null && state.best !== null && state.epoch - state.best.epoch >= training.patience);
  const isDue = () => Date.now() - saved > 1000 * control.checkpointSeconds;
  const finishEpoch = async (rate: number) => {
    const [validation, validated] = await withAverages(
      learner,
      async () => [await learner.validate(), await weights()] as const,
    );
    if (!Number.isFinite(validation.loss)) {
      throw new UserError(
        `The validation loss became ${validation.loss} after epoch ${state.epoch}; checkpoints are from before it. ` +
          'Use a smaller learning rate, or leave outliers out of the data.',
      );
    }
    const { group, sums } = state;
    const mean = (sum: number) => (group === 0 ? null : sum / group);
    const line: EpochLine = {
      kind: 'epoch',
      epoch: state.epoch,
      step: state.step,
      rate,
      training: mean(sums.loss),
      norm: mean(sums.norm),
      clipped: mean(sums.clipped),
      validation,
    };
    folder.metrics.append(line);
    const improved = state.best === null || validation.loss < state.best.loss;
    const watched = training.plateauOn === 'training' ? (line.training ?? Number.POSITIVE_INFINITY) : validation.loss;
    state = {
      ...state,
      group: 0,
      sums: nothing,
      // The untrained network is a candidate, but the plateau watches training.
      plateau: state.epoch === 0 ? state.plateau : plateauStep(state.plateau, watched),
      best: improved ? { epoch: state.epoch, loss: validation.loss } : state.best,
    };
    // Checked here in any case, so that nothing that is not finite is ever the best.
    const now = finite(validated);
    if (improved) better = now;
    if (state.epoch === 0 || isOver() || isDue()) await save();
    events.epoch?.(line, improved);
  };

  const found = resumable(folder);
  if (found) {
    const last = folder.file(LAST);
    loadWeights(parameters, engine, found.checkpoint.parameters, last);
    state = found.state;
    insistOnPlace(state, learner, training, last);
    trainer.restore(found.checkpoint.optimiser, state.step);
    await folder.metrics.rewind(state.metrics);
    events.started?.(state.step, steps, state.epoch);
  } else {
    await folder.metrics.rewind(0);
    events.started?.(0, steps, 0);
    await finishEpoch(0);
  }

  while (!isOver()) {
    const { epoch } = state;
    const groups = learner.groups(epoch);
    const rateOf = (step: number) => {
      if (training.schedule === 'cosine') return cosineRate(step, steps, training.learningRate);
      return training.schedule === 'plateau' ? state.plateau.rate : training.learningRate;
    };
    const prepared = (group: number) => {
      if (group === groups.length) return undefined;
      const batch = learner.prepare(groups[group], epoch);
      // It may fail while a step is awaited; it is told of when its turn comes.
      batch.catch(() => {});
      return batch;
    };
    let next = prepared(state.group);
    // The epoch's line names the rate of its last step, also if that was the last thing before a kill.
    let rate = rateOf(Math.max(0, state.step - 1));
    while (state.group < groups.length) {
      // Without helpers nothing here waits for the outside: signals are heard, and timers run, in between only.
      await turn();
      if (control.stop()) {
        await next?.catch(() => {});
        await save();
        return undefined;
      }
      const group = groups[state.group];
      const batch = await next!;
      // Prepared by a helper thread while this step computes.
      next = prepared(state.group + 1);
      rate = rateOf(state.step);
      const { loss, norm } = await learner.step(batch, rate);
      if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
        await next?.catch(() => {});
        throw await badLoss(learner, folder, group, state.step + 1, loss, norm);
      }
      state = {
        ...state,
        group: state.group + 1,
        step: state.step + 1,
        sums: {
          loss: state.sums.loss + loss,
          norm: state.sums.norm + norm,
          clipped: state.sums.clipped + (norm > training.clip ? 1 : 0),
        },
      };
      events.step?.(state.step, loss);
      if (isDue()) await save();
    }
    state = { ...state, epoch: epoch + 1 };
    await finishEpoch(rate);
  }
  if (state.epoch < training.epochs) events.early?.(state.epoch, state.best!.epoch);
  return state.best!.epoch;
}

/** Keeps the batch that made a loss or a gradient not finite; checkpoints are left as they are. */
async function badLoss<Batch>(
  learner: Learner<Batch>,
  folder: RunFolder,
  group: readonly number[],
  step: number,
  loss: number,
  norm: number,
): Promise<UserError> {
  const structures = learner.structures(group);
  const path = folder.file('offending-batch.extxyz.gz');
  await writeExtxyz(path, structures);
  const what = Number.isFinite(loss) ? `The gradient's norm became ${norm}` : `The loss became ${loss}`;
  const ids = structures.map(({ id }) => id);
  const shown = ids.slice(0, 4).join(', ') + (ids.length > 4 ? ` and ${ids.length - 4} more` : '');
  return new UserError(
    `${what} in step ${step} (structures ${shown}). The batch is in ${path}; ${LAST} is from before it. ` +
      'Look at the batch for wrong labels or overlapping atoms, leave outliers out (limits.force, limits.stress), ' +
      'or use a smaller learning rate.',
  );
}

/** Throws UserError unless a checkpoint's numbers of epochs, batches and steps are those of this training. */
function insistOnPlace(
  state: LoopState,
  learner: Pick<Learner<unknown>, 'groups'>,
  training: TrainingConfig,
  path: string,
): void {
  const { epoch, group, step } = state;
  let expected = group;
  for (let k = 0; k < Math.min(epoch, training.epochs); k++) expected += learner.groups(k).length;
  const fits = epoch <= training.epochs && group <= (epoch === training.epochs ? 0 : learner.groups(epoch).length);
  if (fits && expected === step && (state.best?.epoch ?? 0) <= epoch) return;
  throw new UserError(
    `${path}: says that it is from batch ${group} of epoch ${epoch + 1}, step ${step}, which is no moment of this ` +
      `training (${training.epochs} epochs). Is it the checkpoint of another run?`,
  );
}

/** Gives a network the weights of the best one of its run. */
export function loadBest(folder: RunFolder, parameters: Parameters, engine: Engine): void {
  const { parameters: weights, path } = checkpointOf(folder.file(BEST));
  loadWeights(parameters, engine, weights, path);
}
