/** The distance of words is a metric, and one of another program. */

import fc from 'fast-check';
import { distance as theirs } from 'fastest-levenshtein';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { distance } from '../../text/distance.ts';
import { check } from '../support/check.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '𝛼'), maxLength: 12 });

test('it is that of another program', () =>
  check(fc.tuple(word, word), ([a, b]) => assert.is(distance(a, b), theirs(a, b))));

test('it is a metric', () =>
  check(fc.tuple(word, word, word), ([a, b, c]) => {
    assert.is(distance(a, b) === 0, a === b);
    assert.is(distance(a, b), distance(b, a));
    assert.ok(distance(a, c) <= distance(a, b) + distance(b, c));
  }));

test.run();
