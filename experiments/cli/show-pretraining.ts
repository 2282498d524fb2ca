/** What a pre-training prints: the data, a line an epoch, and the errors on the test part beside predicting zero. */
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../../data/index.ts';
import type { PretrainConfig } from '../../training/config.ts';
import type { PretrainingEvents, PretrainingResult } from '../../training/pretraining.ts';
import type { RunFolder } from '../../training/run/folder.ts';
import { type Comparison, ENERGY_NOT_LEARNT, type Errors } from '../../training/tasks/force-errors.ts';
import type { NoiseComparison } from '../../training/tasks/noise-errors.ts';
import { goesOn, type Progress, progress, showPhase } from './progress.ts';
import { columns, number } from './table.ts';

const times = (x: number | null | undefined, factor: number) => (x === null || x === undefined ? null : x * factor);
const showForces = ({ energy, forces, stress }: Partial<Errors>): string[] => [
  number(times(energy, 1000)),
  number(times(forces, 1000)),
  number(times(stress, EV_PER_CUBIC_ANGSTROM_IN_GPA)),
];
const FORCE_UNITS = ['meV/atom', 'meV/A', 'GPa'];

export interface Lines<Events, Result> {
  readonly events: Events;
  readonly say: (text: string) => void;
  /** Prints the result, or how to go on if there is none. */
  readonly finish: (result: Result | undefined) => void;
  /** Takes the bar away. */
  readonly stop: () => void;
}

export function pretrainLines(config: PretrainConfig, folder: RunFolder): Lines<PretrainingEvents, PretrainingResult> {
  const started = Date.now();
  let bar: Progress | undefined;
  const say = (text: string) => {
    folder.log(text);
    if (bar) bar.line(text);
    else console.log(text);
  };
  const row = columns([10, 10, 12, 12, 12]);
  const isForces = config.strategy === 'forces';
  const isHead = config.strategy === 'head-denoising';
  const units = isForces ? FORCE_UNITS : ['A'];
  return {
    say,
    stop: () => bar?.stop(),
    events: {
      phase: (what) => say(showPhase(what)),
      hint: say,
      data({ structures, notes, split, weights }, edges, { name, size: parameters }) {
        const sign = isHead ? '' : ` (${config.noise.sign})`;
        const loss = isForces
          ? `loss ${weights.join(':')} (energy:forces:stress)`
          : `${config.strategy} of ${config.noise.sigma} A${sign}`;
        say(
          `Preset ${config.preset}; ${structures.length} structures of ${config.data.join(', ') || 'the built-in universe'}`,
        );
        for (const note of notes) say(`  ${note}`);
        say(
          `${split.train.length} to learn from (${edges} edges), ${split.validation.length} to validate on, ` +
            `${split.test.length} to test on; seed ${config.seed}`,
        );
        say(`${name}, ${parameters} parameters, cutoff ${config.model.cutoff} A; ${loss}`);
      },
      started(done, steps, epoch) {
        bar = progress(steps, 'pre-training');
        bar.update(done);
        if (done > 0) say(goesOn(epoch, config.training.epochs, done, steps));
        if (done === steps) return;
        say(row('', 'training', 'validation:', '', ''));
        say(row('epoch', 'loss', ...units));
      },
      step: (done, loss) => bar?.update(done, `loss ${loss.toPrecision(3)}`),
      epoch({ epoch, training, validation }, best) {
        const name = epoch === 0 ? 'untrained' : `${epoch}${best ? ' *' : ''}`;
        say(
          row(
            name,
            epoch === 0 ? '' : number(training),
            ...(isForces ? showForces(validation) : [number(validation.noise)]),
          ),
        );
      },
      early: (epoch, best) => say(`Ended after epoch ${epoch}: no lower validation loss since epoch ${best}`),
    },
    finish(result) {
      bar?.stop();
      bar = undefined;
      if (!result) {
        say(`Stopped. Go on with: npm run pretrain -- --resume ${folder.path}`);
        return;
      }
      const line = columns([34, 10, 12, 12, 12]);
      say('');
      say(line('Errors on the test part', 'structures', ...units));
      const shown = (errors: Errors | number) => (typeof errors === 'number' ? [number(errors)] : showForces(errors));
      const both = (name: string, { structures, error, zero }: Comparison | NoiseComparison) => {
        say(line(name, String(structures), ...shown(error)));
        say(line('  predicting zero', '', ...shown(zero)));
      };
      const sources = Object.entries<Comparison | NoiseComparison>(result.testBySource);
      if (sources.length > 1) for (const [name, comparison] of sources) both(name, comparison);
      both('all', result.test);
      if (result.strategy === 'forces' && result.weights[0] === 0) say(ENERGY_NOT_LEARNT);
      say(
        `Best epoch ${result.bestEpoch} of ${config.training.epochs}; ${((Date.now() - started) / 1000).toFixed(0)} s. ` +
          `Everything is in ${folder.path}: best.safetensors, plots/, predictions/, result.json`,
      );
    },
  };
}
