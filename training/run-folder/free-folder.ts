/**
 * Where results go if nobody says where: NAME, or NAME-2, NAME-3 ... if others have those before it.
 *
 * The call that finds a folder also takes it, by making it or by its lock, so that two processes never get the same one.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { FolderTaken } from '../../files/errors.ts';
import type { Pictures } from '../pictures.ts';
import { makeFolder, openRun, type RunFolder } from './folder.ts';

/** What `take` gives for the first of `name`, `name`-2, `name`-3 ... for which it does not throw FolderTaken. */
function firstFree<T>(name: string, take: (path: string) => T): T {
  for (let k = 1; ; k++) {
    try {
      return take(k === 1 ? name : `${name}-${k}`);
    } catch (error) {
      if (!(error instanceof FolderTaken)) throw error;
    }
  }
}

/** Makes a folder that was not there before: `name`, or `name`-2 and so on. Returns its path. */
export const makeFreeFolder = (name: string): string =>
  firstFree(name, (path) => {
    makeFolder(dirname(path));
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new FolderTaken(`${path}: is there already.`);
    }
  });

/** Gives back a folder into which nothing was written, since its start was refused. */
export function removeIfEmpty(path: string): void {
  if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
}

/**
 * Opens the first of `name`, `name`-2 and so on that holds no run and that no other process has. What a refused start
 * left behind counts as free.
 *
 * @example
 * // no-run: makes a folder
 * const folder = openFreeRun('runs/forces');
 * console.log(folder.path);
 * folder.close();
 */
export const openFreeRun = (name: string, pictures?: Pictures): RunFolder =>
  firstFree(name, (path) => openRun(path, false, pictures === undefined ? {} : { pictures }));

/** A sentence for the user where the folder is not the one of the usual name; undefined where it is. */
export const showFolder = (name: string, path: string): string | undefined =>
  path === name || !existsSync(name) ? undefined : `${name} holds something already: everything goes to ${path}.`;
