/** Whether runs in folders are the ones that are wanted: told the same, on the same data, whatever engine they ran on. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../../files/errors.ts';
import { readJson, readRecord } from '../../files/read.ts';
import { excerpt, excerptOf } from '../../text/printable.ts';
import { digestOf } from '../../training/read-data.ts';
import { REPEATS } from '../../training/run-folder/folder.ts';
import { differences } from '../config/differences.ts';
import { isTree, type Tree } from '../config/resolve.ts';
import { dataSchema, seedFolder } from '../seeds/read.ts';
import type { TablePlan } from './plan.ts';

/** Throws UserError if `file` (a configuration, or a record with one under `config`) is there and says something else. */
export function insistOnSame(folder: string, file: string, wanted: object): void {
  const path = join(folder, file);
  if (!existsSync(path)) return;
  const json = readJson(path, 'the configuration of a run');
  if (!isTree(json)) throw new UserError(`${path}: expected the configuration of a run, got ${excerptOf(json)}.`);
  const stored = isTree(json.config) ? json.config : json;
  // Where it runs changes no result, nor where files lie; the seeds of fine-tunings have folders of their own.
  const name = (path: unknown) => (typeof path === 'string' ? basename(path) : path);
  const comparable = ({ data, from, ...config }: Tree) => ({
    ...config,
    engine: undefined,
    seed: undefined,
    data: Array.isArray(data) ? data.map(name) : name(data),
    from: name(from),
  });
  const differ = differences(comparable(stored), comparable(wanted as Tree));
  if (differ.length === 0) return;
  const shown = differ
    .slice(0, 4)
    .map(({ path, stored, wanted }) => `${path}: ${excerpt(stored, 40)} there, ${excerpt(wanted, 40)} wanted`);
  throw new UserError(
    `${folder}: holds a run with other settings (${shown.join('; ')}). ` +
      'Ask for the same again, or choose another --out.',
  );
}

/** Throws UserError if a run that is there was told something else, or has learnt from files of other content. */
export async function insistOnPlan({ pretrainings, finetunings, seeds }: TablePlan): Promise<void> {
  const known = new Map<string, Promise<string>>();
  const hash = (file: string): Promise<string> => {
    const found = known.get(file) ?? digestOf(file);
    known.set(file, found);
    return found;
  };
  const insistOnData = async (folder: string, files: readonly string[]) => {
    const record = join(folder, 'data.json');
    if (!existsSync(record)) return;
    const { files: learnt } = readRecord(record, dataSchema, 'the data of a run');
    for (const [k, file] of files.entries()) {
      // Finished runs are of use without their data.
      if (!existsSync(file) || learnt[k]?.sha256 === (await hash(file))) continue;
      throw new UserError(
        `${folder}: has learnt from another file than ${file}. Choose another --out, or rename the file.`,
      );
    }
  };
  for (const { path, config } of pretrainings) {
    insistOnSame(path, 'config.json', config);
    await insistOnData(path, config.data);
  }
  for (const { path, config } of finetunings.flat()) {
    insistOnSame(path, REPEATS, config);
    for (const seed of seeds) await insistOnData(seedFolder(path, seed), config.data === null ? [] : [config.data]);
  }
}
