/**
 * `npm run pretrain`: a network learns energies, forces and stress of labelled structures, or to remove noise.
 *
 *   npm run pretrain -- --data A.extxyz.gz B.extxyz.gz --out runs/forces
 *   npm run pretrain -- --strategy derivative-denoising --data RELAXED.extxyz.gz --out runs/denoising
 *   npm run pretrain -- --resume runs/forces
 */
import { Option } from 'commander';
import { type CpuPlan, type Plan, printProfile } from '../tensor/index.ts';
import { type PretrainConfig, pretrainSchema, STRATEGY_NAMES } from '../training/config.ts';
import { pretrainPreset } from '../training/presets.ts';
import { pretraining } from '../training/pretraining.ts';
import {
  type CommonFlags,
  commonOptions,
  commonTree,
  interruption,
  natural,
  positive,
  positiveInteger,
  ratio,
  script,
} from './cli/options.ts';
import { runScript } from './cli/run-script.ts';
import { session } from './cli/session.ts';
import { pretrainLines } from './cli/show-pretraining.ts';
import { showUnheeded } from './config/differences.ts';
import { architectureIn, merged, parseConfig } from './config/resolve.ts';

interface Flags extends CommonFlags {
  readonly data?: string[];
  readonly weights?: readonly [number, number, number];
  readonly strategy?: PretrainConfig['strategy'];
  readonly noise?: number;
  readonly sign?: 'paper' | 'restoring';
  readonly crystals?: number;
  readonly profile?: true;
}

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
    new Option('--strategy <name>', 'labelled forces, or removing noise from relaxed structures (forces)').choices(
      STRATEGY_NAMES,
    ),
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
  const flags = command.parse().opts<Flags>();
  const { preset, over } = commonTree(flags, {
    data: flags.data,
    strategy: flags.strategy,
    weights: flags.weights,
    noise: { sigma: flags.noise, sign: flags.sign },
    crystals: flags.crystals,
  });
  const template = pretrainPreset(preset, architectureIn(over));
  const config = parseConfig(pretrainSchema, merged(template, over), template);
  const path = flags.resume ?? flags.out ?? 'runs/pretrain';
  const printer: { say: (text: string) => void } = { say: console.log };
  const stop = interruption((text) => printer.say(text));
  const resume = flags.resume !== undefined;
  const { checkpointSeconds } = flags;
  const options = { path, resume, config, schema: pretrainSchema, asked: over, stop, checkpointSeconds };
  await session(options, async ({ config, folder, engine, control }) => {
    const lines = pretrainLines(config, folder);
    printer.say = lines.say;
    const unheeded = resume ? showUnheeded(over, config) : undefined;
    if (unheeded) lines.say(unheeded);
    try {
      const profile = (plan: Plan) => {
        if (config.engine !== 'cpu') return lines.say('No profile: only the engine cpu keeps one.');
        for (const line of printProfile((plan as CpuPlan).report()).split('\n')) lines.say(line);
      };
      const events = flags.profile ? { ...lines.events, plan: profile } : lines.events;
      const result = await pretraining(config, folder, engine, control, events);
      lines.finish(result);
      if (!result) process.exitCode = 130;
    } finally {
      lines.stop();
    }
  });
});
