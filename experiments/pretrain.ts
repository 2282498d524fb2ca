/**
 * `npm run pretrain`: a network learns energies, forces and stress of labelled structures, or to remove noise.
 *
 *   npm run pretrain -- --data A.extxyz.gz B.extxyz.gz --out runs/forces
 *   npm run pretrain -- --strategy derivative-denoising --data RELAXED.extxyz.gz --out runs/denoising
 *   npm run pretrain -- --resume runs/forces
 */
import { Option } from 'commander';
import { pretrainPreset } from '../training/presets.ts';
import { PRETRAINING } from '../training/pretraining.ts';
import { STRATEGY_NAMES } from '../training/tasks/index.ts';
import { architectureIn, merged, parseConfig } from './config/resolve.ts';
import { pretrainSchema } from './config/schemas.ts';
import { pretrainLines } from './terminal/lines.ts';
import {
  type CommonFlags,
  commonOptions,
  natural,
  positive,
  positiveInteger,
  ratio,
  script,
  tellStopped,
  trainControl,
  treeOf,
} from './terminal/options.ts';
import { runScript } from './terminal/run-script.ts';
import { trainIn } from './terminal/train.ts';

const command = commonOptions(
  script('pretrain', 'A network learns energies, forces and stress of labelled structures.'),
)
  .option('--data <files...>', 'extended XYZ, plain or gzipped (default: crystals of the built-in universe)')
  .option(
    '--weights <e:f:s>',
    'weights of energy, forces and stress in the loss, or: energy, forces, forces-stress, equal, derivatives-500',
    ratio,
  )
  .addOption(
    new Option(
      '--strategy <name>',
      'what is learnt, from labels or from relaxed structures without them (forces)',
    ).choices(STRATEGY_NAMES),
  )
  .option('--noise <angstrom>', 'standard deviation of a coordinate in denoising', positive)
  .addOption(
    new Option('--sign <which>', 'derivative denoising: forces along the noise, or against it').choices([
      'paper',
      'restoring',
    ]),
  )
  .option('--crystals <n>', 'crystals of the built-in universe', positiveInteger)
  .option('--seed <n>', 'draws split, weights and order', natural)
  .option('--profile', 'print time and bytes of the kernels of the last training step (engine cpu)');

runScript(async () => {
  const { profile, ...flags } = command.parse().opts<CommonFlags & { readonly profile?: true }>();
  const { preset, over } = treeOf(flags);
  const template = pretrainPreset(preset, architectureIn(over));
  const config = parseConfig(pretrainSchema, merged(template, over), template);
  const path = flags.resume ?? flags.out ?? 'runs/pretrain';
  const plan = { path, resume: flags.resume !== undefined, config, asked: over, profile };
  if (await trainIn(PRETRAINING, plan, pretrainLines, trainControl(flags.checkpointSeconds))) return;
  tellStopped(`Stopped. Go on with: npm run pretrain -- --resume ${path}`);
});
