/**
 * `npm run evaluate`: a trained network predicts structures of a file, labelled or not.
 *
 *   npm run evaluate -- runs/forces --data FILE.extxyz.gz --out runs/forces-on-file
 */
import { Command, Option } from 'commander';
import { chooseEngine, ENGINE_HELP, ENGINES, type EngineName, useHelper } from '../training/engine.ts';
import { evaluate } from '../training/evaluation.ts';
import { openRun } from '../training/run-folder/folder.ts';
import { openFreeRun, removeIfEmpty, showFolder } from '../training/run-folder/free-folder.ts';
import { PICTURES } from './pictures.ts';
import { showPhase } from './terminal/progress.ts';
import { runScript } from './terminal/run-script.ts';

interface Flags {
  readonly data: string;
  readonly out?: string;
  readonly engine: EngineName;
  readonly source?: string;
}

const OUT = 'runs/evaluation';
const command = new Command('npm run evaluate --')
  .description('A trained network predicts energies, forces and stress, or its property, of the structures of a file.')
  .argument('<network>', 'the folder of a run, or a checkpoint')
  .requiredOption('--data <file>', 'extended XYZ, plain or gzipped; labels, where there are some, are compared')
  .option('--source <name>', 'whose reference energies to use (default: the one with most elements in common)')
  .option('--out <folder>', `where predictions and plots go (default: ${OUT}, ${OUT}-2 ...)`)
  .addOption(new Option('--engine <name>', ENGINE_HELP).choices(ENGINES).default('cpu'))
  .allowExcessArguments(false);

runScript(async () => {
  command.parse();
  const { data, out, engine: name, source } = command.opts<Flags>();
  const folder =
    out === undefined
      ? openFreeRun(OUT, PICTURES)
      : openRun(out, false, { hint: 'Choose another --out.', pictures: PICTURES });
  try {
    const elsewhere = out === undefined ? showFolder(OUT, folder.path) : undefined;
    if (elsewhere) console.log(elsewhere);
    const { engine, threads } = await chooseEngine(name);
    const given = { folder, engine, helper: useHelper(threads), source };
    const phase = (what: string) => console.log(showPhase(what));
    for (const line of await evaluate(command.args[0], data, given, { phase, hint: console.log })) console.log(line);
  } finally {
    folder.close();
    if (out === undefined) removeIfEmpty(folder.path);
  }
});
