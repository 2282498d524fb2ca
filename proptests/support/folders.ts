/**
 * Where reference numbers and real data lie. Neither is part of the package: tests that need them are
 * skipped, visibly, where the folders are absent.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Test } from 'uvu';

export const goldens = resolve(process.env.LATTIGRAD_GOLDENS ?? '../shared/goldens');
export const data = resolve(process.env.LATTIGRAD_DATA ?? '../shared/data');

/** Registers `body` as a test if `folder` exists, else registers a visible skip that says what to set. */
export function needs(folder: string, test: Test, name: string, body: () => void | Promise<void>): void {
  if (existsSync(folder)) test(name, body);
  else {
    console.log(`SKIPPED ${name}: no ${folder} (set LATTIGRAD_GOLDENS or LATTIGRAD_DATA)`);
    test.skip(name);
  }
}
