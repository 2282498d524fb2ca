/**
 * A batch is its parts, one after another: every field can be cut back into the structures it came from.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  collate,
  determinant,
  type GraphBatch,
  type GraphOf,
  type Index,
  limitNeighbours,
  nearOrigin,
  neighbours,
} from '../../graph/index.ts';
import { CELLS, reals } from '../../testing/index.ts';
import { check } from '../support/check.ts';
import { crystal, crystals } from './crystals.ts';

const isolated = crystal(new Array(9).fill(0), [1, 2, 3], [false, false, false]);
const nothing = crystal([2, 0, 0, 0, 2, 0, 0, 0, 2], []);
const structures = fc.oneof(
  { weight: 4, arbitrary: crystals(CELLS.any) },
  { weight: 1, arbitrary: crystals(CELLS.ordinary, { atoms: [1, 1] }) },
  { weight: 1, arbitrary: fc.constant(isolated) },
  { weight: 1, arbitrary: fc.constant(nothing) },
);
const graphs: fc.Arbitrary<GraphOf[]> = fc.array(
  fc.tuple(structures, reals({ low: 0.5, high: 4 }), fc.nat(118)).map(([structure, cutoff, z]) => ({
    structure: { ...structure, id: `s${z}`, numbers: structure.numbers.map((_, k) => 1 + ((z + k) % 118)) },
    edges: limitNeighbours(neighbours(structure, cutoff), { max: 12, rule: 'exact' }),
  })),
  { maxLength: 6 },
);

/** Both directions: rows under a destination are exactly those that point at it, ascending. */
function whole(index: Index, values: readonly number[], count: number): void {
  assert.equal([...index.values], values);
  assert.is(index.count, count);
  for (let d = 0; d < count; d++) {
    const rows = values.flatMap((value, row) => (value === d ? [row] : []));
    assert.equal([...index.permutation.subarray(index.pointers[d], index.pointers[d + 1])], rows);
  }
  assert.is(index.pointers.length, count + 1);
  assert.is(index.permutation.length, values.length);
}

/** Compares a batch with its parts, field by field. */
function isMadeOf(batch: GraphBatch, parts: readonly GraphOf[]): void {
  let [atom, edge] = [0, 0];
  const lists = { structure: [] as number[], target: [] as number[], source: [] as number[], edge: [] as number[] };
  parts.forEach(({ structure, edges }, s) => {
    const [atoms, count] = [structure.numbers.length, edges.target.length];
    assert.is(batch.ids[s], structure.id);
    assert.equal(batch.numbers.slice(atom, atom + atoms), structure.numbers);
    const near = nearOrigin(structure, edges);
    assert.equal(batch.positions.slice(3 * atom, 3 * (atom + atoms)), near.positions);
    assert.equal(batch.shift.slice(3 * edge, 3 * (edge + count)), near.shift);
    assert.equal(batch.cells.slice(9 * s, 9 * s + 9), structure.cell);
    // Infinite without a cell: a molecule has no stress.
    assert.is(batch.volumes[s], determinant(structure.cell) || Number.POSITIVE_INFINITY);
    assert.equal(batch.distances.slice(edge, edge + count), edges.distance);
    for (let a = 0; a < atoms; a++) lists.structure.push(s);
    for (let e = 0; e < count; e++) {
      lists.target.push(atom + edges.target[e]);
      lists.source.push(atom + edges.source[e]);
      lists.edge.push(s);
    }
    atom += atoms;
    edge += count;
  });
  assert.equal(batch.sizes, { structures: parts.length, atoms: atom, edges: edge });
  whole(batch.structure, lists.structure, parts.length);
  whole(batch.target, lists.target, atom);
  whole(batch.source, lists.source, atom);
  whole(batch.edgeStructure, lists.edge, parts.length);
  for (const [array, length] of [
    [batch.numbers, atom],
    [batch.positions, 3 * atom],
    [batch.cells, 9 * parts.length],
    [batch.volumes, parts.length],
    [batch.shift, 3 * edge],
    [batch.distances, edge],
  ] as const)
    assert.is(array.length, length);
}

test('equal to its parts: mixed batches, empty ones, structures without edges or atoms', () =>
  check(graphs, (parts) => isMadeOf(collate(parts), parts), 60));

test('target, structure and edge structure ascend; edge vectors have the lengths given', () =>
  check(graphs, (parts) => {
    const batch = collate(parts);
    for (const index of [batch.structure, batch.target, batch.edgeStructure]) assert.ok(index.sorted);
    const { positions, shift, distances } = batch;
    batch.target.values.forEach((i, e) => {
      const j = batch.source.values[e];
      const vector = [0, 1, 2].map((c) => positions[3 * j + c] + shift[3 * e + c] - positions[3 * i + c]);
      assert.ok(Math.abs(Math.hypot(...vector) - distances[e]) < 1e-9);
    });
  }));

test('no structures at all', () => isMadeOf(collate([]), []));

test('edge lists that do not fit are refused, with the structure named', () => {
  const structure = { ...crystal([3, 0, 0, 0, 3, 0, 0, 0, 3], [0, 0, 0]), id: 'first' };
  const edges = neighbours(structure, 3);
  const broken = (change: object) => () =>
    collate([
      { structure, edges: { ...edges, ...change } },
      { structure, edges },
    ]);
  assert.throws(broken({ source: new Int32Array(5) }), /first: an edge needs/);
  assert.throws(broken({ offset: new Int32Array(5) }), /first: an edge needs/);
  assert.throws(broken({ distance: new Float64Array(5) }), /first: an edge needs/);
  // Without a check this edge would lead into the next structure.
  assert.throws(broken({ source: new Int32Array(6).fill(1) }), /first: .*atom 1; there are 1 atoms/);
  assert.throws(broken({ target: new Int32Array(6).fill(-1) }), /first: .*atom -1;/);
});

test.run();
