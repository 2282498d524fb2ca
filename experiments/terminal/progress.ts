/** Progress: a bar with the time left on a terminal; elsewhere a line where nothing was printed for a while. */
import { Presets, SingleBar } from 'cli-progress';
import { excerpt } from '../../text/printable.ts';

/** Milliseconds without a line after which there is one. */
const SILENCE = 20_000;

export interface Progress {
  /** `done` of `total` parts are finished. */
  update(done: number, note?: string): void;
  /** Prints a line above the bar; dated where there is no terminal. */
  line(text: string): void;
  stop(): void;
}

/** A line that says what is begun; names of files in it reach the terminal without control bytes. */
export const showPhase = (what: string): string => `${excerpt(what, 500)} ...`;

/** Prints what is to know of data, where the trainings on them print results only. */
export function sayNotes({
  hint,
  notes,
}: {
  readonly hint?: string | undefined;
  readonly notes: readonly string[];
}): void {
  for (const text of hint === undefined ? notes : [hint, ...notes]) console.log(`  ${text}`);
}

/** Where a resumed training takes up again: so many epochs and steps are behind it. */
export const goesOn = (epoch: number, epochs: number, step: number, steps: number): string =>
  step === steps || epoch === epochs
    ? `All ${epochs} epochs are done`
    : `Goes on in epoch ${epoch + 1} of ${epochs}, after step ${step} of ${steps}`;

export function progress(total: number, label: string): Progress {
  if (!process.stdout.isTTY) {
    const stamp = () => new Date().toISOString().slice(0, 19).replace('T', ' ');
    let last = Date.now();
    const line = (text: string) => {
      last = Date.now();
      console.log(`${stamp()}  ${text}`);
    };
    const update = (done: number, note = '') => {
      if (Date.now() - last > SILENCE) line(`${label}: step ${done} of ${total}${note === '' ? '' : `, ${note}`}`);
    };
    return { update, line, stop: () => {} };
  }
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage} %  {eta_formatted} left  {note}`,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: '' });
  return {
    update: (done, note = '') => bar.update(done, { note }),
    line: (text) => {
      process.stdout.write('\r\x1b[K');
      console.log(text);
      bar.render();
    },
    stop: () => bar.stop(),
  };
}
