#!/usr/bin/env node
/**
 * `npx lattigrad COMMAND ...` of the package lattigrad-experiments: the scripts of this folder under one name. In a
 * checkout of the repository the same commands are `npm run COMMAND -- ...`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nearest } from '../data/nearest.ts';
import { UserError } from '../files/errors.ts';
import { columns } from '../text/columns.ts';
import { quote } from '../text/printable.ts';
import { runScript } from './terminal/run-script.ts';

/** What each command does, in a line. Tables are one script, which is told the table's name. */
const COMMANDS: Readonly<Record<string, string>> = {
  start: 'the whole way: pre-training, fine-tuning, comparison with an untrained twin',
  pretrain: 'a network learns energies, forces and stress, or to remove noise',
  finetune: 'a network, pre-trained or not, learns a property',
  evaluate: 'a trained network predicts the structures of a file',
  compare: 'fine-tunings side by side, with paired differences',
  explain: 'what a data set holds, before anything is trained on it',
  table1: 'the data: property sets beside those of the paper, and what pre-trainings learn from',
  table2: 'CGCNN: ratios of energy, forces and stress, and two kinds of denoising',
  table3: 'the same with the equivariant transformer',
  table4: 'mean instead of sum pooling in fine-tuning',
  table5: 'pre-training of five lengths',
  parity: 'predictions against labels as pictures',
  embeddings: 'what networks see of atoms, by element',
  record: 'a line for every finished run of a folder',
  archive: 'finished runs in one file, for a public data archive',
};

const line = columns([14, 0]);
const help = (): string =>
  [
    'Usage: npx lattigrad COMMAND ...',
    '',
    'Pre-trains graph networks on forces, fine-tunes them on properties, and repeats the tables of the paper.',
    '',
    ...Object.entries(COMMANDS).map(([name, what]) => line(`  ${name}`, what)),
    '',
    '`npx lattigrad COMMAND --help` tells all that a command knows.',
  ].join('\n');

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

/** Runs a command as if its own file had been started, which is also how the run's folder remembers it. */
async function run(name: string, words: readonly string[]): Promise<void> {
  const isTable = /^table\d$/.test(name);
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = new URL(`./${isTable ? 'table' : name}.${ending}`, import.meta.url);
  process.argv = [process.argv[0], fileURLToPath(script), ...(isTable ? [name] : []), ...words];
  await import(script.href);
}

runScript(async () => {
  const [name = '--help', ...words] = process.argv.slice(2);
  if (['--help', '-h', 'help'].includes(name)) return console.log(help());
  if (['--version', '-V'].includes(name)) return console.log(version());
  if (Object.hasOwn(COMMANDS, name)) return run(name, words);
  throw new UserError(
    `There is no command ${quote(name)}. Did you mean '${nearest(name, Object.keys(COMMANDS))[0]}'? ` +
      'All of them: npx lattigrad --help.',
  );
});
