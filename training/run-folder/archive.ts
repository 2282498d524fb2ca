/**
 * Finished runs below a folder, with the tables and pictures beside them, as one .tar.gz for a public data archive.
 *
 *   lattigrad-runs/README.md, LICENSE, CITATION.cff   texts that are given
 *   lattigrad-runs/runs/...                           the files, at the paths that they have in the folder
 *   lattigrad-runs/runs/runs.jsonl.gz                 the record of these runs (record.ts)
 *   lattigrad-runs/manifest.json                      what is there, byte counts and SHA-256, and what was left out
 *   lattigrad-runs/SHA256SUMS                         the same sums for `sha256sum -c`
 *
 * Equal folders give equal bytes. Files are read once and in pieces, so a large archive needs no memory.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { createGzip } from 'node:zlib';
import { writeAtomic } from '../../files/atomic.ts';
import { UserError } from '../../files/errors.ts';
import { isLocked, lockFolder } from '../../files/lock.ts';
import { namesMachine, textNamesMachine, withoutFolders } from '../../files/machine-paths.ts';
import { readJson, readText } from '../../files/read.ts';
import { type TarEntry, tar } from '../../files/tar.ts';
import { type ArchiveList, filesToArchive, type LeftOut } from './archive-list.ts';
import { type Environment, environment, STARTS, startsOf } from './environment.ts';
import { jsonText } from './folder.ts';
import { RECORD, type RunRecord, recordBytes, recordsBelow } from './record.ts';

/** The one folder at the top of an archive, and the one in it that stands for the folder that was archived. */
const TOP = 'lattigrad-runs';
const RUNS = 'runs';

interface ArchivedFile {
  /** Relative to the top folder. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Archive {
  readonly runs: number;
  readonly files: readonly ArchivedFile[];
  readonly leftOut: readonly LeftOut[];
  /** Files in which paths of a machine stand, which may name a person. */
  readonly machinePaths: readonly string[];
}

/** The starts of a run without folders that only this machine has. */
const published = (starts: readonly Environment[]): Environment[] =>
  starts.map((start) => ({ ...start, command: start.command.map(withoutFolders) }));

/** Content of a file of the archive before it is there: bytes, or the path of a file to be read in pieces. */
type Source = Uint8Array | string;

function sourceOf(folder: string, path: string): Source {
  const file = join(folder, path);
  if (posix.basename(path) !== STARTS) return file;
  return Buffer.from(jsonText(published(startsOf(dirname(file)))));
}

/** Throws FolderTaken if a living process writes into a folder. */
function insistOnRest(folder: string, { folders }: ArchiveList): void {
  for (const path of folders) if (isLocked(join(folder, path))) lockFolder(join(folder, path))();
}

/** Whether a path of a machine stands in a file, as far as files of runs and tables can hold one. */
function namesMachineIn(folder: string, path: string): boolean {
  const file = join(folder, path);
  if (posix.basename(path) === STARTS) return false;
  if (path.endsWith('.json')) return namesMachine(readJson(file));
  return /\.(?:md|tex)$/.test(path) && textNamesMachine(readText(file));
}

/** Entries of the archive one after the other; what each of them was is added to `written`. */
async function* entriesOf(
  sources: Iterable<readonly [path: string, source: Source]>,
  written: ArchivedFile[],
): AsyncGenerator<TarEntry> {
  for (const [path, source] of sources) {
    const isFile = typeof source === 'string';
    const bytes = isFile ? statSync(source).size : source.length;
    const hash = createHash('sha256');
    async function* content() {
      for await (const piece of isFile ? createReadStream(source, { highWaterMark: 2 ** 18 }) : [source]) {
        hash.update(piece as Uint8Array);
        yield piece as Uint8Array;
      }
    }
    // The archive reads the content before it asks for the next entry.
    yield { path: `${TOP}/${path}`, bytes, content: content() };
    written.push({ path, bytes, sha256: hash.digest('hex') });
  }
}

/** What the manifest says besides the files. */
function manifestOf(archive: Archive, licence: string): object {
  const { lattigrad, commit } = environment(1);
  const bytes = archive.files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    ...{ lattigrad, commit: commit ?? null, licence, runs: archive.runs, bytes },
    changed:
      'In environment.json and in the record, paths of commands that lead out of their folder keep their last part only. All other files are as the runs wrote them.',
    machinePaths: {
      meaning:
        'Files in which paths of a machine stand. They are as the runs wrote them, since the record holds hashes of configurations.',
      files: archive.machinePaths,
    },
    leftOut: archive.leftOut,
    files: archive.files,
  };
}

/** What an archive of a folder is told. */
export interface ArchiveOptions {
  /** SPDX identifier of the licence of the data. */
  readonly licence: string;
  /** Names and contents of the texts at the top, for these runs. */
  readonly texts: (runs: readonly RunRecord[]) => Readonly<Record<string, string>>;
}

/**
 * Writes the archive. Throws UserError where the folder holds no finished run, or where one is being written.
 *
 * Example: `await writeArchive('tables.tar.gz', 'runs/tables', { licence: 'CC-BY-4.0', texts: () => ({}) })`
 */
export async function writeArchive(out: string, folder: string, { licence, texts }: ArchiveOptions): Promise<Archive> {
  const list = filesToArchive(folder);
  insistOnRest(folder, list);
  const there = new Set(list.files.map((path) => posix.dirname(path)));
  const records = recordsBelow(folder, { forget: true })
    .filter(({ run }) => there.has(run === '' ? '.' : run))
    .map((one) => ({ ...one, environment: published(one.environment) }));
  if (records.length === 0) {
    throw new UserError(
      `${folder}: holds no finished run. Expected folders with config.json, data.json and result.json.`,
    );
  }
  const machinePaths = list.files.filter((path) => namesMachineIn(folder, path)).map((path) => `${RUNS}/${path}`);
  const record = `${RUNS}/${RECORD}`;
  if (records.some(namesMachine)) machinePaths.push(record);

  const written: ArchivedFile[] = [];
  const archive: Archive = { runs: records.length, files: written, leftOut: list.leftOut, machinePaths };
  function* sources(): Generator<readonly [string, Source]> {
    for (const [name, text] of Object.entries(texts(records))) yield [name, Buffer.from(text)];
    for (const path of list.files) yield [`${RUNS}/${path}`, sourceOf(folder, path)];
    yield [record, recordBytes(records)];
    yield ['manifest.json', Buffer.from(jsonText(manifestOf(archive, licence)))];
    yield ['SHA256SUMS', Buffer.from(written.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''))];
  }
  await writeAtomic(out, tar(entriesOf(sources(), written)), [createGzip({ level: 9 })]);
  return archive;
}
