/** Schemas of JSON: they take what they describe, and name the place of one fault that is put in. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  anything,
  boolean,
  count,
  exactly,
  kinds,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  type Schema,
  string,
} from '../../text/schema.ts';
import { check } from '../support/check.ts';

interface Case {
  readonly schema: Schema<unknown>;
  readonly fits: fc.Arbitrary<unknown>;
  /** A value of another kind. */
  readonly not: fc.Arbitrary<unknown>;
}

const leaves: readonly Case[] = [
  { schema: string, fits: fc.string(), not: fc.integer() },
  {
    schema: number,
    fits: fc.double({ noNaN: true, noDefaultInfinity: true }),
    not: fc.constantFrom('1', null, NaN, 1 / 0),
  },
  { schema: count, fits: fc.nat(), not: fc.constantFrom(-1, 0.5, 2 ** 60, '1') },
  { schema: boolean, fits: fc.boolean(), not: fc.constantFrom(0, 'true', null) },
  { schema: oneOf(['paper', 7]), fits: fc.constantFrom('paper', 7), not: fc.constantFrom('7', 8, null) },
  { schema: nullable(string), fits: fc.option(fc.string()), not: fc.constantFrom(undefined, 3) },
];

/** Schemas of any depth, with values that fit, values that do not, and where these are at fault. */
interface Deep extends Case {
  readonly path: readonly PropertyKey[];
}
const leaf: fc.Arbitrary<Deep> = fc.constantFrom(...leaves).map((one) => ({ ...one, path: [] }));
const around = (inner: fc.Arbitrary<Deep>): fc.Arbitrary<Deep> =>
  inner.chain(({ schema, fits, not, path }) => {
    const put = (wrap: (value: unknown) => unknown, outer: Schema<unknown>, key: PropertyKey): Deep => ({
      schema: outer,
      fits: fits.map(wrap),
      not: not.map(wrap),
      path: [key, ...path],
    });
    return fc.constantFrom(
      put((value) => ({ other: 1, in: value }), object({ in: schema, more: optional(string) }), 'in'),
      put((value) => ({ in: value }), exactly({ in: schema }), 'in'),
      put((value) => ({ any: value }), record(schema), 'any'),
      put((value) => [value], list(schema), 0),
      put((value) => ({ kind: 'b', in: value }), kinds('kind', { a: object({}), b: object({ in: schema }) }), 'in'),
    );
  });
const deep = around(fc.oneof(leaf, around(leaf), around(around(leaf))));

test('a schema takes what it describes, and gives it back as it is', () =>
  check(
    deep.chain(({ schema, fits }) => fc.tuple(fc.constant(schema), fits)),
    ([schema, value]) => {
      const { success, data } = schema.safeParse(value);
      assert.ok(success);
      assert.is(data, value);
    },
  ));

test('a fault is named with its place', () =>
  check(
    deep.chain(({ schema, not, path }) => fc.tuple(fc.constant({ schema, path }), not)),
    ([{ schema, path }, value]) => {
      const [issue] = schema.safeParse(value).error!.issues;
      assert.equal(issue.path, path);
      assert.match(issue.message, /^expected /);
    },
  ));

test('keys that are not asked for are refused by `exactly` alone, and inherited ones are none', () => {
  assert.is(exactly({ a: anything }).safeParse({ a: 1, b: 2 }).error!.issues[0].path[0], 'b');
  assert.ok(object({ a: anything }).safeParse({ a: 1, b: 2 }).success);
  assert.not(object({ toString: anything, valueOf: number }).safeParse({}).success);
});

test('an unknown kind is answered by the known ones', () => {
  const schema = kinds('kind', { epoch: object({}), step: object({}) });
  assert.equal(schema.safeParse({ kind: 'toString' }).error!.issues, [
    { path: ['kind'], message: 'expected epoch or step' },
  ]);
});

test.run();
