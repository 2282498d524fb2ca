/**
 * `npm run finetune`: a network, pre-trained or not, learns a property; several seeds give a mean and its error.
 *
 *   npm run finetune -- --data P.extxyz.gz --target KEY --from runs/forces --seeds 1,2,3 --out runs/p-forces
 *   npm run finetune -- --resume runs/p-forces [--seeds 4,5 adds seeds]
 */
import { showEstimate } from '../plots/index.ts';
import { finetuneConfig } from './config/finetune-config.ts';
import { readRepeats } from './seeds/read.ts';
import { finetuneSeeds } from './seeds/run.ts';
import {
  type CommonFlags,
  commonOptions,
  naturals,
  positiveInteger,
  script,
  tellStopped,
  trainControl,
  treeOf,
} from './terminal/options.ts';
import { runScript } from './terminal/run-script.ts';

interface Flags extends CommonFlags {
  readonly keepHead?: true;
  readonly seeds?: number[];
}

const command = commonOptions(script('finetune', 'A network, pre-trained or not, learns one property of structures.'))
  .option('--data <file>', 'extended XYZ, plain or gzipped (default: relaxed crystals of the built-in universe)')
  .option('--target <key>', "the property's key in the comment lines (default: the one that the file's `target` names)")
  .option('--unit <text>', 'its unit, where the file does not say')
  .option('--drop-missing', 'leave out structures without the property')
  .option('--from <path>', "a pre-training's folder, or a checkpoint (default: random weights)")
  .option('--pool <how>', 'add or mean: from atoms to structures')
  .option('--reinitialise <paths...>', 'more parameters that start afresh in spite of --from')
  .option('--keep-head', 'transfer the head too')
  .option('--freeze <paths...>', 'transferred parameters that stay as they are')
  .option('--scaling <how>', 'standard (median and spread of the training targets) or none')
  .option('--crystals <n>', 'crystals of the built-in universe', positiveInteger)
  .option('--seeds <list>', 'one fine-tuning for each: split, weights and order (1,2,3)', naturals);

runScript(async () => {
  const { keepHead, seeds, ...flags } = command.parse().opts<Flags>();
  const { preset, over } = treeOf(keepHead ? { ...flags, head: 'kept' } : flags);
  const path = flags.resume ?? flags.out ?? 'runs/finetune';
  const resume = flags.resume !== undefined;
  const config = finetuneConfig(preset, over);
  const plan = { path, resume, config, asked: over, seeds: seeds ?? (resume ? [] : [1, 2, 3]) };
  if (!(await finetuneSeeds(plan, trainControl(flags.checkpointSeconds)))) {
    return tellStopped(`Stopped. Go on with: npm run finetune -- --resume ${path}`);
  }
  const { target, unit, mae, median } = readRepeats(path);
  console.log(
    `\n${target}: test error ${showEstimate(mae)} ${unit} over ${mae.count} seeds` +
      `${median ? `; always the median ${showEstimate(median)}` : ''}. Everything is in ${path}`,
  );
});
