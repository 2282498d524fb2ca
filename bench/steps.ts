/**
 * Whole steps of full-size CGCNN on one thread and on two, with their ratio: `npm run bench:steps`.
 *
 * Measured: a pre-training step (energy, forces, stress, loss, double backward, clipping, AdamW) or a fine-tuning step (energy,
 * loss, backward, clipping, AdamW) with its feeds checked and copied. Excluded: labels, graphs, batches, compilation.
 * Structures are crystals of the built-in universe, or those of `--data FILE` in one batch. `--threads N` compares
 * one thread with N. One file kernel by kernel: bench/step.ts.
 */
import { basename } from 'node:path';
import { type LabelledStructure, readStructures } from '../data/index.ts';
import { universe } from '../universe/index.ts';
import { type Case, positiveInteger, runSuite, type SuiteOptions, suiteCommand } from './suite.ts';
import { prepareTraining, type TrainingJob } from './training.ts';

const options = suiteCommand('steps', 'Pre-training and fine-tuning steps, on one thread and on several.')
  .option('--data <file>', 'extended XYZ with energies, forces and stress (default: generated crystals)')
  .option('--crystals <n>', 'generated crystals in a batch', positiveInteger, 16)
  .parse()
  .opts<SuiteOptions & { data?: string; crystals: number }>();

/** 20 to 40 atoms: about 1,700 edges a crystal at 5 A. */
const structures: Promise<LabelledStructure[]> = options.data
  ? readStructures(options.data)
  : universe({ count: options.crystals, seed: 1, minAtoms: 20, maxAtoms: 40 });
const teams = [...new Set([1, options.threads ?? 2])];

const source = options.data ? basename(options.data) : `${options.crystals} crystals`;
const nameOf = (task: TrainingJob['task'], cutoff: number, threads: number): string =>
  `${task}, ${source}, ${cutoff} A, ${threads} thread${threads === 1 ? '' : 's'}`;

const kinds = [5, 8].flatMap((cutoff) => (['pretrain', 'finetune'] as const).map((task) => ({ task, cutoff })));
const cases = kinds.flatMap(({ task, cutoff }) =>
  teams.map(
    (threads): Case => ({
      name: nameOf(task, cutoff, threads),
      prepare: async () => {
        const training = await prepareTraining({ task, structures: await structures, cutoff, threads });
        return { once: training.step, work: { amount: training.sizes.edges, unit: 'edge' }, threads };
      },
    }),
  ),
);
const results = await runSuite('steps', cases, options);
for (const { task, cutoff } of kinds) {
  const [alone, together] = teams.map((n) => results.find((r) => r.case === nameOf(task, cutoff, n)));
  if (alone && together) {
    const ratio = (alone.median_s / together.median_s).toFixed(2);
    console.log(`${task} at ${cutoff} A: ${ratio} times as fast on ${teams[1]} threads as on one`);
  }
}
