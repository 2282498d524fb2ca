/** The body of every script of a table: what is missing is run, and the table is written. */

import { finetunePreset } from '../../training/presets.ts';
import { interruption, script } from '../cli/options.ts';
import { runScript } from '../cli/run-script.ts';
import { execute } from './execute.ts';
import { type TableFlags, tableOptions } from './options.ts';
import { type TableOptions, type TablePlan, tablePlan } from './plan.ts';
import { reportTable, type TableText } from './report.ts';
import { insistOnPlan } from './reuse.ts';

export interface TableScript {
  /** Of the command and of the files. */
  readonly name: string;
  readonly description: string;
  readonly options: (flags: TableFlags) => TableOptions;
  readonly paper: TableText['paper'];
}

/** What was done, in one sentence. */
function caption({ architecture, preset, sources, relaxed, pool }: TableOptions, plan: TablePlan): string {
  const config = plan.finetunings[0][0].config;
  const network = architecture === 'cgcnn' ? 'CGCNN' : 'TorchMD-Net ET';
  const trained = plan.pretrainings.map((job) => job.config);
  const epochs = [...new Set(trained.map((one) => one.training.epochs))].sort((a, b) => a - b);
  const denoises = trained.some(({ strategy }) => strategy !== 'forces');
  const labels = config.most === null ? 'all labels' : `at most ${config.most} labels a set`;
  return [
    `${network}, preset ${preset}, cutoff ${config.model.cutoff} Å, ${(pool ?? finetunePreset(preset).pool) === 'mean' ? 'mean' : 'sum'} over atoms`,
    ...(trained.length === 0
      ? []
      : [
          `pre-trained for ${epochs.join(', ')} epochs on ${sources.join(', ')}` +
            (denoises ? ` (denoising: on ${relaxed.join(', ')})` : ''),
        ]),
    `fine-tuned for ${config.training.epochs} epochs on ${labels}`,
  ].join('; ');
}

export function tableScript({ name, description, options, paper }: TableScript): void {
  const command = tableOptions(script(name, description));
  runScript(async () => {
    const flags = command.parse().opts<TableFlags>();
    const printer: { say: (text: string) => void } = { say: console.log };
    const stop = interruption((message) => printer.say(message));
    const asked = options(flags);
    const plan = tablePlan(asked);
    await insistOnPlan(plan);
    const finished = !flags.run || (await execute(plan, { stop, printer, checkpointSeconds: flags.checkpointSeconds }));
    if (!finished) {
      console.log('\nStopped. The same command goes on; what is finished is not done again.');
      process.exitCode = 130;
      return;
    }
    console.log(
      `\n${await reportTable(asked.out, plan, { name: `${name}-${asked.preset}`, caption: caption(asked, plan), paper })}`,
    );
  });
}
