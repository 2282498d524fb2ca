/**
 * A data set to look at: by its name in datasets.ts, or a path to extended XYZ; with its property, if it has one.
 */
import { statSync } from 'node:fs';
import { type LabelledStructure, noLarger } from '../../data/index.ts';
import { type Targets, targets } from '../../data/targets.ts';
import { UserError } from '../../files/errors.ts';
import { readData } from '../../training/read-data.ts';
import { type DownstreamTarget, downstream, universe } from '../../universe/index.ts';
import { FORCE_SOURCES, fileOf, insistOnFile, named, PROPERTY_SETS, type PropertySet } from '../datasets.ts';

export interface DataSet {
  readonly name: string;
  /** null: made by the built-in universe. */
  readonly file: string | null;
  readonly structures: readonly LabelledStructure[];
  /** What was read, but may have been meant otherwise. */
  readonly notes?: readonly string[];
  /** The property of those structures that have it. */
  readonly property?: Targets;
}

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

/** A property set of datasets.ts. */
async function ofSet(set: PropertySet, crystals: number): Promise<DataSet> {
  const { name, target, unit } = set;
  const file = fileOf(set);
  insistOn(name, file);
  const { structures: all, notes } =
    file === null
      ? { ...(await downstream({ count: crystals, target: target as DownstreamTarget })), notes: [] }
      : await readData(file);
  const { structures } = noLarger(all, set.maxAtoms ?? null);
  return {
    name,
    file,
    structures,
    notes,
    property: targets(structures, target ?? undefined, withUnit(unit ?? undefined)),
  };
}

function insistOn(name: string, file: string | null): void {
  try {
    insistOnFile(file);
  } catch (error) {
    throw new UserError(`${name}: ${(error as Error).message}`);
  }
}

async function ofPath(path: string, { target, unit }: ReadOptions): Promise<DataSet> {
  const { structures, notes } = await readData(path);
  const found = { name: path, file: path, structures, notes };
  const names = structures.some(({ properties }) => properties.target !== undefined);
  if (target === undefined && !names) return found;
  return { ...found, property: targets(structures, target, withUnit(unit)) };
}

/** Throws UserError (or DataError) on unknown names and missing files. */
export async function readDataSet(given: string, options: ReadOptions): Promise<DataSet> {
  if (isPath(given)) return ofPath(given, options);
  const set = PROPERTY_SETS.find(({ name }) => name === given);
  if (set) return ofSet(set, options.crystals);
  const source = named([...FORCE_SOURCES, ...PROPERTY_SETS], given, 'data set or file');
  const file = fileOf(source);
  insistOn(source.name, file);
  const { structures, notes } =
    file === null
      ? { structures: await universe({ count: options.crystals, seed: 1 }), notes: [] }
      : await readData(file);
  return { name: source.name, file, structures, notes };
}
