/** Entry by entry, where two configurations differ. */
import { UserError } from '../../files/errors.ts';
import { excerpt } from '../../text/printable.ts';
import { isTree, merged, type Tree } from './resolve.ts';

export interface Difference {
  /** Dotted, as in --set. */
  readonly path: string;
  /** As JSON. */
  readonly stored: string;
  readonly wanted: string;
}

/** What is not there counts as null, as in training/config.ts. */
export function differences(stored: unknown, wanted: unknown, path = ''): Difference[] {
  if (isTree(stored) && isTree(wanted)) {
    const keys = [...new Set([...Object.keys(stored), ...Object.keys(wanted)])];
    return keys.flatMap((key) => differences(stored[key], wanted[key], path === '' ? key : `${path}.${key}`));
  }
  const [a, b] = [stored, wanted].map((value) => JSON.stringify(value ?? null)) as [string, string];
  return a === b ? [] : [{ path, stored: a, wanted: b }];
}

/**
 * Throws UserError where a run that goes on is asked for another number of epochs: that is another training, since the
 * learning rate may be spread over all epochs. Names the command that makes it; `file` holds the run's configuration.
 */
export function insistOnEpochs(
  asked: Tree,
  { task, training: { epochs } }: { readonly task: string; readonly training: { readonly epochs: number } },
  { path, file }: { readonly path: string; readonly file: string },
): void {
  const wanted = isTree(asked.training) ? asked.training.epochs : undefined;
  if (wanted === undefined || wanted === epochs) return;
  throw new UserError(
    `${path}: was begun with ${epochs} epochs; a training of ${JSON.stringify(wanted)} is another one (its learning rates depend on ` +
      `the number). Leave the number out to go on, or start anew: npm run ${task} -- --config ${file} --epochs ${String(wanted)} ` +
      `--out ${path}-${String(wanted)}-epochs`,
  );
}

/** A line for the user where flags say otherwise than the configuration of the run that goes on. */
export function showUnheeded(asked: Tree, config: object): string | undefined {
  const differ = differences(config, merged(config as Tree, asked));
  if (differ.length === 0) return undefined;
  const entries = differ.map(
    ({ path, stored, wanted }) => `${excerpt(path)} stays ${excerpt(stored)}, not ${excerpt(wanted)}`,
  );
  return `Goes on as it was configured: ${entries.join('; ')}. For other settings, start a new run (--out).`;
}
