/** What a fine-tuning prints: what was transferred, a line now and then, and the error beside that of always the median. */
import { printTransfer } from '../../nn/index.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import type { FinetuningEvents, FinetuningResult } from '../../training/finetuning.ts';
import type { RunFolder } from '../../training/run/folder.ts';
import { goesOn, type Progress, progress, showPhase } from './progress.ts';
import type { Lines } from './show-pretraining.ts';
import { columns, number } from './table.ts';

/** About this many lines of epochs are printed. */
const LINES = 10;

export interface FinetuneShow {
  /** In front of the progress bar. */
  readonly label: string;
  /** The report on data and transfer is printed (else only logged): once is enough for many seeds. */
  readonly details: boolean;
}

export function finetuneLines(
  config: FinetuneConfig,
  folder: RunFolder,
  { label, details }: FinetuneShow,
): Lines<FinetuningEvents, FinetuningResult> {
  let bar: Progress | undefined;
  const say = (text: string) => {
    folder.log(text);
    if (bar) bar.line(text);
    else console.log(text);
  };
  const tell = details ? say : folder.log;
  const row = columns([10, 12, 14]);
  let header = '';
  const every = Math.max(1, Math.round(config.training.epochs / LINES));
  return {
    say,
    stop: () => bar?.stop(),
    events: {
      phase: (what) => tell(showPhase(what)),
      hint: tell,
      data({ structures, notes, split, target, unit, scaling }, { name, size: parameters }) {
        tell(
          `Preset ${config.preset}; ${structures.length} structures of ${config.data ?? 'the built-in universe'}, ` +
            `target ${target} (${unit})`,
        );
        for (const note of notes) tell(`  ${note}`);
        tell(
          `${split.train.length} to learn from, ${split.validation.length} to validate on, ${split.test.length} to test on; ` +
            `scaling ${JSON.stringify(scaling)}`,
        );
        tell(`${name}, ${parameters} parameters, ${config.pool} pooling`);
        header = row('epoch', 'training', `val. ${unit}`);
      },
      transfer: (plan) => {
        tell(`Weights of ${config.from}:`);
        for (const line of printTransfer(plan).split('\n')) tell(`  ${line}`);
      },
      started(done, steps, epoch) {
        bar = progress(steps, label);
        bar.update(done);
        if (done > 0) say(goesOn(epoch, config.training.epochs, done, steps));
        if (done < steps) tell(header);
      },
      step: (done, loss) => bar?.update(done, `loss ${loss.toPrecision(3)}`),
      epoch({ epoch, training, validation }, best) {
        const name = epoch === 0 ? 'untrained' : `${epoch}${best ? ' *' : ''}`;
        const line = row(name, epoch === 0 ? '' : number(training), number(validation.property));
        if (details && epoch % every === 0) say(line);
        else folder.log(line);
      },
      early: (epoch, best) => tell(`Ended after epoch ${epoch}: no lower validation loss since epoch ${best}`),
    },
    finish(result) {
      bar?.stop();
      bar = undefined;
      if (!result) {
        say(`Stopped in ${folder.path}`);
        return;
      }
      const { mae, median, unit, seed, bestEpoch } = result;
      say(
        `seed ${seed}: test error ${number(mae.test)} ${unit} (validation ${number(mae.validation)}, best epoch ${bestEpoch}; ` +
          `always the median: ${number(median.test)})`,
      );
    },
  };
}
