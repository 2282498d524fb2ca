/** The body of every script of a table: what is missing is run, and the table is written. */
import { interruption, script } from '../cli/options.ts';
import { runScript } from '../run/user-error.ts';
import { execute } from './execute.ts';
import { type TableFlags, tableOptions } from './options.ts';
import { type TableOptions, tablePlan } from './plan.ts';
import { reportTable, type TableText } from './report.ts';

export function tableScript(
  name: string,
  description: string,
  options: (flags: TableFlags) => TableOptions,
  text: (options: TableOptions) => TableText,
): void {
  const command = tableOptions(script(name, description));
  runScript(async () => {
    const flags = command.parse().opts<TableFlags>();
    const printer: { say: (text: string) => void } = { say: console.log };
    const stop = interruption((message) => printer.say(message));
    const asked = options(flags);
    const plan = tablePlan(asked);
    const finished = await execute(plan, { stop, printer, checkpointSeconds: flags.checkpointSeconds });
    if (!finished) {
      console.log('\nStopped. The same command goes on; what is finished is not done again.');
      process.exitCode = 130;
      return;
    }
    console.log(`\n${await reportTable(asked.out, plan, text(asked))}`);
  });
}
