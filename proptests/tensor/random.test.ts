/**
 * Random keys: the cipher's published answers, and the laws of splitting, folding and sampling.
 *
 * Moments are compared with bounds of six standard errors, for a fixed seed: a failure is a bug, not bad luck.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fold, integers, type Key, key, normal, permutation, split, uniform } from '../../tensor/index.ts';
import { threefry } from '../../tensor/random.ts';
import { check, seed } from '../support/check.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const words = fc.integer({ min: 0, max: 0xffffffff });

test('Threefry-2x32-20 gives the known answers of Random123 (kat_vectors)', () => {
  const cases = [
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const;
  for (const [k, counter, expected] of cases) assert.equal(threefry(k, counter), [...expected]);
});

test('the cipher is a bijection of the counter: no two counters meet', () =>
  check(fc.tuple(words, words), ([a, b]) => {
    const blocks = Array.from({ length: 2000 }, (_, k) => threefry([a, b], [0, k]).join());
    assert.is(new Set(blocks).size, blocks.length);
  }));

test('one flipped bit of key or counter flips about half of the output', () =>
  check(fc.tuple(words, words, words, words), ([a, b, c, d]) => {
    const ones = (x: number) => [...(x >>> 0).toString(2)].filter((bit) => bit === '1').length;
    const base = threefry([a, b], [c, d]);
    let changed = 0;
    for (let bit = 0; bit < 32; bit++) {
      const flip = 2 ** bit;
      for (const [k, t] of [
        [
          [a ^ flip, b],
          [c, d],
        ],
        [
          [a, b ^ flip],
          [c, d],
        ],
        [
          [a, b],
          [c ^ flip, d],
        ],
        [
          [a, b],
          [c, d ^ flip],
        ],
      ] as const) {
        const other = threefry(k, t);
        changed += ones(base[0] ^ other[0]) + ones(base[1] ^ other[1]);
      }
    }
    // 8192 bits, standard deviation 45.
    assert.ok(Math.abs(changed - 4096) < 6 * 45.3, `${changed} of 8192 bits changed`);
  }));

test('every function is pure: the same key gives the same bits, in any order, and keys do not change', () =>
  check(seeds, (s) => {
    const k = key(s);
    const before = [...k.words];
    const first = [uniform(k, 5), normal(k, 5), permutation(k, 9), integers(k, 5, 10)].map((x) => [...x]);
    const parts = split(k, 3);
    const second = [uniform(k, 5), normal(k, 5), permutation(k, 9), integers(k, 5, 10)].map((x) => [...x]);
    assert.equal(first, second);
    assert.equal(parts, split(k, 3));
    assert.equal(fold(k, 'name'), fold(k, 'name'));
    assert.equal([...k.words], before);
    assert.equal([...uniform(k, 3)], [...uniform(k, 7)].slice(0, 3), 'a longer draw begins with the shorter one');
  }));

test('keys from split and fold are all different, and unlike their parent', () =>
  check(seeds, (s) => {
    const k = key(s);
    const names = ['', 'a', 'b', 'ab', 'ba', 'aa', 'weight', 'bias', 'conv.0.weight', 'conv.1.weight'];
    const keys: Key[] = [
      k,
      ...split(k, 50),
      ...split(split(k)[0], 50),
      ...Array.from({ length: 100 }, (_, n) => fold(k, n)),
      fold(k, 2 ** 32),
      fold(k, 2 ** 40 + 1),
      ...names.map((name) => fold(k, name)),
    ];
    assert.is(new Set(keys.map(({ words: w }) => w.join())).size, keys.length);
    assert.equal(split(k, 2), split(k, 50).slice(0, 2), 'a longer split begins with the shorter one');
  }));

test('seeds beyond 32 bits count in full', () => {
  const made = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((s) => key(s).words.join());
  assert.is(new Set(made).size, made.length);
});

const moment = (x: Float64Array, power: number): number => x.reduce((sum, v) => sum + v ** power, 0) / x.length;
const COUNT = 40000;
const near = (found: number, expected: number, deviation: number, what: string): void =>
  assert.ok(
    Math.abs(found - expected) < (6 * deviation) / Math.sqrt(COUNT),
    `${what} is ${found}, expected ${expected} within six standard errors`,
  );

test('uniform numbers lie in [0, 1), fill it evenly, and use their low bits', () => {
  const u = uniform(key(seed), COUNT);
  assert.ok(u.every((x) => x >= 0 && x < 1));
  near(moment(u, 1), 1 / 2, Math.sqrt(1 / 12), 'mean');
  near(moment(u, 2), 1 / 3, Math.sqrt(4 / 45), 'second moment');
  const bins = new Array<number>(20).fill(0);
  for (const x of u) bins[Math.floor(20 * x)]++;
  const expected = COUNT / 20;
  const chiSquare = bins.reduce((total, n) => total + (n - expected) ** 2 / expected, 0);
  assert.ok(chiSquare < 19 + 6 * Math.sqrt(38), `chi square ${chiSquare} of 19 degrees of freedom`);
  near(
    moment(
      u.map((x) => ((x * 2 ** 52) % 1 === 0 ? 0 : 1)),
      1,
    ),
    1 / 2,
    1 / 2,
    'odd 53rd bits',
  );
});

test('normal numbers have the moments 0, 1, 0, 3 and no serial correlation', () => {
  const x = normal(key(seed), COUNT);
  near(moment(x, 1), 0, 1, 'mean');
  near(moment(x, 2), 1, Math.sqrt(2), 'variance');
  near(moment(x, 3), 0, Math.sqrt(15), 'third moment');
  near(moment(x, 4), 3, Math.sqrt(96), 'fourth moment');
  near(
    moment(
      x.map((v, k) => v * (x[k + 1] ?? 0)),
      1,
    ),
    0,
    1,
    'correlation of neighbours',
  );
  assert.ok(x.every(Number.isFinite));
});

test('streams of sibling keys are uncorrelated', () => {
  const k = key(seed);
  const [a, b] = split(k).map((part) => normal(part, COUNT)) as [Float64Array, Float64Array];
  const streams = [a, b, normal(k, COUNT), normal(fold(k, 0), COUNT), normal(fold(k, 1), COUNT)];
  streams.forEach((x, i) => {
    for (let j = 0; j < i; j++) {
      near(
        moment(
          x.map((v, n) => v * streams[j][n]),
          1,
        ),
        0,
        1,
        `correlation of streams ${i} and ${j}`,
      );
    }
  });
});

test('integers lie in [0, below) and reach both ends', () =>
  check(fc.tuple(seeds, fc.integer({ min: 1, max: 20 })), ([s, below]) => {
    const drawn = integers(key(s), 60 * below, below);
    assert.ok(drawn.every((x) => x >= 0 && x < below));
    assert.is(new Set(drawn).size, below);
  }));

test('a permutation holds every number once', () =>
  check(fc.tuple(seeds, fc.integer({ min: 0, max: 300 })), ([s, count]) => {
    const order = [...permutation(key(s), count)].sort((a, b) => a - b);
    assert.equal(
      order,
      Array.from({ length: count }, (_, k) => k),
    );
  }));

test('all orders of four are equally likely', () => {
  const seen = new Map<string, number>();
  const draws = 24 * 400;
  for (let k = 0; k < draws; k++) {
    const order = permutation(fold(key(seed), k), 4).join();
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  assert.is(seen.size, 24);
  const chiSquare = [...seen.values()].reduce((total, n) => total + (n - 400) ** 2 / 400, 0);
  assert.ok(chiSquare < 23 + 6 * Math.sqrt(46), `chi square ${chiSquare} of 23 degrees of freedom`);
});

test.run();
