/**
 * A seeded generator of metal crystals: elements, ordered alloys and solid solutions, strained and shaken.
 *
 * Crystal k of a seed is a pure function of the seed, of k and of the options that shape it, never of how many crystals
 * are made or in which order. Only structures are made here; labels come from label.ts.
 */

import { atomicNumber, symbolOf } from '../data/elements.ts';
import { reducedFormula } from '../data/formula.ts';
import type { Property } from '../data/labelled.ts';
import { symmetricFromVoigt } from '../data/voigt.ts';
import { displace, type Structure, strain, supercell, toCartesian } from '../graph/index.ts';
import { fold, integers, type Key, key, normal, permutation, uniform } from '../tensor/random.ts';
import { EAM_ELEMENTS, eamParameter } from './eam-parameters.ts';
import { type Prototype, prototypesNamed } from './lattices.ts';
import { reserved } from './reserved.ts';

/** What shapes a crystal. */
export interface CrystalOptions {
  /** The fewest atoms of a cell (default 1). */
  readonly minAtoms?: number;
  /** The most atoms of a cell (default 12, so that training is quick). */
  readonly maxAtoms?: number;
  /** Chemical symbols to draw from (default: all 16). */
  readonly elements?: readonly string[];
  /** Names of prototypes to draw from (default: all of lattices.ts). */
  readonly prototypes?: readonly string[];
  /** The equilibrium distance of neighbours is multiplied by a number between these (default: 0.95 and 1.08). */
  readonly scale?: readonly [low: number, high: number];
  /** Each component of the strain lies between minus and plus this (default 0.03). */
  readonly strain?: number;
  /** The standard deviation of displacements along each axis, in Angstrom (default 0.08), cut at 2.5 of them. */
  readonly shake?: number;
  /** Leaves out what `reserved` keeps for fine-tuning under this seed (default: nothing is left out). */
  readonly split?: number;
}

/** A structure that knows what it was made as: `prototype` (e.g. L1_2) and `composition` (e.g. Cu3Au). */
export interface Crystal extends Structure {
  readonly properties: Readonly<Record<string, Property>> & {
    readonly prototype: string;
    readonly composition: string;
  };
}

/** Displacements beyond this many standard deviations are cut, so that no two atoms come too close. */
const LARGEST_DEVIATION = 2.5;
/** A solid solution has at most this many elements. */
const MOST_ELEMENTS = 4;
/** Along no vector is a cell repeated more than this many times as often as along another: no needles. */
const LONGEST = 4;
/** Half of all pairs are reserved, so that many draws in vain mean that nothing is left. */
const MOST_DRAWS = 200;

const siteCount = (prototype: Prototype): number => prototype.sites.length / 3;
const elementCount = ({ kinds }: Prototype): number => (kinds ? new Set(kinds).size : 2);

/** All repetitions of a cell that keep the number of atoms within the limits. */
function repetitions(prototype: Prototype, minAtoms: number, maxAtoms: number): [number, number, number][] {
  const found: [number, number, number][] = [];
  const most = Math.floor(maxAtoms / siteCount(prototype));
  // A solid solution of one site would be an element.
  const least = Math.max(minAtoms, elementCount(prototype)) / siteCount(prototype);
  for (let a = 1; a <= most; a++)
    for (let b = 1; a * b <= most; b++)
      for (let c = 1; a * b * c <= most; c++) {
        const slim = Math.max(a, b, c) > LONGEST * Math.min(a, b, c);
        if (a * b * c >= least && !slim) found.push([a, b, c]);
      }
  return found;
}

interface Choice {
  readonly prototype: Prototype;
  readonly repeats: readonly [number, number, number][];
}

/** What can be made under the options. Throws an Error if an option is unusable. */
function choices({ minAtoms = 1, maxAtoms = 12, elements = EAM_ELEMENTS, prototypes }: CrystalOptions): Choice[] {
  const unknown = elements.find((symbol) => !EAM_ELEMENTS.includes(symbol));
  if (unknown !== undefined || new Set(elements).size !== elements.length) {
    throw new Error(
      `universe: expected different elements out of ${EAM_ELEMENTS.join(' ')}, got ${elements.join(' ')}.`,
    );
  }
  const possible = prototypesNamed(prototypes, 'universe')
    .filter((prototype) => elementCount(prototype) <= elements.length)
    .map((prototype) => ({ prototype, repeats: repetitions(prototype, minAtoms, maxAtoms) }))
    .filter(({ repeats }) => repeats.length > 0);
  if (possible.length === 0) {
    throw new Error(
      `universe: no prototype fits into ${minAtoms} to ${maxAtoms} atoms with ${elements.length} element(s); ` +
        'widen minAtoms and maxAtoms, or give more elements or prototypes.',
    );
  }
  return possible;
}

const pick = <T>(from: readonly T[], by: Key): T => from[integers(by, 1, from.length)[0]]!;

/** Which atomic number sits on each site. */
function occupation(by: Key, { kinds }: Prototype, sites: number, elements: readonly string[]): Int32Array {
  const drawn = Array.from(permutation(fold(by, 'elements'), elements.length), (k) => atomicNumber(elements[k])!);
  if (kinds) return Int32Array.from({ length: sites }, (_, site) => drawn[kinds[site % kinds.length]]);
  const most = Math.min(MOST_ELEMENTS, elements.length, sites);
  const used = 2 + integers(fold(by, 'how many'), 1, most - 1)[0];
  const free = integers(fold(by, 'sites'), sites, used);
  // Each element once, the rest by chance, all in random order.
  const order = permutation(fold(by, 'order'), sites);
  return Int32Array.from(order, (k) => drawn[k < used ? k : free[k]]);
}

/**
 * Crystal number `k` of a seed, without labels: a pure function of its arguments. Throws an Error if no crystal is
 * possible under the options.
 *
 * @example
 * crystal(0, 2, { elements: ['Cu', 'Au'] }).properties.composition;  // Au3Cu
 */
export const crystal = (seed: number, k: number, options: CrystalOptions = {}): Crystal =>
  make(choices(options), seed, k, options);

/** Which prototype it is, how often it is repeated, and which atom sits where. */
interface Plan {
  readonly prototype: Prototype;
  readonly repeat: readonly [number, number, number];
  /** Atomic numbers. */
  readonly numbers: Int32Array;
}

function draw(possible: readonly Choice[], by: Key, elements: readonly string[]): Plan {
  const { prototype, repeats } = pick(possible, fold(by, 'prototype'));
  const repeat = pick(repeats, fold(by, 'repeats'));
  const sites = siteCount(prototype) * repeat[0] * repeat[1] * repeat[2];
  return { prototype, repeat, numbers: occupation(fold(by, 'occupation'), prototype, sites, elements) };
}

/** The first draw that may be used; the draw itself where nothing is reserved. */
function drawOpen(possible: readonly Choice[], by: Key, elements: readonly string[], split?: number): Plan {
  for (let attempt = 0; attempt < MOST_DRAWS; attempt++) {
    const drawn = draw(possible, attempt === 0 ? by : fold(fold(by, 'again'), attempt), elements);
    if (split === undefined || !reserved(reducedFormula(drawn.numbers), drawn.prototype.name, split)) return drawn;
  }
  throw new Error(
    `universe: ${MOST_DRAWS} draws gave only crystals that split ${split} reserves for fine-tuning; ` +
      'give more elements or prototypes, or another split.',
  );
}

/** The unstrained crystal: neighbours at the mean of its atoms' equilibrium distances, times `stretch`. */
export function ideal({ prototype, repeat, numbers }: Plan, stretch = 1): Structure {
  const distances = Array.from(numbers, (number) => eamParameter(symbolOf(number), 're'));
  const mean = distances.reduce((a, b) => a + b, 0) / numbers.length;
  const factor = mean * stretch;
  const cell = Float64Array.from(prototype.cell, (x) => factor * x);
  const unit: Structure = {
    id: prototype.name,
    numbers: numbers.slice(0, siteCount(prototype)),
    positions: toCartesian(prototype.sites, cell),
    cell,
    periodic: [true, true, true],
  };
  return { ...supercell(unit, repeat), numbers };
}

function make(possible: readonly Choice[], seed: number, k: number, options: CrystalOptions): Crystal {
  const { elements = EAM_ELEMENTS, scale = [0.95, 1.08], strain: amplitude = 0.03, shake = 0.08, split } = options;
  const by = fold(fold(key(seed), 'crystal'), k);
  const drawn = drawOpen(possible, by, elements, split);
  const { prototype, numbers } = drawn;
  const stretch = scale[0] + (scale[1] - scale[0]) * uniform(fold(by, 'scale'), 1)[0];
  const e = uniform(fold(by, 'strain'), 6).map((u) => amplitude * (2 * u - 1));
  const strained = strain(ideal(drawn, stretch), symmetricFromVoigt(e));
  const deviation = normal(fold(by, 'shake'), 3 * numbers.length);
  const shaken = displace(
    strained,
    deviation.map((x) => shake * Math.max(-LARGEST_DEVIATION, Math.min(LARGEST_DEVIATION, x))),
  );
  const composition = reducedFormula(numbers);
  return {
    ...shaken,
    id: `${prototype.name} ${composition} #${k}`,
    properties: { prototype: prototype.name, composition },
  };
}

/** Which crystals of a seed, and what shapes them. */
export interface UniverseOptions extends CrystalOptions {
  /** How many crystals are made (default 400). */
  readonly count?: number;
  /** The seed that all are drawn from (default 0). */
  readonly seed?: number;
  /** The number of the first crystal (default 0). A test set is the same seed from a later number on. */
  readonly first?: number;
}

/**
 * The crystals `first` to `first + count - 1` of a seed, without labels. Throws an Error if none is possible under the
 * options.
 *
 * @example
 * const made = crystals({ count: 3, elements: ['Cu'], maxAtoms: 4 });
 * made.length;  // 3
 */
export function crystals({ count = 400, seed = 0, first = 0, ...options }: UniverseOptions = {}): Crystal[] {
  const possible = choices(options);
  return Array.from({ length: count }, (_, k) => make(possible, seed, first + k, options));
}
