/**
 * `npm run compare`: fine-tunings side by side, with paired differences.
 *
 *   npm run compare -- runs/p-scratch runs/p-forces --out runs/p-comparison
 */
import { Command } from 'commander';
import { makeFreeFolder } from '../training/run-folder/free-folder.ts';
import { compareFolders } from './seeds/compare.ts';
import { comparedText, reportCompared } from './seeds/report.ts';
import { runScript } from './terminal/run-script.ts';

const OUT = 'runs/comparison';
const command = new Command('npm run compare --')
  .description('Compares fine-tunings of one property; the first is the baseline.')
  .argument('<folders...>', 'folders of `npm run finetune`')
  .option('--out <folder>', `where table and picture go (default: ${OUT}, ${OUT}-2 ...)`);

runScript(
  async () => {
    command.parse();
    const compared = compareFolders(command.args);
    const out = command.opts<{ out?: string }>().out ?? makeFreeFolder(OUT);
    await reportCompared(out, [compared]);
    console.log(`${comparedText(compared)}\n\nTable and picture: ${out}/comparison.md, .csv, .svg, .png`);
    // All files are written before anything is printed.
  },
  () => true,
);
