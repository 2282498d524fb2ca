/**
 * `npm run archive`: finished runs of a folder, their tables and pictures as one file for a public data archive.
 *
 *   npm run archive -- runs/tables --title "Runs of our paper" --author "Doe, Jane" --author "Roe, Richard"
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { UserError } from '../files/errors.ts';
import { kindOf } from '../files/read.ts';
import { writeArchive } from '../training/run-folder/archive.ts';
import { makeFolder } from '../training/run-folder/folder.ts';
import { type ArchiveAbout, archiveTexts } from './archive-texts.ts';
import { runScript } from './terminal/run-script.ts';

interface Flags {
  readonly out?: string;
  readonly title: string;
  readonly author: readonly string[];
  readonly licence: string;
  readonly date?: string;
}

const filled = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('Expected a text.');
  return text;
};
const licence = (text: string): string => {
  if (/^[A-Za-z0-9][A-Za-z0-9.+-]*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected an identifier of https://spdx.org/licenses, such as CC-BY-4.0.');
};
const date = (text: string): string => {
  const day = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('Expected a day as YYYY-MM-DD.');
};

const command = new Command('npm run archive --')
  .description(
    'Packs finished runs of a folder, with tables and pictures, for a public data archive (Zenodo and others).',
  )
  .argument('<folder>', 'a folder with runs at any depth')
  .option('--out <file>', 'the archive, .tar.gz (default: beside the folder, with its name)')
  .option('--title <text>', 'what the archive is called', filled, 'Runs of lattigrad')
  .option(
    '--author <name>',
    '"Family, Given", or a group (may be repeated)',
    (text, all: string[]) => [...all, filled(text)],
    [],
  )
  .option('--licence <id>', 'licence of the data, an SPDX identifier', licence, 'CC-BY-4.0')
  .option(
    '--date <day>',
    'the day of publication, YYYY-MM-DD (default: not said, so that equal folders give equal bytes)',
    date,
  )
  .allowExcessArguments(false);

const isBelow = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/** Where the archive goes; its folder is there afterwards. */
function outFor(folder: string, given: string | undefined): string {
  const kind = kindOf(folder);
  if (kind !== 'a folder') {
    throw new UserError(`${folder}: is ${kind ?? 'not there'}, expected a folder with runs.`);
  }
  const out = given ?? `${resolve(folder)}.tar.gz`;
  if (!/\.(?:tar\.gz|tgz)$/.test(out)) throw new UserError(`--out ${out}: expected a name that ends in .tar.gz.`);
  if (isBelow(resolve(out), resolve(folder))) {
    throw new UserError(`--out ${out}: lies inside ${folder}, which it is to hold. Choose a place outside.`);
  }
  if (kindOf(out) !== undefined)
    throw new UserError(`${out}: is there already. Move it away, or choose another --out.`);
  makeFolder(dirname(out));
  // By way of a link, too.
  if (isBelow(join(realpathSync(dirname(out)), basename(out)), realpathSync(folder))) {
    throw new UserError(`--out ${out}: lies inside ${folder}, which it is to hold. Choose a place outside.`);
  }
  return out;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

runScript(async () => {
  const flags = command.parse().opts<Flags>();
  const folder = command.args[0];
  const out = outFor(folder, flags.out);
  const about: ArchiveAbout = { ...flags, authors: flags.author };
  const archive = await writeArchive(out, folder, {
    licence: flags.licence,
    texts: (runs) => archiveTexts(about, runs),
  });
  const bytes = archive.files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(
    `${archive.runs} runs, ${archive.files.length} files, ${megabytes(bytes)} before they were packed: ${out}`,
  );
  for (const { reason, files } of archive.leftOut) console.log(`left out: ${files} ${reason}`);
  if (archive.machinePaths.length > 0) {
    console.log(
      `Paths of a machine, which may name a person, stand in ${archive.machinePaths.length} files, e.g. ${archive.machinePaths[0]}. They are ` +
        'as the runs wrote them; manifest.json lists them. Look at them before you publish.',
    );
  }
  if (flags.author.length === 0) console.log('CITATION.cff names nobody: give --author "Family, Given".');
});
