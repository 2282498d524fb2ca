/** The frame of every script: errors that the user can mend end in one line, and lost output ends no run. */
import { explain, systemReason } from '../../files/errors.ts';

/**
 * A closed pipe or a full device ends no script: what it would have printed is lost, what it writes into files is not.
 * `lost` is called the first time that happens.
 */
function outliveOutput(lost: (error: Error) => void): void {
  let told = false;
  process.stdout.on('error', (error: Error) => {
    if (told) return;
    told = true;
    lost(error);
  });
  // Where stderr is gone too, there is nobody to tell.
  process.stderr.on('error', () => {});
}

/**
 * Runs a script's main function; what the user can mend ends in one line and exit code 1. `printsOnly`: nothing remains
 * of this start but what it prints, so it ends where nobody reads that any more.
 */
export function runScript(main: () => Promise<void>, printsOnly: () => boolean = () => false): void {
  outliveOutput((error) => {
    const closed = (error as NodeJS.ErrnoException).code === 'EPIPE';
    if (!printsOnly()) {
      console.error(`What is printed is lost from here on (${error.message}); everything else goes on.`);
    } else if (closed) process.exit();
    else {
      console.error(`The output cannot be written: ${systemReason(error) ?? error.message}.`);
      process.exit(1);
    }
  });
  main().catch((error: unknown) => {
    console.error('');
    console.error(explain(error) ?? error);
    process.exitCode ||= 1;
  });
}
