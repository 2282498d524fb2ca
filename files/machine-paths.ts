/**
 * Paths that only one machine has, and that may name who works on it: found, and shortened, before runs are published.
 */
import { posix } from 'node:path';

/** From the root of a disk or from a home (`/`, `~`, `C:\`, `\\server`), or through the folder of homes. */
const OF_MACHINE = /^(?:\/\w|~[\w.-]*\/|[A-Za-z]:[\\/]|\\\\\w)|(?:^|[\\/])(?:home|Users)[\\/]/;
const LEADS_OUT = /^\.\.[\\/]/;

const lastPart = (path: string): string => posix.basename(path.replaceAll('\\', '/'));

/**
 * A word of a command whose paths, if they lead out of the folder where it was given, keep their last part only.
 *
 * Example: `--data=/home/ann/set.xyz` becomes `--data=set.xyz`.
 */
export const withoutFolders = (word: string): string =>
  word
    .split('=')
    .map((part) => (OF_MACHINE.test(part) || LEADS_OUT.test(part) ? lastPart(part) : part))
    .join('=');

/** Whether a path of a machine stands anywhere in a JSON value. */
export function namesMachine(value: unknown): boolean {
  if (typeof value === 'string') return OF_MACHINE.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(namesMachine);
}

/** Whether a path of a machine stands among the words of a text. */
export const textNamesMachine = (text: string): boolean =>
  text.split(/[\s,;()[\]|]+/).some((word) => OF_MACHINE.test(word.replace(/^["'`]+/, '')));
