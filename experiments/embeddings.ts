/**
 * Atoms as pre-trained networks see them, as in the paper's Appendix D: principal components, coloured by element.
 *
 *   npm run embeddings                   the rows of the tables, pre-trained if they are not yet
 *   npm run embeddings -- --runs runs/forces runs/denoising --out runs/figures
 */
import { join } from 'node:path';
import type { LabelledStructure } from '../data/index.ts';
import { UserError } from '../files/errors.ts';
import { embeddingsOf, type WeightSource } from '../training/embeddings.ts';
import { type ChosenEngine, chooseEngine, useHelper } from '../training/engine.ts';
import { pretrainPreset } from '../training/presets.ts';
import { pretrainingData } from '../training/pretraining.ts';
import { strategyOf } from '../training/tasks/index.ts';
import { readDataSet } from './explain/read.ts';
import { type Embedded, reportEmbeddings } from './figures/embedded.ts';
import { type PretrainedRun, type RunFlags, readRuns, runOptions, runsOf } from './figures/runs.ts';
import { type PretrainingFlags, pretrainingOptions, pretrainingsFrom } from './tables/options.ts';
import { tablePlan } from './tables/plan.ts';
import { naturals, positiveInteger, script } from './terminal/options.ts';
import { runScript } from './terminal/run-script.ts';

interface Flags extends PretrainingFlags, RunFlags {
  readonly datasets?: string[];
  readonly most: number;
  readonly seeds: number[];
}

const command = runOptions(
  pretrainingOptions(
    script('embeddings', 'Principal components of atom embeddings of pre-trained networks and of an untrained one.'),
  ),
)
  .option(
    '--datasets <names...>',
    'whose atoms: names or files (default: what the first run on forces has learnt from)',
  )
  .option('--most <n>', 'at most so many atoms, drawn by the seed', positiveInteger, 50_000)
  .option(
    '--seeds <list>',
    'each draws atoms, and weights of the untrained network, for a picture of its own',
    naturals,
    [1],
  );

/** Structures of the training part of the first run that has learnt from labels (else of the first). */
async function learntFrom(runs: readonly PretrainedRun[]): Promise<LabelledStructure[]> {
  const { config } = runs.find((run) => strategyOf(run.config).learnsFrom === 'labels') ?? runs[0];
  const { structures, split } = await pretrainingData(config);
  return split.train.map((k) => structures[k]);
}

async function structuresOf(names: readonly string[], crystals: number): Promise<LabelledStructure[]> {
  const sets = [];
  for (const name of names) sets.push(await readDataSet(name, { crystals }));
  return sets.flatMap(({ structures }) => structures);
}

/** Networks of one architecture and size begin alike: one untrained one stands for them. */
function untrained(runs: readonly PretrainedRun[], seed: number): { title: string; weights: WeightSource }[] {
  const models = new Map(runs.map(({ config: { model } }) => [JSON.stringify(model), model]));
  return [...models.values()].map((model) => ({
    title: models.size > 1 ? `untrained (${model.architecture})` : 'untrained',
    weights: { model, seed },
  }));
}

runScript(async () => {
  const flags = command.parse().opts<Flags>();
  const { datasets, most, seeds, out } = flags;
  // Before anything is trained: a name may be wrong.
  const given = datasets && (await structuresOf(datasets, pretrainPreset(flags.preset).crystals));
  const runs = flags.runs ? readRuns(flags.runs) : await runsOf(tablePlan(pretrainingsFrom(flags, flags.model)), flags);
  if (!runs) return;
  if (runs.length === 0)
    throw new UserError('Expected pre-trainings to look into; none is asked for, or none finished.');
  const structures = given ?? (await learntFrom(runs));
  const { engine, threads }: ChosenEngine = await chooseEngine('cpu');
  for (const seed of seeds) {
    const networks: Embedded[] = [];
    for (const { title, weights } of [
      ...untrained(runs, seed),
      ...runs.map(({ title, path }) => ({ title, weights: path })),
    ]) {
      const embeddings = await embeddingsOf(weights, structures, { engine, most, seed, helper: useHelper(threads) });
      networks.push({ title, embeddings });
      console.log(`${title}: ${embeddings.atoms.length} atoms, ${embeddings.channels} channels`);
    }
    const path = join(out, seeds.length === 1 ? 'embeddings' : `embeddings-seed-${seed}`);
    await reportEmbeddings(path, structures, networks);
    console.log(`Picture and tables: ${path}*`);
  }
});
