/**
 * Chemical symbols: 118 of them, each its own, there and back.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atomicNumber, symbolOf } from '../../data/index.ts';

const all = Array.from({ length: 118 }, (_, k) => k + 1);

test('number to symbol and back', () => {
  for (const z of all) assert.is(atomicNumber(symbolOf(z)), z);
  assert.is(new Set(all.map(symbolOf)).size, 118);
  for (const z of all) assert.match(symbolOf(z), /^[A-Z][a-z]?$/);
});

test('ends of periods and groups stand where chemistry puts them', () => {
  const nobleGases = [2, 10, 18, 36, 54, 86, 118].map(symbolOf);
  assert.equal(nobleGases, ['He', 'Ne', 'Ar', 'Kr', 'Xe', 'Rn', 'Og']);
  const coinage = [29, 47, 79, 111].map(symbolOf);
  assert.equal(coinage, ['Cu', 'Ag', 'Au', 'Rg']);
  assert.equal([57, 71, 89, 103].map(symbolOf), ['La', 'Lu', 'Ac', 'Lr']);
});

test('what is no element', () => {
  for (const text of ['', 'X', 'fe', 'FE', 'D', ' H', 'Fe1', 'constructor']) assert.is(atomicNumber(text), undefined);
  for (const z of [0, -1, 119, 1.5, Number.NaN]) assert.throws(() => symbolOf(z), /atomic number from 1 to 118/);
});

test.run();
