/**
 * `npm start`: the whole story in a few minutes, on the built-in universe or on your own files.
 *
 *   npm start
 *   npm start -- --pretrain FORCES.extxyz.gz ... --finetune PROPERTY.extxyz.gz --target KEY
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { UserError } from '../files/errors.ts';
import { PRESETS, type Preset } from '../training/config.ts';
import { pretrainPreset } from '../training/presets.ts';
import { hasBegun } from '../training/run-folder/folder.ts';
import { makeFreeFolder, removeIfEmpty } from '../training/run-folder/free-folder.ts';
import { merged, parseConfig, type Tree } from './config/resolve.ts';
import { pretrainSchema } from './config/schemas.ts';
import { type Story, tell } from './story.ts';
import {
  naturals,
  positiveInteger,
  ratio,
  resumeOption,
  script,
  tellStopped,
  trainControl,
} from './terminal/options.ts';
import { runScript } from './terminal/run-script.ts';

interface Flags {
  readonly pretrain?: string[];
  readonly finetune?: string;
  readonly target?: string;
  readonly unit?: string;
  readonly dropMissing?: true;
  readonly preset: Preset;
  readonly weights?: readonly [number, number, number];
  readonly seeds: number[];
  readonly pretrainEpochs?: number;
  readonly finetuneEpochs?: number;
  readonly out?: string;
  readonly resume?: string;
}

const OUT = 'runs/start';

const command = script(
  'start',
  'Pre-trains a graph network on forces, fine-tunes it and an untrained twin on properties with few labels, and compares.',
)
  .name('npm start --')
  .option(
    '--pretrain <files...>',
    'structures with energies, forces, stress (default: the built-in universe of 16 metals)',
  )
  .option('--finetune <file>', 'structures with a property (default: relaxed crystals of the built-in universe)')
  .option('--target <key>', "the property's key in the comment lines of --finetune")
  .option('--unit <text>', 'its unit, where the file does not say')
  .option('--drop-missing', 'leave out structures without the property')
  .addOption(new Option('--preset <name>', 'complete set of defaults').choices(PRESETS).default('laptop'))
  .option('--weights <e:f:s>', 'weights of energy, forces and stress in pre-training', ratio)
  .option('--seeds <list>', 'one fine-tuning of each network for each', naturals, [1, 2, 3])
  .option('--pretrain-epochs <n>', 'passes over the structures with forces', positiveInteger)
  .option('--finetune-epochs <n>', 'passes over the structures with a property', positiveInteger)
  .option('--out <folder>', `where everything goes (default: ${OUT}, ${OUT}-2 ...)`)
  .addOption(resumeOption('go on with an interrupted story; give the same flags again'))
  .allowExcessArguments(false);

/**
 * The universe is endless, so a property has few labels and a large test part: differences are seen with little noise.
 * Both properties are independent of the size of a cell, hence the mean.
 */
const FEW_LABELS: Tree = { crystals: 320, split: { train: 0.375, validation: 0.125, test: 0.5 }, pool: 'mean' };
/** Short enough for the whole story in five minutes on two cores. */
const UNIVERSE_EPOCHS = { pretrain: 28, finetune: 60 };

function story(flags: Flags): Story {
  const { preset } = flags;
  const template: Tree = pretrainPreset(preset);
  const isSmoke = preset === 'smoke';
  const epochs = (given: number | undefined, own: boolean, universe: number): Tree => {
    const n = given ?? (own || isSmoke ? undefined : universe);
    return n === undefined ? {} : { training: { epochs: n } };
  };
  const told = merged(epochs(flags.pretrainEpochs, flags.pretrain !== undefined, UNIVERSE_EPOCHS.pretrain), {
    data: flags.pretrain,
    weights: flags.weights,
  });
  const pretrain = parseConfig(pretrainSchema, merged(template, told), template);
  const training = epochs(flags.finetuneEpochs, flags.finetune !== undefined, UNIVERSE_EPOCHS.finetune);
  const common = merged(training, { dropMissing: flags.dropMissing });
  const finetunes =
    flags.finetune === undefined
      ? ['formation_energy', 'bulk_modulus'].map((target) => ({ ...(isSmoke ? {} : FEW_LABELS), ...common, target }))
      : [merged(common, { data: flags.finetune, target: flags.target, unit: flags.unit })];
  if (flags.resume !== undefined && !existsSync(flags.resume)) {
    throw new UserError(`${flags.resume}: no such folder, so there is no story to go on with.`);
  }
  const path = flags.resume ?? flags.out ?? makeFreeFolder(OUT);
  if (flags.resume === undefined && hasBegun(join(path, 'pretrain'))) {
    throw new UserError(`${path}: holds a story already. Go on with --resume ${path}, or choose another --out.`);
  }
  return { path, preset, pretrain, finetunes, seeds: flags.seeds };
}

runScript(async () => {
  const flags = command.parse().opts<Flags>();
  if ((flags.target ?? flags.unit) !== undefined && flags.finetune === undefined) {
    throw new UserError('--target and --unit tell of a property of the file given by --finetune; that is missing.');
  }
  const started = Date.now();
  const told = story(flags);
  const compared = await tell(told, trainControl()).catch((error: unknown) => {
    if ((flags.out ?? flags.resume) === undefined) removeIfEmpty(told.path);
    throw error;
  });
  if (!compared) return tellStopped(`\nStopped. Go on with the same flags and --resume ${told.path}`);
  console.log(
    `\n${((Date.now() - started) / 1000).toFixed(0)} s. The comparison is drawn in ${told.path}/comparison.png; curves and parity ` +
      `plots of every network are in the plots folders below ${told.path}.`,
  );
});
