/**
 * `npm start`: a graph network learns energies, forces and stress, of the built-in universe or of your own file.
 *
 *   npm start
 *   npm start -- --data FILE.extxyz[.gz] [--cutoff 5] [--epochs 20] ...
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { DataError, readExtxyz, universe } from '../data/index.ts';
import { cgcnnDefaults } from '../nn/index.ts';
import { type CpuPlan, cpuEngine, printProfile, referenceEngine } from '../tensor/index.ts';
import { type Errors, EV_PER_CUBIC_ANGSTROM_IN_GPA } from './errors.ts';
import type { Ratio } from './force-field.ts';
import { pretrainForceField } from './pretrain-force-field.ts';
import { type Progress, progress } from './progress.ts';

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a number > 0.');
  return value;
};
const positiveInteger = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected an integer > 0.');
  return Number(text);
};
const ratio = (text: string): Ratio => {
  const parts = text.split(':').map(Number);
  if (parts.length !== 3 || !parts.every((w) => w >= 0 && Number.isFinite(w)) || parts.every((w) => w === 0)) {
    throw new InvalidArgumentError('Expected energy:forces:stress, three numbers >= 0, e.g. 1:1:1.');
  }
  return parts as unknown as Ratio;
};

const options = new Command('npm start --')
  .description(
    'Trains a graph network (CGCNN) on energies, forces and stress, and prints its errors on held-out structures.',
  )
  .option('--data <file>', 'extended XYZ, plain or gzipped (default: crystals of the built-in universe of 16 metals)')
  .option('--cutoff <angstrom>', 'neighbours are atoms within this distance', positive, 5)
  .option(
    '--epochs <n>',
    'passes over the training structures (default: what takes two to three minutes)',
    positiveInteger,
  )
  .option('--weights <e:f:s>', 'weights of energy, forces and stress in the loss', ratio, [1, 1, 1] as Ratio)
  .option('--learning-rate <rate>', 'largest learning rate of AdamW', positive, 2e-3)
  .option('--batch <n>', 'structures in a batch', positiveInteger, 8)
  .option('--crystals <n>', 'crystals of the built-in universe', positiveInteger, 480)
  .option('--seed <n>', 'draws crystals, split, weights and order', positiveInteger, 1)
  .addOption(
    new Option(
      '--engine <name>',
      'cpu: WebAssembly on all cores (LATTIGRAD_THREADS limits them); reference: float64, slow',
    )
      .choices(['cpu', 'reference'])
      .default('cpu'),
  )
  .option('--profile', 'print time and bytes of the kernels of the last step')
  .allowExcessArguments(false)
  .parse()
  .opts<{
    data?: string;
    cutoff: number;
    epochs?: number;
    weights: Ratio;
    learningRate: number;
    batch: number;
    crystals: number;
    seed: number;
    engine: 'cpu' | 'reference';
    profile?: true;
  }>();

/** Edges that a default training passes through the network. */
const EDGE_BUDGET = 4_000_000;
/** Edges of a batch, so that memory and the time of a step are bounded whatever the structures. */
const MOST_EDGES = 20_000;

const number = (value: number, width: number): string =>
  (Number.isFinite(value) ? value.toPrecision(4) : '-').padStart(width);
const row = (epoch: string, loss: string, energy: string, forces: string, stress: string): string =>
  `${epoch.padStart(9)} ${loss.padStart(10)} ${energy.padStart(14)} ${forces.padStart(14)} ${stress.padStart(12)}`;

async function main(): Promise<void> {
  const started = Date.now();
  const structures = options.data
    ? await readExtxyz(options.data)
    : await universe({ count: options.crystals, seed: options.seed });
  console.log(
    options.data
      ? `${structures.length} structures of ${options.data}`
      : `${structures.length} crystals of the built-in universe: 16 metals and their alloys, strained and shaken; ` +
          'energies of an embedded-atom potential, forces and stress by differentiating it',
  );
  let bar: Progress | undefined;
  const show = (labels: { energy: boolean; forces: boolean; stress: boolean }, errors: Errors) =>
    [
      labels.energy ? number(1000 * errors.energy, 0) : '-',
      labels.forces ? number(1000 * errors.forces, 0) : '-',
      labels.stress ? number(EV_PER_CUBIC_ANGSTROM_IN_GPA * errors.stress, 0) : '-',
    ] as const;
  let shown = (_: Errors): readonly [string, string, string] => ['', '', ''];
  const result = await pretrainForceField(
    structures,
    options.engine === 'cpu' ? cpuEngine() : referenceEngine(),
    {
      config: { ...cgcnnDefaults, cutoff: options.cutoff },
      ratio: options.weights,
      ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
      edgeBudget: EDGE_BUDGET,
      limits: { structures: options.batch, edges: MOST_EDGES },
      learningRate: options.learningRate,
      heldOutShare: 0.2,
      seed: options.seed,
    },
    {
      started(info) {
        for (const [reason, count] of info.dropped) console.log(`${count} structures are left out: ${reason}`);
        for (const [label, present] of Object.entries(info.labels)) {
          if (!present) console.log(`The data have no ${label}: its weight is set to 0`);
        }
        console.log(
          `CGCNN, ${info.parameters} parameters, cutoff ${options.cutoff} A; loss ${info.ratio.join(':')} (energy:forces:stress)\n` +
            `${info.train} structures to learn from (${info.edges} edges), ${info.heldOut} held out; ${info.epochs} epochs, ${info.steps} steps\n`,
        );
        console.log(row('', 'training', 'held out:', '', ''));
        console.log(row('epoch', 'loss', 'meV/atom', 'meV/A', 'GPa'));
        shown = (errors) => show(info.labels, errors);
        console.log(row('zero', '', ...shown(info.zero)));
        bar = progress(info.steps, 'training');
      },
      step: (done, loss) => bar?.update(done, `loss ${loss.toPrecision(3)}`),
      epoch(epoch, loss, errors) {
        bar?.line(row(epoch === 0 ? 'untrained' : String(epoch), epoch === 0 ? '' : number(loss, 0), ...shown(errors)));
      },
    },
  );
  bar?.stop();
  const { untrained, trained, zero, plan } = result;
  if (options.profile && options.engine === 'cpu') console.log(`\n${printProfile((plan as CpuPlan).report())}`);
  const meV = (x: number) => (1000 * x).toPrecision(3);
  console.log(
    `\nMean error of a force component on held-out structures: ${meV(untrained.forces)} meV/A untrained, ` +
      `${meV(trained.forces)} after training (predicting no force: ${meV(zero.forces)}). ` +
      `${((Date.now() - started) / 1000).toFixed(0)} s.`,
  );
}

main().catch((error: unknown) => {
  // What the user can mend is said in one line; anything else keeps its trace.
  const expected = error instanceof DataError || (error instanceof Error && error.constructor === Error);
  console.error(expected ? `\n${(error as Error).message}` : error);
  process.exitCode = 1;
});
