/**
 * The same fine-tuning for several seeds, one folder each: PATH/seed-1, PATH/seed-2 ... and what is common in
 * PATH/repeats.json; at the end PATH/summary.json. Finished seeds are not run again.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeAtomic } from '../../data/index.ts';
import { UserError } from '../../files/errors.ts';
import { lockFolder } from '../../files/lock.ts';
import { insistOnKind, readJson } from '../../files/read.ts';
import { excerpt } from '../../text/printable.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import { chooseEngine } from '../../training/engine.ts';
import { FINETUNING } from '../../training/finetuning.ts';
import {
  hasBegun,
  isFinished,
  jsonText,
  makeFolder,
  putAway,
  REPEATS,
  type RunFolder,
  removeUnfinished,
} from '../../training/run-folder/folder.ts';
import { differences, insistOnEpochs, showUnheeded } from '../config/differences.ts';
import { parseConfig, type Tree } from '../config/resolve.ts';
import { finetuneSchema } from '../config/schemas.ts';
import { finetuneLines } from '../terminal/lines.ts';
import { type TrainControl, trainIn } from '../terminal/train.ts';
import { type Repeats, readRepeats, readRepeatsRecord, SUMMARY, seedFolder, seedsBegun } from './read.ts';

export interface SeedsPlan {
  readonly path: string;
  readonly resume: boolean;
  readonly config: FinetuneConfig;
  /** What flags say, to tell where a resumed run does not heed them. */
  readonly asked?: Tree;
  /** On resuming, added to those that it began with. */
  readonly seeds: readonly number[];
  /** In front of progress bars (default: fine-tuning). */
  readonly label?: string;
  /** Only results are printed. */
  readonly quiet?: boolean;
}

/** Runs the seeds that are not finished; false if it was told to stop. The folder is this process's alone. */
export async function finetuneSeeds(plan: SeedsPlan, control: TrainControl): Promise<boolean> {
  const { path, resume } = plan;
  if (resume && !existsSync(join(path, REPEATS))) {
    throw new UserError(`${path}: holds no fine-tuning (no ${REPEATS}): nothing to resume.${whatElse(path)}`);
  }
  makeFolder(path);
  for (const name of [REPEATS, SUMMARY]) insistOnKind(join(path, name), 'a file');
  const unlock = lockFolder(path);
  try {
    removeUnfinished(path, [REPEATS, SUMMARY]);
    return await runSeeds(plan, control);
  } finally {
    unlock();
  }
}

/** What to resume instead: the folder of a pre-training, or of one seed, is easily named. */
function whatElse(path: string): string {
  if (existsSync(join(path, '..', REPEATS))) return ` It is one seed of ${dirname(path)}: resume that.`;
  return hasBegun(path) ? ` It may be a pre-training: npm run pretrain -- --resume ${path}` : '';
}

async function runSeeds(plan: SeedsPlan, control: TrainControl): Promise<boolean> {
  const { path, resume } = plan;
  const file = join(path, REPEATS);
  if (!resume && seedsBegun(path)) {
    throw new UserError(
      `${path}: holds a fine-tuning already. Go on with --resume ${path} (more seeds: --seeds 4,5), or choose another --out.`,
    );
  }
  let { config, seeds } = plan;
  if (resume) {
    const stored = readRepeatsRecord(path);
    config = parseConfig(finetuneSchema, stored.config as unknown as Tree, { ...config });
    insistOnSeeds(path, stored);
    const begun = stored.seeds.map((seed) => join(seedFolder(path, seed), 'config.json')).find(existsSync);
    insistOnEpochs(plan.asked ?? {}, config, { path, file: begun ?? file });
    const unheeded = showUnheeded(plan.asked ?? {}, config);
    if (unheeded) control.printer.say(unheeded);
    seeds = [...new Set([...stored.seeds, ...seeds])];
  }
  await writeAtomic(file, Buffer.from(jsonText({ seeds, config })));
  const engine = await (control.chosen ?? chooseEngine)(config.engine);
  const chosen = async () => engine;
  // Said once: of the first seed that is run.
  let details = !plan.quiet;
  for (const seed of seeds) {
    const own = seedFolder(path, seed);
    if (isFinished(own)) {
      putAway(own);
      continue;
    }
    const words = { label: `${plan.label ?? 'fine-tuning'}, seed ${seed}`, details };
    details = false;
    const one = { path: own, resume: hasBegun(own), config: { ...config, seed } };
    const linesOf = (stored: FinetuneConfig, folder: RunFolder) => finetuneLines(stored, folder, words);
    if (!(await trainIn(FINETUNING, one, linesOf, { ...control, chosen }))) return false;
  }
  await writeAtomic(join(path, SUMMARY), Buffer.from(jsonText(summary(readRepeats(path)))));
  return true;
}

/** Throws UserError if a seed that has begun was told something else than the record of all says. */
function insistOnSeeds(path: string, { config, seeds }: { config: FinetuneConfig; seeds: readonly number[] }): void {
  for (const seed of seeds) {
    const file = join(seedFolder(path, seed), 'config.json');
    if (!hasBegun(seedFolder(path, seed))) continue;
    const [differs] = differences(readJson(file, 'the configuration of a run'), { ...config, seed });
    if (!differs) continue;
    throw new UserError(
      `${join(path, REPEATS)}: says ${differs.path}: ${excerpt(differs.wanted)}, but seed ${seed} was told ` +
        `${excerpt(differs.stored)} (its config.json). Is it that of another fine-tuning? Put the right file back.`,
    );
  }
}

/** What all seeds together say; errors in the unit. */
const summary = ({ config, target, unit, mae, median, results }: Repeats): object => ({
  preset: config.preset,
  from: config.from,
  target,
  unit,
  mae,
  median,
  seeds: Object.fromEntries([...results].map(([seed, result]) => [seed, result.mae])),
});
