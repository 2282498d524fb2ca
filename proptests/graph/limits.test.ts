/**
 * Neighbour limits against a naive implementation, on lists full of shells, near-shells and ties.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Edges, type LimitOptions, limitNeighbours, neighbours } from '../../graph/index.ts';
import { CELLS, reals } from '../../testing/index.ts';
import { permuteAtoms } from '../../testing/laws/descriptions.ts';
import { check } from '../support/check.ts';
import { crystal, crystals } from './crystals.ts';

/** One row an edge: target, source, offsets, distance. */
type Row = readonly [number, number, number, number, number, number];
const rowsOf = ({ target, source, offset, distance }: Edges): Row[] =>
  Array.from(target, (i, k) => [i, source[k], offset[3 * k], offset[3 * k + 1], offset[3 * k + 2], distance[k]]);
const edgesOf = (rows: readonly Row[]): Edges => ({
  target: Int32Array.from(rows, (r) => r[0]),
  source: Int32Array.from(rows, (r) => r[1]),
  offset: Int32Array.from(rows.flatMap((r) => r.slice(2, 5))),
  distance: Float64Array.from(rows, (r) => r[5]),
});
const byPlace = (a: Row, b: Row): number => {
  const k = [0, 1, 2, 3, 4].find((c) => a[c] !== b[c]);
  return k === undefined ? 0 : a[k] - b[k];
};

/** The definition in words: shells from near to far, each whole; of the last, all (`shell`) or the first few. */
function naive(rows: readonly Row[], { max, rule }: LimitOptions): Row[] {
  const kept: Row[] = [];
  for (const i of new Set(rows.map((r) => r[0]))) {
    const mine = rows.filter((r) => r[0] === i).sort((a, b) => a[5] - b[5]);
    const shells: Row[][] = [];
    for (const r of mine) {
      const previous = shells.at(-1)?.at(-1);
      if (previous && r[5] ** 2 - previous[5] ** 2 <= 1e-6) shells.at(-1)!.push(r);
      else shells.push([r]);
    }
    let taken = 0;
    for (const shell of shells) {
      if (taken >= max) break;
      const members = shell.sort(byPlace).slice(0, rule === 'shell' ? shell.length : max - taken);
      kept.push(...members);
      taken += members.length;
    }
  }
  return kept.sort(byPlace);
}

const limits: fc.Arbitrary<LimitOptions> = fc.record({
  max: fc.integer({ min: 0, max: 14 }),
  rule: fc.constantFrom('exact' as const, 'shell' as const),
});

// Few base lengths, so that shells are large; jitter within, across and in chains of the shell width.
const lists: fc.Arbitrary<Row[]> = fc
  .uniqueArray(
    fc.record({
      i: fc.integer({ min: 0, max: 2 }),
      j: fc.integer({ min: 0, max: 3 }),
      n: fc.tuple(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -1, max: 1 }), fc.integer({ min: -1, max: 1 })),
      square: fc.constantFrom(1, 2, 2.5, 4),
      jitter: fc.constantFrom(0, 1e-9, 0.4e-6, 0.8e-6, 1.6e-6, 2.1e-6, 5e-6),
    }),
    { maxLength: 60, selector: (e) => `${e.i} ${e.j} ${e.n}` },
  )
  .map((entries) => entries.map((e): Row => [e.i, e.j, ...e.n, Math.sqrt(e.square + e.jitter)]).sort(byPlace));

test('equal to the naive implementation: lists with shells and chains of near-shells', () =>
  check(
    fc.tuple(lists, limits),
    ([rows, limit]) => {
      assert.equal(rowsOf(limitNeighbours(edgesOf(rows), limit)), naive(rows, limit));
    },
    200,
  ));

test('equal to the naive implementation: crystals', () =>
  check(
    fc.tuple(crystals(CELLS.any, { atoms: [1, 3] }), reals({ low: 1, high: 4 }), limits),
    ([structure, cutoff, limit]) => {
      const edges = neighbours(structure, cutoff);
      assert.equal(rowsOf(limitNeighbours(edges, limit)), naive(rowsOf(edges), limit));
    },
    40,
  ));

test('a limit at or above the number of neighbours changes nothing; shell contains exact', () =>
  check(fc.tuple(lists, limits), ([rows, { max }]) => {
    const edges = edgesOf(rows);
    for (const rule of ['exact', 'shell'] as const)
      assert.equal(limitNeighbours(edges, { max: rows.length, rule }), edges);
    const shell = new Set(rowsOf(limitNeighbours(edges, { max, rule: 'shell' })).map(String));
    for (const row of rowsOf(limitNeighbours(edges, { max, rule: 'exact' }))) assert.ok(shell.has(String(row)));
  }));

// Perfect crystals: every boundary cuts a shell, so the choice of members depends on the order of atoms.
const perfect = fc
  .tuple(
    reals({ low: 2, high: 4 }),
    fc.constantFrom([0, 0, 0], [0, 0, 0, 0.5, 0.5, 0.5], [0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5]),
  )
  .map(([a, basis]) =>
    crystal(
      [a, 0, 0, 0, a, 0, 0, 0, a],
      basis.map((x) => x * a),
    ),
  );

test('the order of atoms changes neither the lengths kept nor, with shells, the edges', () =>
  check(
    fc
      .tuple(fc.oneof(perfect, crystals(CELLS.ordinary, { atoms: [2, 4] })), reals({ low: 3, high: 6 }), limits)
      .chain(([structure, cutoff, limit]) => {
        const order = Array.from(structure.numbers, (_, k) => k);
        return fc.tuple(
          fc.constant(structure),
          fc.constant(cutoff),
          fc.constant(limit),
          fc.shuffledSubarray(order, { minLength: order.length }),
        );
      }),
    ([structure, cutoff, limit, order]) => {
      const plain = rowsOf(limitNeighbours(neighbours(structure, cutoff), limit));
      const permuted = rowsOf(limitNeighbours(neighbours(permuteAtoms(structure, order), cutoff), limit));
      order.forEach((old, k) => {
        const lengths = (rows: Row[], atom: number) =>
          rows
            .filter((r) => r[0] === atom)
            .map((r) => r[5])
            .sort((a, b) => a - b);
        const [before, after] = [lengths(plain, old), lengths(permuted, k)];
        assert.is(after.length, before.length);
        // Within the last shell lengths may differ by its width: 1e-6 A^2.
        before.forEach((r, c) => void assert.ok(Math.abs(r - after[c]) < 1e-6, `${r} ${after[c]}`));
      });
      if (limit.rule === 'shell') {
        const back = permuted.map((r): Row => [order[r[0]], order[r[1]], r[2], r[3], r[4], 0]).sort(byPlace);
        assert.equal(
          back,
          plain.map((r): Row => [r[0], r[1], r[2], r[3], r[4], 0]),
        );
      }
    },
    60,
  ));

test('no neighbours kept at 0; no edges stay no edges', () =>
  check(lists, (rows) => {
    for (const rule of ['exact', 'shell'] as const) {
      assert.is(limitNeighbours(edgesOf(rows), { max: 0, rule }).target.length, 0);
      assert.is(limitNeighbours(edgesOf([]), { max: 5, rule }).offset.length, 0);
    }
  }));

test('more than a thousand neighbours an atom', () =>
  check(
    fc.noShrink(crystals(CELLS.tiny, { atoms: [2, 2] })),
    (structure) => {
      const edges = neighbours(structure, 7);
      const degree = edges.target.indexOf(1);
      assert.ok(degree > 1000 || structure.cell.some((x) => Math.abs(x) > 1), `${degree} neighbours`);
      for (const max of [250, degree - 1]) {
        const kept = rowsOf(limitNeighbours(edges, { max, rule: 'exact' }));
        assert.equal(kept, naive(rowsOf(edges), { max, rule: 'exact' }));
        assert.is(kept.filter((r) => r[0] === 0).length, max);
      }
    },
    5,
  ));

test('limits that mean nothing are refused', () => {
  for (const max of [-1, 2.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => limitNeighbours(edgesOf([]), { max, rule: 'exact' }), /limit of 0, 1, 2/);
});

test.run();
