/**
 * One start of a training in its folder, with what it prints: the folder is opened for this process alone, the
 * configuration is stored (or, on resuming, read), and where it runs is noted.
 */
import { UserError } from '../../files/errors.ts';
import { type CpuPlan, type Plan, printProfile } from '../../tensor/index.ts';
import type { FinetuneConfig, PretrainConfig } from '../../training/config.ts';
import { type ChosenEngine, chooseEngine, type EngineName, useHelper } from '../../training/engine.ts';
import { type Kind, type LearntData, learn } from '../../training/learn.ts';
import { resumable } from '../../training/loop-state.ts';
import { environment, STARTS, startsOf } from '../../training/run-folder/environment.ts';
import { openRun, type RunFolder } from '../../training/run-folder/folder.ts';
import { insistOnEpochs, showUnheeded } from '../config/differences.ts';
import { isTree, parseConfig, type Tree } from '../config/resolve.ts';
import { schemaOf } from '../config/schemas.ts';
import { PICTURES } from '../pictures.ts';
import type { Lines } from './lines.ts';

export interface TrainPlan<Config> {
  readonly path: string;
  /** There is a run in the folder, to go on with as it was configured. */
  readonly resume: boolean;
  /** Used unless the run is resumed. */
  readonly config: Config;
  /** What flags say, where they may ask a resumed run for what it cannot do. */
  readonly asked?: Tree;
  /** Prints time and bytes of the kernels of the last training step. */
  readonly profile?: boolean | undefined;
}

export interface TrainControl {
  readonly stop: () => boolean;
  /** Its `say` is set to what prints beside the running progress bar. */
  readonly printer: { say: (text: string) => void };
  readonly checkpointSeconds?: number | undefined;
  /** Gives the engine of a name (default: a new one); runs of one process may share theirs. */
  readonly chosen?: (name: EngineName) => Promise<ChosenEngine>;
}

/** Seconds between checkpoints, unless a flag says otherwise. */
const CHECKPOINT_SECONDS = 60;

/** Runs to the end; false if it was told to stop. */
export async function trainIn<
  C extends PretrainConfig | FinetuneConfig,
  Data extends LearntData,
  Outcome extends object,
  Result,
>(
  kind: Kind<C, Data, Outcome, Result>,
  { path, resume, config: given, asked = {}, profile }: TrainPlan<C>,
  linesOf: (config: C, folder: RunFolder) => Lines<Data, Result>,
  { stop, printer, checkpointSeconds = CHECKPOINT_SECONDS, chosen = chooseEngine }: TrainControl,
): Promise<boolean> {
  const folder = openRun(path, resume, { pictures: PICTURES });
  try {
    const config = resume ? storedConfig(kind, folder, given, asked) : given;
    // Before anything is written: a refused engine leaves the folder free for the corrected start.
    const { engine, threads, device } = await chosen(config.engine);
    if (!resume) await folder.writeJson('config.json', config);
    const ended = await noteStart(folder, threads, device);
    const lines = linesOf(config, folder);
    const { say } = printer;
    printer.say = lines.say;
    const unheeded = resume ? showUnheeded(asked, config) : undefined;
    if (unheeded) lines.say(unheeded);
    try {
      const control = { stop, checkpointSeconds, helper: useHelper(threads) };
      const plan = (made: Plan) => showProfile(made, lines.say);
      const events = profile ? { ...lines.events, plan } : lines.events;
      const result = await learn(kind, config, { folder, engine, control }, events);
      lines.finish(result);
      await ended();
      return result !== undefined;
    } finally {
      lines.stop();
      printer.say = say;
    }
  } finally {
    folder.close();
  }
}

/** The configuration of the run that goes on, checked before the data are read, which may take long. */
function storedConfig<C extends PretrainConfig | FinetuneConfig>(
  { name }: Pick<Kind<C, never, never, unknown>, 'name'>,
  folder: RunFolder,
  given: C,
  asked: Tree,
): C {
  const stored = folder.readJson('config.json');
  const file = folder.file('config.json');
  const task = isTree(stored) ? stored.task : undefined;
  if (task !== name) {
    throw new UserError(
      task === 'pretrain' || task === 'finetune'
        ? `${folder.path}: holds a ${task} run. Go on with: npm run ${task} -- --resume ${folder.path}`
        : `${file}: does not say what the run is, expected one to ${name}. Is it damaged?`,
    );
  }
  const config = parseConfig(schemaOf<C>(name), stored as Tree, { ...given });
  insistOnEpochs(asked, config, { path: folder.path, file });
  resumable(folder);
  return config;
}

/** Adds this start to environment.json; gives what notes its end. */
async function noteStart(folder: RunFolder, threads: number, device?: string): Promise<() => Promise<void>> {
  const before = folder.has(STARTS) ? startsOf(folder.path) : [];
  const here = environment(threads, device);
  await folder.writeJson(STARTS, [...before, here]);
  return () => folder.writeJson(STARTS, [...before, { ...here, ended: new Date().toISOString() }]);
}

function showProfile(plan: Plan, say: (text: string) => void): void {
  const text =
    'report' in plan ? printProfile((plan as CpuPlan).report()) : 'No profile: only the engine cpu keeps one.';
  for (const line of text.split('\n')) say(line);
}
