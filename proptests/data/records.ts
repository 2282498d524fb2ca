/**
 * Random labelled structures and equality to the last bit, for the tests of readers and writers. Not a test.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { LabelledStructure, Property } from '../../data/index.ts';

/** Any finite float64: zeros of both signs, subnormal, huge. */
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const coordinate = fc.oneof(finite, fc.double({ min: -50, max: 50, noNaN: true }));
/** Texts that cannot be taken for a number, a truth value or a list: those read as what they look like. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((s) => `q${s}`);
const key = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,9}$/)
  .filter(
    (name) =>
      !/^(lattice|properties|pbc|energy|free_energy|stress|virial|name|material_id|source_id|__proto__)$/i.test(name),
  );
const columnName = fc
  .stringMatching(/^[a-z_]{1,8}$/)
  .filter((name) => !/^(pos|positions|species|symbols|element|numbers|forces?|z|__proto__)$/.test(name));
const property: fc.Arbitrary<Property> = fc.oneof(
  finite,
  fc.boolean(),
  text,
  fc.array(finite, { minLength: 2, maxLength: 5 }),
);

const exactly = (length: number, of: fc.Arbitrary<number>): fc.Arbitrary<Float64Array> =>
  fc.array(of, { minLength: length, maxLength: length }).map((x) => Float64Array.from(x));

/** Diagonals outweigh the rest, so every cell has a volume; of either hand. */
const cell = fc
  .tuple(exactly(9, fc.double({ min: -2, max: 2, noNaN: true })), fc.constantFrom(5, -5))
  .map(([noise, size]) => noise.map((x, k) => x + (k === 0 ? size : k % 4 === 0 ? 5 : 0)));

/** Ids look like anything, numbers with leading zeros included. */
const id = fc.oneof(text, fc.constantFrom('0012', '1e5', 'T', '1 2 3', 'mp-149', '-'));

export const record: fc.Arbitrary<LabelledStructure> = fc.integer({ min: 1, max: 5 }).chain((atoms) =>
  fc
    .record({
      id,
      numbers: fc.array(fc.integer({ min: 1, max: 118 }), { minLength: atoms, maxLength: atoms }),
      positions: exactly(3 * atoms, coordinate),
      cell: fc.option(cell, { freq: 6 }),
      periodic: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      energy: fc.option(finite),
      forces: fc.option(exactly(3 * atoms, coordinate)),
      free: fc.option(finite),
      stress: fc.option(exactly(9, finite)),
      properties: fc.dictionary(key, property, { maxKeys: 4, noNullPrototype: true }),
      idKey: fc.constantFrom('name', 'material_id', 'source_id'),
      arrays: fc
        .uniqueArray(fc.tuple(columnName, fc.integer({ min: 1, max: 3 })), { maxLength: 2, selector: ([n]) => n })
        .chain((columns) =>
          fc.tuple(...columns.map(([name, width]) => exactly(atoms * width, finite).map((d) => [name, d] as const))),
        ),
    })
    .map((r) => ({
      id: r.id,
      numbers: Int32Array.from(r.numbers),
      positions: r.positions,
      cell: r.cell ?? new Float64Array(9),
      periodic: r.cell ? r.periodic : ([false, false, false] as const),
      ...(r.energy === null ? {} : { energy: r.energy }),
      ...(r.forces ? { forces: r.forces } : {}),
      ...(r.stress && r.cell ? { stress: r.stress } : {}),
      properties: {
        [r.idKey]: r.id,
        ...(r.energy === null || r.free === null ? {} : { free_energy: r.free }),
        ...r.properties,
      },
      arrays: Object.fromEntries(r.arrays),
    })),
);

const bits = (x: ArrayLike<number>): string => Buffer.from(Float64Array.from(x).buffer).toString('hex');
const flat = (value: Property): string =>
  typeof value === 'number' ? bits([value]) : typeof value === 'object' ? bits(value) : JSON.stringify(value);

/** Equal, every float to the last bit (so that -0 is not 0). */
export function identical(a: LabelledStructure, b: LabelledStructure): void {
  assert.is(a.id, b.id);
  assert.equal(a.numbers, b.numbers);
  assert.equal(a.periodic, b.periodic);
  for (const part of ['positions', 'cell', 'forces', 'stress'] as const) {
    assert.is(a[part] === undefined, b[part] === undefined, part);
    assert.is(bits(a[part] ?? []), bits(b[part] ?? []), part);
  }
  assert.is(bits([a.energy ?? Number.NaN]), bits([b.energy ?? Number.NaN]), 'energy');
  const entries = ({ properties }: LabelledStructure) =>
    Object.entries(properties).map(([name, value]) => `${name}=${flat(value)}`);
  assert.equal(entries(a).sort(), entries(b).sort());
  const columns = ({ arrays }: LabelledStructure) => Object.entries(arrays).map(([name, x]) => `${name}=${bits(x)}`);
  assert.equal(columns(a).sort(), columns(b).sort());
}

/** Every number of a structure is finite, and every array has the length its atoms need. */
export function sane(s: LabelledStructure): void {
  const atoms = s.numbers.length;
  assert.ok(atoms > 0 && s.positions.length === 3 * atoms && s.cell.length === 9 && s.periodic.length === 3, s.id);
  assert.ok(
    s.numbers.every((z) => z >= 1 && z <= 118),
    s.id,
  );
  assert.is(s.forces?.length ?? 3 * atoms, 3 * atoms, s.id);
  assert.is(s.stress?.length ?? 9, 9, s.id);
  for (const list of [s.positions, s.cell, s.forces ?? [], s.stress ?? [], [s.energy ?? 0], ...Object.values(s.arrays)])
    assert.ok(list.every(Number.isFinite), `${s.id}: ${list}`);
  for (const value of Object.values(s.properties)) {
    const numbers = typeof value === 'number' ? [value] : typeof value === 'object' ? value : [];
    assert.ok(numbers.every(Number.isFinite), `${s.id}: ${value}`);
  }
}
