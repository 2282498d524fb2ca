/**
 * Recomputes what a finished run says: its errors from its predictions, and its predictions from its network.
 *
 * Not a test file. Each function throws where something is not what the run says. Structures are made or read again:
 * crystals of the built-in universe, or the files that a run has learnt from, where these are here.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { csvParse } from 'd3-dsv';
import * as assert from 'uvu/assert';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../../data/index.ts';
import { medianError, scalingFromJson } from '../../data/scaling.ts';
import { referenceOf } from '../../data/sources.ts';
import { predictions, type Quantity } from '../../experiments/figures/predictions.ts';
import { type Network, network } from '../../nn/index.ts';
import { cpuEngine, type Engine, key } from '../../tensor/index.ts';
import { type GraphService, graphService } from '../../training/batches/graph-service.ts';
import type { FinetuneConfig, PretrainConfig } from '../../training/config.ts';
import { type FinetuningResult, finetuningData } from '../../training/finetuning.ts';
import { finetunePreset, pretrainPreset } from '../../training/presets.ts';
import { type PretrainingResult, pretrainingData } from '../../training/pretraining.ts';
import { checkpointOf, loadWeights } from '../../training/run-folder/checkpoint.ts';
import type { Errors } from '../../training/tasks/force-errors.ts';
import { forcePredictor } from '../../training/tasks/force-field.ts';
import { predictForces } from '../../training/tasks/force-predictions.ts';
import { predictProperty, propertyPredictor } from '../../training/tasks/property.ts';
import { data } from '../support/folders.ts';
import { readJson } from './runs.ts';

/** Batches that need not be those of the runs, and how many structures of a run are predicted again. */
const LIMITS = { structures: 8, edges: 80_000 };
const MOST = 40;

type Result = FinetuningResult | PretrainingResult;
export const resultOf = (run: string): Result => readJson(run, 'result.json') as Result;
/** Old configurations lack what has come later: that has its default. */
function configOf(run: string): FinetuneConfig | PretrainConfig {
  const config = readJson(run, 'config.json') as FinetuneConfig | PretrainConfig;
  const { preset, model } = config;
  const defaults = config.task === 'finetune' ? finetunePreset : pretrainPreset;
  return { ...defaults(preset, model.architecture), ...config } as FinetuneConfig | PretrainConfig;
}

const rowsOf = (run: string, name: string) => csvParse(readFileSync(join(run, `predictions/${name}.csv`), 'utf8'));
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function equalNumbers(found: number, expected: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= 1e-9 * Math.abs(expected), `${what}: ${found}, expected ${expected}`);
}

/** Errors in result.json are those of the predictions beside it. */
export async function checkErrors(run: string): Promise<void> {
  const result = resultOf(run);
  if (result.task === 'finetune') {
    const rows = rowsOf(run, 'property');
    for (const split of ['validation', 'test'] as const) {
      const errors = rows
        .filter((row) => row.split === split)
        .map((row) => Math.abs(Number(row[`predicted_${result.target}`]) - Number(row[`label_${result.target}`])));
      assert.is(errors.length, result.counts[split], `${run}: ${split}`);
      equalNumbers(mean(errors), result.mae[split], `${run}: ${split}`);
    }
    return;
  }
  const check = async (quantity: Quantity, expected: number | null, scale = 1) => {
    const cloud = await predictions(run, quantity);
    assert.is(cloud === undefined, expected === null, `${run}: ${quantity}`);
    if (cloud === undefined || expected === null) return;
    const error = cloud.all?.mae ?? mean(cloud.points.map(({ label, predicted }) => Math.abs(predicted - label)));
    equalNumbers(error / scale, expected, `${run}: ${quantity}`);
  };
  if (result.strategy !== 'forces') return check('noise', result.test.error as number);
  const { energy, forces, stress } = result.test.error as Errors;
  await check('energy', energy);
  await check('forces', forces);
  await check('stress', stress, EV_PER_CUBIC_ANGSTROM_IN_GPA);
}

const hashes = new Map<string, string>();
function hashOf(path: string): string {
  const known = hashes.get(path) ?? createHash('sha256').update(readFileSync(path)).digest('hex');
  hashes.set(path, known);
  return known;
}

/** Where the files of a run are here, byte for byte; undefined if one is not. Runs of the universe have none. */
function filesHere(run: string, named: readonly string[]): string[] | undefined {
  const { files } = readJson(run, 'data.json') as { files: readonly { sha256: string }[] };
  const found = named.map((file, k) =>
    ['properties', 'pretrain']
      .map((folder) => join(data, folder, basename(file)))
      .find((path) => existsSync(path) && hashOf(path) === files[k].sha256),
  );
  return found.every((path) => path !== undefined) ? found : undefined;
}

const namedFiles = ({ data }: FinetuneConfig | PretrainConfig): readonly string[] =>
  data === null ? [] : typeof data === 'string' ? [data] : data;

/** Whether a run has its network and its structures, and predicts energies, forces and stress or a property. */
export function isRepeatable(run: string): boolean {
  const result = resultOf(run);
  if (result.task === 'pretrain' && result.strategy !== 'forces') return false;
  return existsSync(join(run, 'best.safetensors')) && filesHere(run, namedFiles(configOf(run))) !== undefined;
}

/** Predictions of a network of today beside those that are written: float32 sums of other batches are rounded anew. */
function sameNumbers(found: readonly number[], written: readonly number[], what: string): void {
  assert.is(found.length, written.length, what);
  const largest = written.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  found.forEach((x, k) => {
    const isClose = Math.abs(x - written[k]) <= 1e-4 * (1 + largest);
    assert.ok(isClose, `${what}, number ${k}: ${x}, written ${written[k]}`);
  });
}

interface Loaded {
  readonly engine: Engine;
  readonly net: Network;
  readonly meaning: unknown;
}

async function loaded(run: string): Promise<Loaded> {
  const { about, parameters, path } = checkpointOf(run);
  const { pool = 'add' } = about!.meaning as { pool?: 'add' | 'mean' };
  const engine = await cpuEngine({ threads: 1 });
  const net = network(about!.model, pool, key(0));
  loadWeights(net.parameters, engine, parameters, path);
  return { engine, net, meaning: about!.meaning };
}

/** The network makes the predictions, and the median's error is that of the training part. */
export async function checkNetwork(run: string): Promise<void> {
  const config = configOf(run);
  const files = filesHere(run, namedFiles(config))!;
  return config.task === 'finetune'
    ? checkProperty(run, { ...config, data: files[0] ?? null })
    : checkForces(run, { ...config, data: files });
}

async function checkProperty(run: string, config: FinetuneConfig): Promise<void> {
  const { target, median } = resultOf(run) as FinetuningResult;
  const { structures, values, split } = await finetuningData(config);
  const labels = (part: readonly number[]) => part.map((k) => values[k]);
  for (const part of ['validation', 'test'] as const) {
    // Crystals of the universe are relaxed anew: other processors may round in another way.
    const now = medianError(labels(split.train), labels(split[part]));
    assert.ok(Math.abs(now - median[part]) <= 1e-6 * median[part], `${run}: median ${now}, written ${median[part]}`);
  }
  const part = split.test.slice(0, MOST);
  const rows = rowsOf(run, 'property')
    .filter((row) => row.split === 'test')
    .slice(0, MOST);
  assert.equal(
    rows.map((row) => row.structure),
    part.map((k) => structures[k].id),
    `${run}: structures`,
  );
  const written = (name: string) => rows.map((row) => Number(row[`${name}_${target}`]));
  sameNumbers(labels(part), written('label'), `${run}: labels`);

  const { engine, net, meaning } = await loaded(run);
  const scaling = scalingFromJson((meaning as { scaling: unknown }).scaling, run);
  const some = part.map((k) => structures[k]);
  const found = await withGraphs(some, config, (graphs) =>
    predictProperty([...some.keys()], propertyPredictor(engine, net), { graphs, limits: LIMITS, scaling }),
  );
  sameNumbers(found, written('predicted'), `${run}: ${target}`);
}

async function withGraphs<T>(
  structures: Parameters<typeof graphService>[0],
  { model }: FinetuneConfig | PretrainConfig,
  body: (graphs: GraphService) => Promise<T>,
): Promise<T> {
  const graphs = await graphService(structures, model, { helper: false });
  return body(graphs).finally(() => graphs.close());
}

async function checkForces(run: string, config: PretrainConfig): Promise<void> {
  const { structures: all, sources, split, references } = await pretrainingData(config);
  const part = split.test.slice(0, MOST);
  const structures = part.map((k) => all[k]);
  const shifts = part.map((k) => referenceOf(references, sources[k], all[k].numbers));
  const { engine, net, meaning } = await loaded(run);
  const { volume } = meaning as { volume: 'signed' | 'absolute' };
  const set = { structures, sources: part.map((k) => sources[k]), referenceOf: (k: number) => shifts[k] };
  const [energies, forces]: [number[], number[]] = [[], []];
  await withGraphs(structures, config, async (graphs) => {
    const predict = forcePredictor(engine, net, volume);
    for await (const { structure, predicted } of predictForces(set, [...structures.keys()], predict, graphs, LIMITS)) {
      energies.push(predicted.energy[0] + shifts[structure]);
      forces.push(...predicted.forces);
    }
  });
  const rows = rowsOf(run, 'energy').slice(0, MOST);
  assert.equal(
    rows.map((row) => row.structure),
    structures.map(({ id }) => id),
    `${run}: structures`,
  );
  sameNumbers(
    energies,
    rows.map((row) => Number(row.predicted_eV)),
    `${run}: energies`,
  );
  const components = rowsOf(run, 'forces').flatMap((row) =>
    ['x', 'y', 'z'].map((a) => Number(row[`predicted_${a}_eV_per_A`])),
  );
  sameNumbers(forces, components.slice(0, forces.length), `${run}: forces`);
}
