/** A trained network on the structures of a file: predictions, errors where there are labels, tables and plots. */
import type { LabelledStructure } from '../data/index.ts';
import { plausible } from '../data/plausible.ts';
import { UserError } from '../files/errors.ts';
import { conform } from '../files/read.ts';
import { type Network, network } from '../nn/index.ts';
import { type Engine, key } from '../tensor/index.ts';
import { type Checks, object, oneOf, optional } from '../text/schema.ts';
import { type GraphService, graphService } from './batches/graph-service.ts';
import type { BatchLimits } from './batches/group.ts';
import type { LearnEvents } from './learn.ts';
import { meter } from './meter.ts';
import { readData } from './read-data.ts';
import { checkpointOf, loadWeights } from './run-folder/checkpoint.ts';
import type { RunFolder } from './run-folder/folder.ts';
import { STRATEGY_NAMES, strategyOf } from './tasks/index.ts';
import { evaluateProperty, propertyMeaning } from './tasks/property.ts';

/** What there is to predict, by what, and where it goes. */
export interface Evaluation {
  readonly structures: readonly LabelledStructure[];
  /** Names of both for messages. */
  readonly file: string;
  readonly checkpoint: string;
  /** What the checkpoint says of the network's numbers, checked by a schema. */
  meaningOf<T>(schema: Checks<T>): T;
  readonly folder: RunFolder;
  readonly engine: Engine;
  readonly network: Network;
  /** Looks for neighbours, which takes a while: to be asked once all else is known to fit. */
  readonly graphs: () => Promise<GraphService>;
  readonly limits: BatchLimits;
  /** Whose reference energies to use; undefined: as the strategy finds best. */
  readonly source?: string | undefined;
  /** Hears how many structures are predicted. */
  readonly tell: (done: number) => void;
}

/** Networks that learn forces do not name their strategy; all others do. */
const strategyMeaning = object({ strategy: optional(oneOf(STRATEGY_NAMES)) });

/** Batches of an evaluation. */
const LIMITS: BatchLimits = { structures: 64, edges: 200_000 };

/**
 * Evaluates the network at `path`, the folder of a run or a checkpoint, on a file of structures and writes predictions,
 * plots and errors into `folder`; returns lines for the user. Throws a UserError for networks that predict neither
 * energies nor a property and for what does not fit the file, and a DataError for a file that cannot be read.
 *
 * @example
 * // no-run: needs a run and a file
 * const folder = openFreeRun('runs/evaluation'), { engine } = await chooseEngine('cpu');
 * const lines = await evaluate('runs/forces', 'other.extxyz.gz', { folder, engine, source: undefined, helper: true });
 * folder.close();
 * console.log(lines.join('\n'));
 */
export async function evaluate(
  path: string,
  file: string,
  given: Pick<Evaluation, 'folder' | 'engine' | 'source'> & { readonly helper: boolean },
  { phase, hint: warn }: Pick<LearnEvents<never>, 'phase' | 'hint'> = {},
): Promise<string[]> {
  const { folder, engine, helper } = given;
  const { about, parameters, path: checkpoint } = checkpointOf(path);
  if (!about) throw new UserError(`${checkpoint}: does not say what it predicts. Expected a checkpoint of a run.`);
  const meaningOf = <T>(schema: Checks<T>): T =>
    conform(about.meaning, schema, `${checkpoint}: what its numbers mean`, 'a checkpoint of a run');
  const isProperty = about.task === 'finetune';
  const { strategy = 'forces' } = isProperty ? {} : meaningOf(strategyMeaning);
  const predict = isProperty ? evaluateProperty : strategyOf({ strategy }).evaluate;
  const pool = isProperty ? meaningOf(propertyMeaning).pool : 'add';
  if (!predict) {
    throw new UserError(
      `${checkpoint}: has learnt by ${strategy}, which predicts neither energies nor a property. ` +
        `Fine-tune it: npm run finetune -- --from ${path}`,
    );
  }
  phase?.(`Reading ${file}`);
  const { structures, notes } = await readData(file);
  const { hint, notes: implausible } = plausible(structures, about.model.cutoff);
  if (hint !== undefined) warn?.(hint);
  await folder.writeJson('config.json', { task: 'evaluate', network: checkpoint, data: file, engine: engine.name });
  const net = network(about.model, pool, key(0), isProperty ? 'graph' : strategyOf({ strategy }).level);
  loadWeights(net.parameters, engine, parameters, checkpoint);
  let made: GraphService | undefined;
  const graphs = async () => {
    phase?.(`Finding neighbours within ${about.model.cutoff} A in ${structures.length} structures`);
    const counted = meter(phase, 'Neighbours of structures', structures.length);
    made = await graphService(structures, about.model, { helper, counted });
    phase?.('Predicting');
    return made;
  };
  const tell = meter(phase, 'Predicted', structures.length);
  try {
    const found = { ...given, structures, file, checkpoint, meaningOf, network: net, graphs, tell, limits: LIMITS };
    return [...notes, ...implausible, ...(await predict(found))];
  } finally {
    await made?.close();
  }
}
