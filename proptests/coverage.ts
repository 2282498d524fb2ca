/**
 * Which lines of the program its tests run: `npm run coverage`, or `npm run coverage -- NAME ...` for some test files.
 *
 * V8 counts how often every piece of code has run, in the tests and in the processes that they start, and writes what
 * it counted when a process ends (Node's NODE_V8_COVERAGE). The loader has changed the text that V8 sees, so places
 * are carried back to the lines of our files by source maps. A line counts as run if any of it has run anywhere.
 * What helper threads run (their programs are texts, not files) and what a killed process ran is not seen.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { withSlashes } from '../files/slashes.ts';
import { ROOMS } from './support/rooms.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A place in the text that V8 sees, and the line of our file (from 0) that it comes from. */
interface Mapped {
  readonly offset: number;
  readonly line: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The numbers of one segment of a source map: base 64, five bits a digit, the lowest bit of a number is its sign. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

/** All places of a source map (https://tc39.es/ecma426) in order; `lengths` are those of the lines of the new text. */
function placesOf(mappings: string, lengths: readonly number[]): Mapped[] {
  const places: Mapped[] = [];
  let [start, line] = [0, 0];
  for (const [k, segments] of mappings.split(';').entries()) {
    let column = 0;
    for (const segment of segments.split(',').filter((text) => text !== '')) {
      const [columns, , lines] = numbersOf(segment);
      column += columns;
      if (lines === undefined) continue;
      line += lines;
      places.push({ offset: start + column, line });
    }
    start += (lengths[k] ?? 0) + 1;
  }
  return places;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What V8 writes when a process ends, as far as it is needed. */
interface Coverage {
  readonly result: readonly { readonly url: string; readonly functions: readonly { readonly ranges: Range[] }[] }[];
  readonly 'source-map-cache'?: Readonly<
    Record<string, { readonly lineLengths: readonly number[]; readonly data: { readonly mappings: string } | null }>
  >;
}

/** What a process has counted; nothing if it was killed while it wrote that, as some tests do on purpose. */
function coverageIn(file: string): Coverage {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text) as Coverage;
  } catch {
    return { result: [] };
  }
}

/** Whether each place has run, as 1 or 0: of ranges inside one another the innermost one says so. */
function countsAt(places: readonly Mapped[], ranges: readonly Range[]): Uint8Array {
  const counts = new Uint8Array(places.length);
  const firstAt = (offset: number): number => {
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle].offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const outerFirst = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of outerFirst) {
    counts.fill(Math.min(count, 1), firstAt(startOffset), firstAt(endOffset));
  }
  return counts;
}

/** Lines of our files, by path: whether each line that holds code has run. */
type Lines = Map<string, Map<number, boolean>>;

function add(lines: Lines, coverage: Coverage): void {
  for (const { url, functions } of coverage.result) {
    const map = coverage['source-map-cache']?.[url];
    if (!map?.data || !url.startsWith('file:')) continue;
    const path = withSlashes(relative(root, fileURLToPath(url)));
    if (!ROOMS.includes(path.split('/')[0])) continue;
    const places = placesOf(map.data.mappings, map.lineLengths);
    const counts = countsAt(
      places,
      functions.flatMap(({ ranges }) => ranges),
    );
    const known = lines.get(path) ?? new Map<number, boolean>();
    for (const [k, { line }] of places.entries()) known.set(line, known.get(line) === true || counts[k] > 0);
    lines.set(path, known);
  }
}

/** Files that no test has loaded count, too: none of their lines has run. */
function addUnloaded(lines: Lines, folder: string): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'dist') addUnloaded(lines, path);
    if (!entry.isFile() || !path.endsWith('.ts') || lines.has(path)) continue;
    const { map } = transformSync(readFileSync(join(root, path), 'utf8'), { loader: 'ts', sourcemap: 'external' });
    const { mappings } = JSON.parse(map) as { mappings: string };
    lines.set(path, new Map(placesOf(mappings, []).map(({ line }) => [line, false])));
  }
}

function print(lines: Lines): void {
  const share = (paths: readonly string[]): string => {
    const all = paths.flatMap((path) => [...lines.get(path)!.values()]);
    const ran = all.filter(Boolean).length;
    const percent = all.length === 0 ? '' : `${((100 * ran) / all.length).toFixed(1)} %`;
    return `${String(ran).padStart(6)} of ${String(all.length).padStart(6)} lines  ${percent.padStart(7)}`;
  };
  const paths = [...lines.keys()];
  const least = (path: string): number => [...lines.get(path)!.values()].filter((ran) => !ran).length;
  for (const folder of ROOMS) {
    console.log(`${folder.padEnd(12)} ${share(paths.filter((path) => path.startsWith(`${folder}/`)))}`);
  }
  console.log(`${'all'.padEnd(12)} ${share(paths)}`);
  console.log('\nFiles with the most lines that did not run:');
  for (const path of paths.sort((a, b) => least(b) - least(a)).slice(0, 10)) {
    if (least(path) > 0) console.log(`${String(least(path)).padStart(6)}  ${path}`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'lattigrad-coverage-'));
try {
  const words = ['--import', 'tsx', join(root, 'proptests/run.ts'), ...process.argv.slice(2)];
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  const { status } = spawnSync(process.execPath, words, { cwd: root, env, stdio: 'inherit' });
  const lines: Lines = new Map();
  for (const name of readdirSync(folder)) add(lines, coverageIn(join(folder, name)));
  for (const room of ROOMS) addUnloaded(lines, room);
  console.log();
  print(lines);
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
