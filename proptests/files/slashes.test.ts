/**
 * Paths that are written into files are the same on every system.
 */
import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSlashes } from '../../files/slashes.ts';
import { check } from '../support/check.ts';

const parts = fc.array(fc.constantFrom('a', 'b c', 'config.json', '..', 'ä'), { minLength: 1, maxLength: 6 });

test('a path that Windows has joined is written as the one that others have joined', () =>
  check(parts, (names) => {
    assert.is(withSlashes(win32.join(...names), win32.sep), posix.join(...names));
    assert.is(withSlashes(posix.join(...names), posix.sep), posix.join(...names));
  }));

test('where / is the separator, a backslash is a letter of a name', () => {
  assert.is(withSlashes('a\\b/c', posix.sep), 'a\\b/c');
});

test.run();
