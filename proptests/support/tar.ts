/**
 * GNU tar for tests of archives, which are skipped, visibly, where there is none.
 *
 * Not a test file.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { fresh } from '../experiments/runs.ts';

const found = /GNU tar/.test(spawnSync('tar', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Registers `body` as a test where there is GNU tar, else a visible skip. */
export function needsTar(test: Test, name: string, body: () => void | Promise<void>): void {
  if (found) return void test(name, body);
  console.log(`SKIPPED ${name}: no GNU tar`);
  test.skip(name);
}

/** Unpacks an archive into a new folder; gives its path. */
export function unpacked(archive: string): string {
  const folder = fresh('unpacked');
  mkdirSync(folder);
  const { status, stderr } = spawnSync('tar', ['-xzf', archive, '-C', folder], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return folder;
}
