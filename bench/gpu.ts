/**
 * Training steps on the GPU against the CPU engine: `npm run bench:gpu`, for someone with a GPU.
 *
 * Measured: whole steps (energy, forces, stress, loss, double backward, clipping, AdamW), feeds and the loss's way back
 * included; compilation and the first steps excluded. Both engines take the same steps, so their losses must agree: the
 * table says how well. Without a usable GPU it stops, as --engine gpu does.
 */
import { Command, Option } from 'commander';
import type { LabelledStructure } from '../data/index.ts';
import { explain } from '../files/errors.ts';
import { cpuEngine, type Engine } from '../tensor/index.ts';
import { chooseEngine } from '../training/engine.ts';
import { universe } from '../universe/index.ts';
import type { Model } from './jobs.ts';
import { positiveInteger } from './suite.ts';
import { prepareSteps, type TrainingJob } from './training.ts';

interface Options {
  readonly model: Model;
  readonly crystals: number;
  readonly atoms: number;
  readonly cutoff: number;
  readonly channels?: number;
  readonly steps: number;
  readonly threads?: number;
}

const WARM_UP = 2;

const options = new Command('npm run bench:gpu --')
  .description('Training steps on the GPU and on the CPU. Crystals of the built-in universe.')
  .addOption(new Option('--model <name>', 'network of full size').choices(['cgcnn', 'torchmd-et']).default('cgcnn'))
  .option('--crystals <n>', 'crystals in the largest batch; smaller ones are measured, too', positiveInteger, 64)
  .option('--atoms <n>', 'largest number of atoms of a crystal', positiveInteger, 40)
  .option('--cutoff <angstrom>', 'neighbours are atoms within this distance', Number, 8)
  .option('--channels <n>', "features of an atom, instead of the full-size network's", positiveInteger)
  .option('--steps <n>', 'steps that are timed', positiveInteger, 10)
  .option('--threads <n>', 'threads of the CPU engine', positiveInteger)
  .parse()
  .opts<Options>();

interface Timed {
  readonly milliseconds: number;
  readonly losses: readonly number[];
  readonly edges: number;
}

/** The median of some steps, and the losses of all. */
async function time(engine: Engine, job: TrainingJob, steps: number): Promise<Timed> {
  const { step, sizes } = prepareSteps(engine, job);
  const times: number[] = [];
  const losses: number[] = [];
  for (let k = 0; k < WARM_UP + steps; k++) {
    const started = performance.now();
    losses.push(await step());
    times.push(performance.now() - started);
  }
  const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
  return { milliseconds: sorted[Math.floor(sorted.length / 2)], losses, edges: sizes.edges };
}

async function main(): Promise<void> {
  const { model, crystals, atoms, cutoff, channels, steps, threads } = options;
  const { engine: gpu, device } = await chooseEngine('gpu');
  const cpu = cpuEngine(threads === undefined ? {} : { threads });
  const largest: LabelledStructure[] = await universe({
    count: crystals,
    seed: 1,
    minAtoms: Math.max(1, Math.floor(atoms / 2)),
    maxAtoms: atoms,
  });
  const size = channels === undefined ? 'full size' : `${channels} channels`;
  console.log(
    `GPU: ${device}\nCPU: ${cpu.threads} threads\n${model}, ${size}, ${cutoff} A, median of ${steps} steps\n`,
  );
  const heads = ['crystals', 'edges', 'CPU ms', 'GPU ms', 'CPU/GPU', 'CPU edges/s', 'GPU edges/s', 'losses agree to'];
  console.log(`| ${heads.join(' | ')} |\n|${heads.map(() => '--:').join('|')}|`);
  const counts = [...new Set([Math.ceil(crystals / 16), Math.ceil(crystals / 4), crystals])];
  for (const count of counts) {
    const job: TrainingJob = {
      task: 'pretrain',
      model,
      structures: largest.slice(0, count),
      cutoff,
      ...(channels === undefined ? {} : { channels }),
    };
    const [onCpu, onGpu] = [await time(cpu, job, steps), await time(gpu, job, steps)];
    const apart = Math.max(...onCpu.losses.map((loss, k) => Math.abs(loss - onGpu.losses[k]) / Math.abs(loss)));
    const perSecond = ({ edges, milliseconds }: Timed) =>
      Math.round((1000 * edges) / milliseconds).toLocaleString('en');
    const cells = [
      count,
      onCpu.edges,
      onCpu.milliseconds.toFixed(1),
      onGpu.milliseconds.toFixed(1),
      (onCpu.milliseconds / onGpu.milliseconds).toFixed(2),
      perSecond(onCpu),
      perSecond(onGpu),
      apart.toExponential(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

main().catch((error: unknown) => {
  console.error(explain(error) ?? error);
  process.exitCode = 1;
});
