/**
 * A data set to look at: by its name in datasets.ts, or a path to extended XYZ; with its property, if it has one.
 */
import { statSync } from 'node:fs';
import type { DataSet } from '../../data/facts.ts';
import { noLarger } from '../../data/index.ts';
import { targets } from '../../data/targets.ts';
import { about } from '../../files/errors.ts';
import { readData } from '../../training/read-data.ts';
import { type DownstreamTarget, downstream, universe } from '../../universe/index.ts';
import { FORCE_SOURCES, fileOf, insistOnFile, named, PROPERTY_SETS, type PropertySet } from '../datasets.ts';

export interface ReadOptions {
  /** Crystals of the built-in universe. */
  readonly crystals: number;
  /** Key of the property in a file; default: the one that the file names. */
  readonly target?: string | undefined;
  readonly unit?: string | undefined;
}

/** Names have no dots and no slashes. What has none is a path if a file has it; a folder may be called like a data set. */
const isPath = (text: string): boolean =>
  /[./\\]/.test(text) || statSync(text, { throwIfNoEntry: false })?.isDirectory() === false;

const withUnit = (unit: string | undefined) => ({ dropMissing: true, ...(unit === undefined ? {} : { unit }) });

/** Crystals of the built-in universe, with a property of theirs or with labels. */
async function made(property: PropertySet | undefined, count: number) {
  if (property === undefined) return { structures: await universe({ count, seed: 1 }), notes: [] };
  return { ...(await downstream({ count, target: property.target as DownstreamTarget })), notes: [] };
}

async function ofPath(path: string, { target, unit }: ReadOptions): Promise<DataSet> {
  const { structures, notes } = await readData(path);
  const found = { name: path, structures, notes };
  const names = structures.some(({ properties }) => properties.target !== undefined);
  if (target === undefined && !names) return found;
  return { ...found, property: targets(structures, target, withUnit(unit)) };
}

/** Throws UserError (or DataError) on unknown names and missing files. */
export async function readDataSet(given: string, options: ReadOptions): Promise<DataSet> {
  if (isPath(given)) return ofPath(given, options);
  const set = named([...FORCE_SOURCES, ...PROPERTY_SETS], given, 'data set or file');
  const property = PROPERTY_SETS.find(({ name }) => name === set.name);
  const file = fileOf(set);
  await about(set.name, async () => insistOnFile(file));
  const { structures: all, notes } = file === null ? await made(property, options.crystals) : await readData(file);
  const { structures } = noLarger(all, property?.maxAtoms ?? null);
  const found = { name: set.name, structures, notes };
  return property ? { ...found, property: targets(structures, property.target, withUnit(property.unit)) } : found;
}
