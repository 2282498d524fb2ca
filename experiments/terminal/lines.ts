/**
 * What a training prints, and writes into the log of its folder: the data, a line an epoch, and errors at the end, beside
 * a bar of progress.
 */
import { type Network, printTransfer } from '../../nn/index.ts';
import { columns, number } from '../../text/columns.ts';
import type { FinetuneConfig, PretrainConfig } from '../../training/config.ts';
import type { FinetuningData, FinetuningResult } from '../../training/finetuning.ts';
import type { LearnEvents, LearntData } from '../../training/learn.ts';
import type { EpochLine } from '../../training/loop.ts';
import type { PretrainingData, PretrainingResult } from '../../training/pretraining.ts';
import type { RunFolder } from '../../training/run-folder/folder.ts';
import type { Comparison } from '../../training/task.ts';
import { strategyOf } from '../../training/tasks/index.ts';
import { goesOn, type Progress, progress, showPhase } from './progress.ts';

/** The words of one kind of training. */
interface Words<Data extends LearntData, Result> {
  /** In front of the progress bar. */
  readonly label: string;
  readonly epochs: number;
  /** Whose weights it begins with; null: fresh ones. */
  readonly from: string | null;
  /** Lines on data and epochs are printed, else only logged; of epochs, each of so many. */
  readonly details: boolean;
  readonly every: number;
  /** The first line on data; notes on them follow. */
  read(data: Data): string;
  made(data: Data, edges: number, net: Network): readonly string[];
  /** Heads of the columns of epochs; known once the data are. */
  header(): readonly string[];
  /** The cells of an epoch after its name. */
  row(name: string, line: EpochLine): string;
  result(result: Result): readonly string[];
}

export interface Lines<Data, Result> {
  readonly events: LearnEvents<Data>;
  readonly say: (text: string) => void;
  /** Prints the result, or that there is none. */
  readonly finish: (result: Result | undefined) => void;
  /** Takes the bar away. */
  readonly stop: () => void;
}

function lines<Data extends LearntData, Result>(folder: RunFolder, words: Words<Data, Result>): Lines<Data, Result> {
  let bar: Progress | undefined;
  const say = (text: string) => {
    folder.log(text);
    if (bar) bar.line(text);
    else console.log(text);
  };
  const tell = words.details ? say : folder.log;
  const all = (texts: readonly string[], to = tell) => {
    for (const text of texts) to(text);
  };
  return {
    say,
    stop: () => bar?.stop(),
    events: {
      phase: (what) => tell(showPhase(what)),
      hint: tell,
      transferred: (plan) => all([`Weights of ${words.from}:`, ...printTransfer(plan).split('\n').map(indented)]),
      read: (data) => all([words.read(data), ...data.notes.map(indented)]),
      made: (data, edges, net) => all(words.made(data, edges, net)),
      started(done, steps, epoch) {
        bar = progress(steps, words.label);
        bar.update(done);
        if (done > 0) say(goesOn(epoch, words.epochs, done, steps));
        if (done < steps) all(words.header());
      },
      step: (done, loss) => bar?.update(done, `loss ${loss.toPrecision(3)}`),
      epoch(line, best) {
        const name = line.epoch === 0 ? 'untrained' : `${line.epoch}${best ? ' *' : ''}`;
        const to = words.details && line.epoch % words.every === 0 ? say : folder.log;
        to(words.row(name, line));
      },
      early: (epoch, best) => tell(`Ended after epoch ${epoch}: no lower validation loss since epoch ${best}`),
    },
    finish(result) {
      bar?.stop();
      bar = undefined;
      all(result ? words.result(result) : [`Stopped in ${folder.path}`], say);
    },
  };
}

const indented = (line: string): string => `  ${line}`;
const scaled = (x: number | null | undefined, scale: number) => number(x == null ? null : x * scale);
const trainingLoss = ({ epoch, training }: EpochLine): string => (epoch === 0 ? '' : number(training));

export function pretrainLines(config: PretrainConfig, folder: RunFolder): Lines<PretrainingData, PretrainingResult> {
  const started = Date.now();
  const strategy = strategyOf(config);
  const quantities = strategy.errors.columns;
  const units = quantities.map(({ unit }) => unit.replace('Å', 'A'));
  const widths = quantities.map(() => 12);
  const row = columns([10, 10, ...widths]);
  const line = columns([34, 10, ...widths]);
  const both = (name: string, { structures, error, zero }: Comparison<unknown>) => {
    const shown = (errors: unknown) => quantities.map(({ of, scale }) => scaled(of(errors), scale));
    return [line(name, String(structures), ...shown(error)), line('  predicting zero', '', ...shown(zero))];
  };
  return lines<PretrainingData, PretrainingResult>(folder, {
    label: 'pre-training',
    from: null,
    epochs: config.training.epochs,
    details: true,
    every: 1,
    read: ({ structures }) =>
      `Preset ${config.preset}; ${structures.length} structures of ${config.data.join(', ') || 'the built-in universe'}`,
    made: (data, edges, { name, size }) => [
      `${data.split.train.length} to learn from (${edges} edges), ${data.split.validation.length} to validate on, ` +
        `${data.split.test.length} to test on; seed ${config.seed}`,
      `${name}, ${size} parameters, cutoff ${config.model.cutoff} A; ${strategy.describe(config, data)}`,
    ],
    header: () => [
      row('', 'training', ...quantities.map((_, k) => (k === 0 ? 'validation:' : ''))),
      row('epoch', 'loss', ...units),
    ],
    row: (name, epoch) =>
      row(
        name,
        trainingLoss(epoch),
        ...quantities.map(({ name: quantity, scale }) => scaled(epoch.validation[quantity], scale)),
      ),
    result(result) {
      const sources = Object.entries(result.testBySource);
      const remark = strategy.remark?.(result);
      return [
        '',
        line('Errors on the test part', 'structures', ...units),
        ...(sources.length > 1 ? sources.flatMap(([name, comparison]) => both(name, comparison)) : []),
        ...both('all', result.test),
        ...(remark === undefined ? [] : [remark]),
        `Best epoch ${result.bestEpoch} of ${config.training.epochs}; ${((Date.now() - started) / 1000).toFixed(0)} s. ` +
          `Everything is in ${folder.path}: best.safetensors, plots/, predictions/, result.json`,
      ];
    },
  });
}

/** About this many lines of epochs of a fine-tuning are printed. */
const LINES = 10;

/** `details`: the report on data and transfer is printed; once is enough for many seeds. */
export function finetuneLines(
  config: FinetuneConfig,
  folder: RunFolder,
  { label, details }: { readonly label: string; readonly details: boolean },
): Lines<FinetuningData, FinetuningResult> {
  const row = columns([10, 12, 14]);
  let unitOfTarget = '';
  return lines<FinetuningData, FinetuningResult>(folder, {
    label,
    from: config.from,
    epochs: config.training.epochs,
    details,
    every: Math.max(1, Math.round(config.training.epochs / LINES)),
    read({ structures, target, unit }) {
      unitOfTarget = unit;
      const from = config.data ?? 'the built-in universe';
      return `Preset ${config.preset}; ${structures.length} structures of ${from}, target ${target} (${unit})`;
    },
    made({ split, scaling }, _, { name, size }) {
      return [
        `${split.train.length} to learn from, ${split.validation.length} to validate on, ${split.test.length} to test on; ` +
          `scaling ${JSON.stringify(scaling)}`,
        `${name}, ${size} parameters, ${config.pool} pooling`,
      ];
    },
    header: () => [row('epoch', 'training', `val. ${unitOfTarget}`)],
    row: (name, epoch) => row(name, trainingLoss(epoch), number(epoch.validation.property)),
    result: ({ mae, median, unit, seed, bestEpoch }) => [
      `seed ${seed}: test error ${number(mae.test)} ${unit} (validation ${number(mae.validation)}, best epoch ${bestEpoch}; ` +
        `always the median: ${number(median.test)})`,
    ],
  });
}
