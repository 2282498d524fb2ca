/** Names of files are different, and those that differ anyway are kept. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differentNames, shortName } from '../../data/names.ts';
import { check } from '../support/check.ts';

const path = fc
  .tuple(
    fc.constantFrom('', 'a/', '/b/c/'),
    fc.constantFrom('x', 'x-2', 'x-3', 'y'),
    fc.constantFrom('.extxyz', '.xyz.gz'),
  )
  .map((parts) => parts.join(''));

test('names are different, and the first file of a name keeps it', () =>
  check(
    fc.array(path, { maxLength: 8 }),
    (files) => {
      const names = differentNames(files);
      assert.is(new Set(names).size, files.length, names.join());
      for (const [k, name] of files.map(shortName).entries()) {
        if (files.map(shortName).indexOf(name) === k) assert.is(names[k], name);
        else assert.ok(names[k].startsWith(`${name}-`));
      }
    },
    300,
  ));

test.run();
