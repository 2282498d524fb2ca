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
  type Network,
  type Parameters,
  plateauStart,
  plateauStep,
  readParameters,
  writeParameters,
} from '../nn/index.ts';
import type { Engine } from '../tensor/index.ts';
import type { TrainingConfig } from './config.ts';
import { type LoopState, resumable, toJson } from './loop-state.ts';
import { type About, BEST, checkpointOf, LAST, loadWeights, writeCheckpoint } from './run-folder/checkpoint.ts';
import type { RunFolder } from './run-folder/folder.ts';
import type { MetricsLine } from './run-folder/metrics.ts';
import type { LabelledBatch, Task, Validation } from './task.ts';

/** What the loop needs of a task. */
export type Trained<Labels> = Pick<Task<Labels>, 'trainingStep' | 'prepare' | 'step' | 'validate'> & {
  readonly network: Pick<Network, 'parameters'>;
};

/** Where a task is trained, and in which order it sees structures. */
export interface Setup {
  readonly engine: Engine;
  readonly about: About;
  /** Numbers of the structures of each batch of an epoch (from 0), a function of the epoch alone. */
  groups(epoch: number): readonly (readonly number[])[];
  structures(group: readonly number[]): LabelledStructure[];
}

/** A line of metrics.jsonl; `training` is the mean loss of the epoch's steps. Epoch 0 is the network before training. */
export interface EpochLine extends MetricsLine {
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

type Weights = ReturnType<typeof readParameters>;

/** One training under way: its state, and what to do with a batch, at the end of an epoch and for a checkpoint. */
class Loop<Labels> {
  private state: LoopState;
  /** The best network since the last checkpoint, if there is a better one. */
  private better: Weights | undefined;
  private saved = Date.now();
  /** Of all epochs. */
  private readonly steps: number;

  constructor(
    private readonly task: Trained<Labels>,
    private readonly setup: Setup,
    private readonly folder: RunFolder,
    private readonly training: TrainingConfig,
    private readonly control: RunControl,
    private readonly events: LoopEvents,
  ) {
    this.state = start(training.learningRate);
    this.steps = stepsOf(setup, training.epochs);
  }

  /** The best epoch; undefined if the training was stopped. */
  async run(): Promise<number | undefined> {
    await this.begin();
    while (!this.isOver()) {
      const rate = await this.epoch();
      if (rate === undefined) return undefined;
      await this.finishEpoch(rate);
    }
    const { epoch, best } = this.state;
    if (epoch < this.training.epochs) this.events.early?.(epoch, best!.epoch);
    return best!.epoch;
  }

  /** Goes on where the last checkpoint was written, or validates the untrained network. */
  private async begin(): Promise<void> {
    const { task, setup, folder, events } = this;
    const found = resumable(folder);
    if (!found) {
      await folder.metrics.rewind(0);
      events.started?.(0, this.steps, 0);
      await this.finishEpoch(0);
      return;
    }
    const last = folder.file(LAST);
    loadWeights(task.network.parameters, setup.engine, found.checkpoint.parameters, last);
    this.state = found.state;
    this.insistOnPlace(last);
    task.trainingStep.restore(found.checkpoint.optimiser, this.state.step);
    await folder.metrics.rewind(this.state.metrics);
    events.started?.(this.state.step, this.steps, this.state.epoch);
  }

  /** Throws UserError unless the numbers of epochs, batches and steps of the checkpoint at `path` are those of this training. */
  private insistOnPlace(path: string): void {
    const { epochs } = this.training;
    const { epoch, group, step, best } = this.state;
    const expected = group + stepsOf(this.setup, Math.min(epoch, epochs));
    const fits = epoch <= epochs && group <= (epoch === epochs ? 0 : this.setup.groups(epoch).length);
    if (fits && expected === step && (best?.epoch ?? 0) <= epoch) return;
    throw new UserError(
      `${path}: says that it is from batch ${group} of epoch ${epoch + 1}, step ${step}, which is no moment of this ` +
        `training (${epochs} epochs). Is it the checkpoint of another run?`,
    );
  }

  /** The batches of an epoch that are not done. Gives the last learning rate; undefined if it was told to stop. */
  private async epoch(): Promise<number | undefined> {
    const groups = this.setup.groups(this.state.epoch);
    let next = this.prepared(groups);
    // The epoch's line names the rate of its last step, also if that was the last thing before a kill.
    let rate = this.rateOf(Math.max(0, this.state.step - 1));
    while (this.state.group < groups.length) {
      // Without helpers nothing here waits for the outside: signals are heard, and timers run, in between only.
      await turn();
      if (this.control.stop()) {
        await next?.catch(() => {});
        await this.save();
        return undefined;
      }
      const batch = await next!;
      // Prepared by a helper thread while this step computes.
      next = this.prepared(groups, 1);
      rate = this.rateOf(this.state.step);
      await this.step(batch, rate, groups[this.state.group]);
      if (this.isDue()) await this.save();
    }
    this.state = { ...this.state, epoch: this.state.epoch + 1 };
    return rate;
  }

  /** The batch `ahead` of the next one; it may fail while a step is awaited, and is told of when its turn comes. */
  private prepared(groups: readonly (readonly number[])[], ahead = 0): Promise<LabelledBatch<Labels>> | undefined {
    const group = groups[this.state.group + ahead];
    if (group === undefined) return undefined;
    const batch = this.task.prepare(group, this.state.epoch);
    batch.catch(() => {});
    return batch;
  }

  private async step(batch: LabelledBatch<Labels>, rate: number, group: readonly number[]): Promise<void> {
    const { loss, norm } = await this.task.step(batch, rate);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw await this.badLoss(group, loss, norm);
    const { sums, step, group: done } = this.state;
    const clipped = sums.clipped + (norm > this.training.clip ? 1 : 0);
    const added = { loss: sums.loss + loss, norm: sums.norm + norm, clipped };
    this.state = { ...this.state, group: done + 1, step: step + 1, sums: added };
    this.events.step?.(this.state.step, loss);
  }

  /** Keeps the batch that made a loss or a gradient not finite; checkpoints are left as they are. */
  private async badLoss(group: readonly number[], loss: number, norm: number): Promise<UserError> {
    const structures = this.setup.structures(group);
    const path = this.folder.file('offending-batch.extxyz.gz');
    await writeExtxyz(path, structures);
    const what = Number.isFinite(loss) ? `The gradient's norm became ${norm}` : `The loss became ${loss}`;
    const ids = structures.map(({ id }) => id);
    const shown = ids.slice(0, 4).join(', ') + (ids.length > 4 ? ` and ${ids.length - 4} more` : '');
    return new UserError(
      `${what} in step ${this.state.step + 1} (structures ${shown}). The batch is in ${path}; ${LAST} is from before it. ` +
        'Look at the batch for wrong labels or overlapping atoms, leave outliers out (limits.force, limits.stress), ' +
        'or use a smaller learning rate.',
    );
  }

  /** Validates, writes the epoch's line, and remembers the network if there was no better one. */
  private async finishEpoch(rate: number): Promise<void> {
    const [validation, validated] = await this.validated();
    const { epoch, step, group, sums, best, plateau } = this.state;
    const mean = (sum: number) => (group === 0 ? null : sum / group);
    const line: EpochLine = {
      kind: 'epoch',
      epoch,
      step,
      rate,
      training: mean(sums.loss),
      norm: mean(sums.norm),
      clipped: mean(sums.clipped),
      validation,
    };
    this.folder.metrics.append(line);
    const improved = best === null || validation.loss < best.loss;
    const onTraining = this.training.plateauOn === 'training';
    const watched = onTraining ? (line.training ?? Number.POSITIVE_INFINITY) : validation.loss;
    this.state = {
      ...this.state,
      group: 0,
      sums: nothing,
      // The untrained network is a candidate, but the plateau watches training.
      plateau: epoch === 0 ? plateau : plateauStep(plateau, watched),
      best: improved ? { epoch, loss: validation.loss } : best,
    };
    // Checked here, too, and not only in save(): what is not finite is never the best.
    const now = this.finite(validated);
    if (improved) this.better = now;
    if (epoch === 0 || this.isOver() || this.isDue()) await this.save();
    this.events.epoch?.(line, improved);
  }

  /** Errors of the network, with means in place of its weights where the training step keeps means, and what was validated. */
  private async validated(): Promise<[Validation, Weights]> {
    const { task, setup } = this;
    const { parameters } = task.network;
    await setup.engine.sync();
    const averages = task.trainingStep.averages();
    const raw = averages && readParameters(parameters, setup.engine);
    if (raw) writeParameters(parameters, setup.engine, { ...raw, ...averages });
    try {
      const validation = await task.validate();
      const validated = await this.weights();
      if (Number.isFinite(validation.loss)) return [validation, validated];
      throw new UserError(
        `The validation loss became ${validation.loss} after epoch ${this.state.epoch}; checkpoints are from before it. ` +
          'Use a smaller learning rate, or leave outliers out of the data.',
      );
    } finally {
      if (raw) writeParameters(parameters, setup.engine, raw);
    }
  }

  private async weights(): Promise<Weights> {
    await this.setup.engine.sync();
    return readParameters(this.task.network.parameters, this.setup.engine);
  }

  /** A step may have led to weights that are not numbers: no checkpoint takes them in. */
  private finite(values: Weights): Weights {
    const bad = Object.entries(values).find(([, { data }]) => !data.every(Number.isFinite));
    if (!bad) return values;
    throw new UserError(
      `${bad[0]} has values that are not finite after step ${this.state.step}; the checkpoints are from before it. ` +
        'Use a smaller learning rate, or leave outliers out of the data.',
    );
  }

  private async save(): Promise<void> {
    const { folder, setup, task } = this;
    const { about } = setup;
    this.state = { ...this.state, metrics: folder.metrics.sync() };
    if (this.better) await writeCheckpoint(folder.file(BEST), { about, parameters: this.better, optimiser: {} });
    this.better = undefined;
    await writeCheckpoint(folder.file(LAST), {
      about,
      parameters: this.finite(await this.weights()),
      optimiser: task.trainingStep.state(),
      loop: toJson(this.state),
    });
    this.saved = Date.now();
  }

  private rateOf(step: number): number {
    const { schedule, learningRate } = this.training;
    if (schedule === 'cosine') return cosineRate(step, this.steps, learningRate);
    return schedule === 'plateau' ? this.state.plateau.rate : learningRate;
  }

  /** All epochs are done, or too many since the best one. */
  private isOver(): boolean {
    const { epochs, patience } = this.training;
    const { epoch, best } = this.state;
    return epoch === epochs || (patience !== null && best !== null && epoch - best.epoch >= patience);
  }

  private isDue(): boolean {
    return Date.now() - this.saved > 1000 * this.control.checkpointSeconds;
  }
}

/**
 * Trains to the end, until patience ends, or until told to stop. Returns the best epoch, whose parameters are in BEST;
 * undefined if stopped.
 */
export const train = <Labels>(
  task: Trained<Labels>,
  setup: Setup,
  folder: RunFolder,
  training: TrainingConfig,
  control: RunControl,
  events: LoopEvents = {},
): Promise<number | undefined> => new Loop(task, setup, folder, training, control, events).run();

/** Steps of the first `epochs` epochs. */
function stepsOf({ groups }: Setup, epochs: number): number {
  let steps = 0;
  for (let epoch = 0; epoch < epochs; epoch++) steps += groups(epoch).length;
  return steps;
}

/** Gives a network the weights of the best one of its run. */
export function loadBest(folder: RunFolder, parameters: Parameters, engine: Engine): void {
  const { parameters: weights, path } = checkpointOf(folder.file(BEST));
  loadWeights(parameters, engine, weights, path);
}
