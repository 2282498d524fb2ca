/** Short names of files, all different. */
import { basename } from 'node:path';
import { endingOf } from './formats.ts';

/** A file without its folder and the ending of its format. */
export function shortName(file: string): string {
  const name = basename(file);
  return name.slice(0, name.length - (endingOf(name)?.length ?? 0));
}

/** Short names, numbered where two files share one: `prop`, `prop-2`; never a name that another file has. */
export function differentNames(files: readonly string[]): string[] {
  const short = files.map(shortName);
  const taken = new Set(short);
  return short.map((name, k) => {
    if (short.indexOf(name) === k) return name;
    let number = 2;
    while (taken.has(`${name}-${number}`)) number++;
    taken.add(`${name}-${number}`);
    return `${name}-${number}`;
  });
}
