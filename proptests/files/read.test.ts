/**
 * Values of JSON files that a schema has checked: the values as they stand in the file, keys in their order, so that what
 * is written again from them has the same bytes.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { conform } from '../../files/read.ts';
import { check } from '../support/check.ts';

const schema = z.looseObject({
  mae: z.looseObject({ test: z.number() }),
  seed: z.number().optional(),
  rest: z.unknown().optional(),
});

/** Objects of known and unknown keys in any order. */
const value = fc
  .tuple(fc.nat(), fc.option(fc.nat(), { nil: undefined }), fc.jsonValue(), fc.nat(99))
  .map(([test, seed, rest, turn]) => {
    const mae = turn % 2 === 0 ? { validation: 1, test } : { test, validation: 1 };
    const entries: [string, unknown][] = [
      ['rest', rest],
      ['mae', mae],
      ...(seed === undefined ? [] : [['seed', seed] as [string, unknown]]),
    ];
    const at = turn % entries.length;
    return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)]);
  });

test('a checked value is written again with the bytes that it was read from', () =>
  check(value, (given) => {
    assert.is(JSON.stringify(conform(given, schema, 'file', 'a record')), JSON.stringify(given));
  }));

test('what the schema does not take is named with its place', () => {
  assert.throws(
    () => conform({ mae: { test: 'x' } }, schema, 'a/result.json', 'a result'),
    /^a\/result\.json: .*mae\.test.*got .*x.*\. Is it a result, and whole\?$/,
  );
});

test.run();
