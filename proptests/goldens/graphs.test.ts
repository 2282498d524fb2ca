/**
 * Neighbour lists, limits and image caps against the reference lists in goldens/graphs.
 *
 * Structures, cutoffs, limits and caps are all taken from the file, so another set of the same layout runs too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LabelledStructure, readStructures } from '../../data/index.ts';
import { type Edges, limitNeighbours, neighbours } from '../../graph/index.ts';
import { goldens, needs } from '../support/folders.ts';

type Row = readonly number[];
interface Full {
  readonly cutoff: number;
  readonly edges: readonly Row[];
}
interface Truncated {
  readonly cutoff: number;
  readonly max_neighbors: number;
  readonly degenerate_boundary: boolean;
  readonly sorted_distances_strict: readonly Row[];
  readonly counts_shell: Row;
  readonly canonical_strict: readonly Row[];
}
interface Summary {
  readonly cutoff: number;
  readonly nearest_to_cutoff: number | null;
  readonly edges: number;
  readonly neighbours_per_atom: Row;
  readonly sum_r: number;
  readonly sum_r2: number;
  readonly [counted: string]: number | null | Row;
}
interface Entry {
  readonly name: string;
  readonly full?: readonly Full[];
  readonly truncated?: readonly Truncated[];
  readonly summary?: readonly Summary[];
}

const folder = join(goldens, 'graphs');
const TOLERANCE = 1e-9;

const rowsOf = ({ target, source, offset }: Edges): string[] =>
  Array.from(target, (i, k) => [i, source[k], ...offset.subarray(3 * k, 3 * k + 3)].join(' '));
const close = (a: number, b: number, what: string, scale = 1): void =>
  void assert.ok(Math.abs(a - b) <= TOLERANCE * scale, `${what}: ${a}, expected ${b}`);
const countsOf = ({ target }: Edges, atoms: number): number[] => {
  const counts = new Array(atoms).fill(0);
  for (const i of target) counts[i]++;
  return counts;
};
const sum = (values: ArrayLike<number>, power = 1): number =>
  Array.from(values).reduce((total, x) => total + x ** power, 0);

/** Rows `[i, j, n0, n1, n2, r]`, exact but for r. */
function sameEdges(edges: Edges, rows: readonly Row[], what: string): void {
  assert.equal(
    rowsOf(edges),
    rows.map((row) => row.slice(0, 5).join(' ')),
    what,
  );
  rows.forEach((row, k) => {
    if (row.length > 5) close(edges.distance[k], row[5], `${what}: length of edge ${k}`);
  });
}

function checkTruncated(structure: LabelledStructure, expected: Truncated, what: string): void {
  const { max_neighbors: max, cutoff } = expected;
  const atoms = structure.numbers.length;
  const all = neighbours(structure, cutoff);
  const exact = limitNeighbours(all, { max, rule: 'exact' });
  sameEdges(exact, expected.canonical_strict, `${what}, canonical`);
  expected.sorted_distances_strict.forEach((lengths, i) => {
    const mine = exact.distance.filter((_, k) => exact.target[k] === i).sort();
    assert.is(mine.length, lengths.length, `${what}: neighbours of atom ${i}`);
    lengths.forEach((r, k) => void close(mine[k], r, `${what}: distance ${k} of atom ${i}`));
  });
  const shell = limitNeighbours(all, { max, rule: 'shell' });
  assert.equal(countsOf(shell, atoms), [...expected.counts_shell], `${what}, shell`);
  // Exactly when a shell is cut do the two rules differ.
  assert.is(shell.target.length > exact.target.length, expected.degenerate_boundary, `${what}: degenerate boundary`);
}

/** `edges_image_cap_K` is a count with offsets limited to +-K, `edges_maxM` one with at most M neighbours. */
function checkSummary(structure: LabelledStructure, expected: Summary, what: string): void {
  const { cutoff } = expected;
  // A shell on the cutoff: whether it counts is a matter of rounding, so count just inside and just outside.
  const onCutoff = (expected.nearest_to_cutoff ?? Number.POSITIVE_INFINITY) < TOLERANCE;
  const [inside, outside] = onCutoff ? [cutoff - 2 * TOLERANCE, cutoff + 2 * TOLERANCE] : [cutoff, cutoff];
  const between = (count: (edges: Edges) => number, value: number, name: string, imageCap?: number) => {
    const options = imageCap === undefined ? {} : { imageCap };
    const low = count(neighbours(structure, inside, options));
    const high = count(neighbours(structure, outside, options));
    const slack = TOLERANCE * Math.max(1, high);
    assert.ok(low - slack <= value && value <= high + slack, `${what}, ${name}: ${low} to ${high}, expected ${value}`);
  };

  between((e) => e.target.length, expected.edges, 'edges');
  expected.neighbours_per_atom.forEach((count, i) => {
    between((e) => countsOf(e, structure.numbers.length)[i], count, `neighbours of atom ${i}`);
  });
  between((e) => sum(e.distance), expected.sum_r, 'sum of r');
  between((e) => sum(e.distance, 2), expected.sum_r2, 'sum of r^2');
  for (const [name, value] of Object.entries(expected)) {
    const cap = /^edges_image_cap_(\d+)$/.exec(name);
    const max = /^(edges|sum_r)_max(\d+)$/.exec(name);
    if (cap) between((e) => e.target.length, value as number, name, Number(cap[1]));
    if (max) {
      const limit = { max: Number(max[2]), rule: 'exact' as const };
      const count = (e: Edges) => {
        const kept = limitNeighbours(e, limit);
        return max[1] === 'edges' ? kept.target.length : sum(kept.distance);
      };
      between(count, value as number, name);
    }
  }
  assert.ok(neighbours(structure, cutoff).distance.every((r) => r <= cutoff));
}

async function load(): Promise<{ structure: LabelledStructure; entry: Entry }[]> {
  const { structures } = JSON.parse(readFileSync(join(folder, 'graphs.json'), 'utf8')) as { structures: Entry[] };
  const read = new Map((await readStructures(join(folder, 'structures.extxyz'))).map((s) => [s.id, s]));
  return structures.map((entry) => {
    const structure = read.get(entry.name);
    assert.ok(structure, `structures.extxyz has no structure named ${entry.name}`);
    return { structure: structure, entry };
  });
}

const test = suite('goldens: graphs');

needs(folder, test, 'the file holds structures with lists of every kind', async () => {
  const entries = await load();
  for (const kind of ['full', 'truncated', 'summary'] as const)
    assert.ok(
      entries.some(({ entry }) => (entry[kind] ?? []).length > 0),
      `no structure has ${kind} lists`,
    );
});

needs(folder, test, 'complete lists: edges exact, lengths to 1e-9', async () => {
  for (const { structure, entry } of await load())
    for (const { cutoff, edges } of entry.full ?? [])
      sameEdges(neighbours(structure, cutoff), edges, `${entry.name} at ${cutoff} A`);
});

needs(folder, test, 'limited lists: distances, canonical choice, whole shells', async () => {
  for (const { structure, entry } of await load())
    for (const expected of entry.truncated ?? [])
      checkTruncated(structure, expected, `${entry.name} at ${expected.cutoff} A, at most ${expected.max_neighbors}`);
});

needs(folder, test, 'counts and sums, with limits and image caps', async () => {
  for (const { structure, entry } of await load())
    for (const expected of entry.summary ?? [])
      checkSummary(structure, expected, `${entry.name} at ${expected.cutoff} A`);
});

test.run();
