/**
 * The programs of examples/ run as they stand, and what they print is right: every one of them has a result that is found
 * here in another way. docs/examples.md shows their code and what they print.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { key, normal, uniform } from '../tensor/index.ts';
import { universe } from '../universe/index.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PROGRAMS = readdirSync(join(root, 'examples'))
  .filter((name) => name.endsWith('.ts'))
  .sort();
const PAGE = readFileSync(join(root, 'docs/examples.md'), 'utf8');
const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

const read = (name: string): string => readFileSync(join(root, 'examples', name), 'utf8');
const numbersIn = (text: string): number[] => [...text.matchAll(NUMBER)].map(([number]) => Number(number));

/** Blocks of the page in some language, with the words behind it. */
const blocks = (language: string): { mark: string; code: string }[] =>
  [...PAGE.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , mark, code]) => ({ mark, code }));

/** Runs a program; its lines. What the page shows must be the same words, with numbers of the same size. */
async function run(name: string): Promise<string[]> {
  const words = ['--import', 'tsx', join('examples', name)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { cwd: root });
  assert.is(stderr, '', `${name} says nothing beside its result`);
  const shown = blocks('text').find(({ mark }) => mark === `printed by ${name}`);
  assert.ok(shown, `docs/examples.md has no block \`\`\`text printed by ${name}`);
  assert.is(shown.code.replace(NUMBER, '#'), stdout.replace(NUMBER, '#'), `docs/examples.md shows what ${name} prints`);
  const printed = numbersIn(stdout);
  numbersIn(shown.code).forEach((number, k) => {
    // Rounding differs between machines, and a training may enlarge that; squares of rounding errors are anything.
    const fits = Math.abs(number - printed[k]) <= 0.2 * Math.abs(number) + 1e-9;
    assert.ok(fits, `docs/examples.md shows ${number} where ${name} prints ${printed[k]}`);
  });
  return stdout.trimEnd().split('\n');
}

/** Asserts that two numbers differ by at most `tolerance`. */
function near(found: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: expected ${expected}, found ${found}`);
}

test('programs are first lessons: short, with a header, and import nothing but the library', () => {
  assert.is(PROGRAMS.length, 7);
  for (const name of [...PROGRAMS, '08-page/page.ts']) {
    const code = read(name);
    assert.match(code, /^\/\*\*\n \* \S/, `${name} begins with what it is`);
    assert.ok(code.split('\n').length - 1 < 40, `${name} has fewer than 40 lines`);
    for (const [, from] of code.matchAll(/from '([^']+)'/g)) assert.match(from, /^lattigrad(\/\w+)*$/, name);
    const shown = blocks('ts').find(({ mark }) => mark === `excerpt: examples/${name}`);
    assert.is(shown?.code, code, `docs/examples.md shows the code of ${name} as it is`);
  }
});

test('01: the line is that of least squares', async () => {
  const line = (await run('01-line.ts')).at(-1)!;
  const xs = uniform(key(1), 50);
  const noise = normal(key(2), 50);
  const ys = xs.map((x, k) => 2 * x + 1 + 0.1 * noise[k]);
  const mean = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b) / numbers.length;
  const [x, y] = [mean(xs), mean(ys)];
  const slope = mean(xs.map((one, k) => (one - x) * (ys[k] - y))) / mean(xs.map((one) => (one - x) ** 2));
  const [foundSlope, foundIntercept] = numbersIn(line);
  near(foundSlope, slope, 1e-3, 'slope');
  near(foundIntercept, y - slope * x, 1e-3, 'intercept');
});

test("02: Newton's method goes where the textbook says, and arrives", async () => {
  const places = (await run('02-newton.ts')).map((line) => numbersIn(line).slice(1));
  // J. E. Dennis and R. B. Schnabel's first step from this place, by hand: H = [[1330, 480], [480, 200]], g = (-215.6, -88).
  const [x, y, value] = places[1];
  near(x, -1.2 + (215.6 * 200 - 480 * 88) / (1330 * 200 - 480 ** 2), 1e-5, 'x after a step');
  near(y, 1 + (1330 * 88 - 480 * 215.6) / (1330 * 200 - 480 ** 2), 1e-5, 'y after a step');
  near(value, (1 - x) ** 2 + 100 * (y - x * x) ** 2, 1e-2, 'value after a step');
  assert.equal(places.at(-1)!.slice(0, 2), [1, 1]);
  near(places.at(-1)![2], 0, 1e-24, 'lowest value');
});

test('03: the network solves the differential equation', async () => {
  const [error] = numbersIn((await run('03-differential-equation.ts')).at(-1)!);
  assert.ok(error > 0 && error < 1e-3, `largest error ${error}`);
});

test('04: the parameters behind the forces are found', async () => {
  const [D, a, R] = numbersIn((await run('04-force-matching.ts')).at(-1)!);
  near(D, 0.34, 1e-3, 'depth in eV');
  near(a, 1.36, 1e-3, 'steepness in 1/Angstrom');
  near(R, 2.87, 1e-3, 'distance in Angstrom');
});

/** The eccentric anomaly, by bisection. */
function eccentricAnomaly(M: number, e: number): number {
  let [low, high] = [M - 1, M + 1];
  for (let k = 0; k < 60; k++) {
    const E = (low + high) / 2;
    if (E - e * Math.sin(E) < M) low = E;
    else high = E;
  }
  return low;
}

test("05: Kepler's equation is solved, and differences of a bisection confirm the derivatives", async () => {
  const lines = await run('05-custom-rule.ts');
  const [E, perM, perEccentricity, second] = lines.slice(0, 4).map((line) => numbersIn(line).at(-1)!);
  const [M, e, h] = [Math.PI / 2, 0.2056, 1e-4];
  const at = (m: number, ofE = 0): number => eccentricAnomaly(M + m, e + ofE);
  near(E, at(0), 1e-7, 'E');
  near(perM, (at(h) - at(-h)) / (2 * h), 1e-6, 'dE/dM');
  near(perEccentricity, (at(0, h) - at(0, -h)) / (2 * h), 1e-6, 'dE/de');
  near(second, (at(h) - 2 * at(0) + at(-h)) / h ** 2, 1e-5, 'second derivative');
});

test('06: the mistake is found where it shows, and nowhere else', async () => {
  const [right, first, second, message] = await run('06-planted-mistake.ts');
  assert.match(right, 'right rule to order 3 is confirmed');
  assert.match(first, 'wrong rule to order 1 is confirmed');
  assert.match(second, 'wrong rule to order 2 is refused');
  assert.match(message, /derivative of order 2 .* the rule gives 0, differences give (?!0\b)/);
});

test('07: the network predicts forces far better than zero does', async () => {
  const lines = await run('07-crystal-network.ts');
  const crystals = await universe({ first: 160, count: 64, elements: ['Cu', 'Ag', 'Au'] });
  const forces = crystals.flatMap((crystal) => [...crystal.forces!].map(Math.abs));
  const meanForce = forces.reduce((a, b) => a + b) / forces.length;
  for (const line of lines) near(numbersIn(line)[2], meanForce, 1e-5, 'error of predicting zero');
  near(numbersIn(lines[0])[1], meanForce, 0.1 * meanForce, 'error before training');
  assert.ok(numbersIn(lines.at(-1)!)[1] < 0.2 * meanForce, lines.at(-1)!);
});

test.run();
