/**
 * `npm run explain`: what a data set holds, before anything is trained on it.
 *
 *   npm run explain -- jdft2d mptrj-random-1k
 *   npm run explain -- FILE.extxyz.gz --target band_gap --out runs/explain
 */
import { Command, Option } from 'commander';
import { factsOf } from '../data/facts.ts';
import { plausible } from '../data/index.ts';
import { PRESETS, type Preset } from '../training/config.ts';
import { meter } from '../training/meter.ts';
import { finetunePreset, pretrainPreset } from '../training/presets.ts';
import { FORCE_SOURCES, PROPERTY_SETS } from './datasets.ts';
import { plainText } from './explain/lines.ts';
import { readDataSet } from './explain/read.ts';
import { saveFacts } from './explain/save.ts';
import { positive, positiveInteger } from './terminal/options.ts';
import { showPhase } from './terminal/progress.ts';
import { runScript } from './terminal/run-script.ts';

interface Flags {
  readonly preset: Preset;
  readonly cutoff?: number;
  readonly mostNeighbours?: number;
  readonly target?: string;
  readonly unit?: string;
  readonly crystals: number;
  readonly out?: string;
}

const known = [...PROPERTY_SETS, ...FORCE_SOURCES].map(({ name }) => name).join(', ');
const command = new Command('npm run explain --')
  .description('What data sets hold: structures, neighbours, labels, outliers.')
  .argument('<datasets...>', `extended XYZ files, plain or gzipped, or names: ${known}`)
  .addOption(new Option('--preset <name>', 'whose cutoff is used').choices(PRESETS).default('laptop'))
  .option('--cutoff <angstrom>', 'neighbours are atoms within this distance', positive)
  .option('--most-neighbours <n>', 'the limit whose effect is told (as of preset paper)', positiveInteger)
  .option('--target <key>', 'the property of a file (default: the one that its comment lines name)')
  .option('--unit <text>', 'its unit, if the file does not say it')
  .option('--crystals <n>', 'crystals of the built-in universe', positiveInteger, finetunePreset('laptop').crystals)
  .option('--out <folder>', 'also write explain.md, explain.csv and pictures there');

runScript(
  async () => {
    command.parse();
    const { preset, cutoff, mostNeighbours, out, ...options } = command.opts<Flags>();
    const { neighbours } = pretrainPreset('paper').model;
    const rule = {
      cutoff: cutoff ?? pretrainPreset(preset).model.cutoff,
      most: mostNeighbours ?? neighbours.most!,
      imageCap: neighbours.imageCap!,
    };
    const all = [];
    for (const name of command.args) {
      console.error(showPhase(`Reading ${name}`));
      const set = await readDataSet(name, options);
      for (const note of set.notes ?? []) console.log(note);
      const { hint } = plausible(set.structures, rule.cutoff);
      if (hint !== undefined) console.log(hint);
      const facts = factsOf(set, rule, meter(console.error, 'Neighbours of structures', set.structures.length));
      console.log(`${plainText(facts)}\n`);
      all.push(facts);
    }
    if (out === undefined) return;
    await saveFacts(out, all);
    console.log(`Also in ${out}: explain.md, explain.csv, pictures`);
  },
  () => command.opts<Flags>().out === undefined,
);
