/**
 * Atoms as pre-trained networks see them, as in the paper's Appendix D: principal components, coloured by element.
 *
 *   npm run embeddings                   the rows of the tables, pre-trained if they are not yet
 *   npm run embeddings -- --runs runs/forces runs/denoising --out runs/figures
 */
import { join } from 'node:path';
import type { LabelledStructure } from '../../data/index.ts';
import { readExtxyz } from '../../data/index.ts';
import { type ChosenEngine, chooseEngine, useHelper } from '../cli/engine.ts';
import { natural, positiveInteger, script } from '../cli/options.ts';
import { fileOf, insistOnFile, sourceOf } from '../datasets.ts';
import { embeddingsOf, type Weights } from '../learn/embeddings.ts';
import { pretrainingData } from '../pretraining-data.ts';
import { runScript, UserError } from '../run/user-error.ts';
import { type Embedded, reportEmbeddings } from './embedded.ts';
import { type PretrainedRun, type RunFlags, runOptions, runsFrom } from './runs.ts';

interface Flags extends RunFlags {
  readonly data?: string[];
  readonly most: number;
  readonly seed: number;
}

const command = runOptions(
  script('embeddings', 'Principal components of atom embeddings of pre-trained networks and of an untrained one.'),
)
  .option('--data <sets...>', 'whose atoms: files or names (default: what the first run on forces has learnt from)')
  .option('--most <n>', 'at most so many atoms, drawn by the seed', positiveInteger, 50_000)
  .option('--seed <n>', 'draws atoms, and weights of the untrained network', natural, 1);

/** The structures of files, or the training part of the first run that has learnt from forces (else of the first). */
async function structuresOf(runs: readonly PretrainedRun[], data?: readonly string[]): Promise<LabelledStructure[]> {
  if (data === undefined) {
    const { config } = runs.find((run) => run.config.strategy === 'forces') ?? runs[0]!;
    const { structures, split } = await pretrainingData(config);
    return split.train.map((k) => structures[k]!);
  }
  const all: LabelledStructure[] = [];
  for (const name of data) {
    const file = fileOf(sourceOf(name));
    if (file === null)
      throw new UserError(`--data ${name}: has no file. Leave it out to use what the runs learnt from.`);
    insistOnFile(file);
    all.push(...(await readExtxyz(file)));
  }
  return all;
}

/** Networks of one architecture and size begin alike: one untrained one stands for them. */
function untrained(runs: readonly PretrainedRun[], seed: number): { title: string; weights: Weights }[] {
  const models = new Map(runs.map(({ config: { model } }) => [JSON.stringify(model), model]));
  return [...models.values()].map((model) => ({
    title: models.size > 1 ? `untrained (${model.architecture})` : 'untrained',
    weights: { model, seed },
  }));
}

runScript(async () => {
  const flags = command.parse().opts<Flags>();
  const { data, most, seed, out } = flags;
  const runs = await runsFrom(flags);
  if (!runs) return;
  const structures = await structuresOf(runs, data);
  const { engine, threads }: ChosenEngine = await chooseEngine('cpu');
  const networks: Embedded[] = [];
  for (const { title, weights } of [
    ...untrained(runs, seed),
    ...runs.map(({ title, path }) => ({ title, weights: path })),
  ]) {
    const embeddings = await embeddingsOf(weights, structures, { engine, most, seed, helper: useHelper(threads) });
    networks.push({ title, embeddings });
    console.log(`${title}: ${embeddings.atoms.length} atoms, ${embeddings.channels} channels`);
  }
  const path = join(out, 'embeddings');
  await reportEmbeddings(path, structures, networks);
  console.log(`Picture and tables: ${path}*`);
});
