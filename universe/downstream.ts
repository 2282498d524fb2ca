/**
 * Properties of crystals of the built-in universe to fine-tune for: formation energy, volume, elastic moduli.
 *
 * Labels belong to the crystal relaxed to zero force and stress and come from derivatives of its energy. Crystals are
 * those that `reserved` keeps from pre-training. Those that do not relax, turn into another crystal or are unstable are
 * left out, and it is said which.
 */

import { atomicNumber } from '../data/elements.ts';
import { reducedFormula } from '../data/formula.ts';
import type { LabelledStructure } from '../data/labelled.ts';
import { largest } from '../data/lists.ts';
import type { Structure } from '../graph/index.ts';
import type { Engine } from '../tensor/index.ts';
import { fold, type Key, key, permutation } from '../tensor/random.ts';
import { ideal } from './crystals.ts';
import { EAM_ELEMENTS } from './eam-parameters.ts';
import { elasticity } from './elastic.ts';
import { PROTOTYPES, type Prototype, prototypesNamed } from './lattices.ts';
import { type Relaxed, relax } from './relax.ts';
import { reserved } from './reserved.ts';

/**
 * Every label of `downstream` with its unit.
 *
 * @example
 * DOWNSTREAM_UNITS.volume;  // A^3/atom
 */
export const DOWNSTREAM_UNITS = {
  /** Against the most stable of fcc, bcc and hcp of each element. */
  formation_energy: 'eV/atom',
  /** At equilibrium. */
  volume: 'A^3/atom',
  /** Hill's average. */
  bulk_modulus: 'GPa',
  /** Hill's average. */
  shear_modulus: 'GPa',
} as const;
/** The name of a label. */
export type DownstreamTarget = keyof typeof DOWNSTREAM_UNITS;

/** Which crystals are labelled. */
export interface DownstreamOptions {
  /** How many labelled crystals are wanted (default 200). If more are wanted, the first ones are the same. */
  readonly count?: number;
  /** Which crystals come first, and how atoms are distributed in solid solutions (default 0). */
  readonly seed?: number;
  /** As in `crystals` (default 0): what this seed reserves is used, and nothing else. */
  readonly split?: number;
  /** Says of further crystals that they must not be used. */
  readonly exclude?: (composition: string, prototype: string) => boolean;
  /** Chemical symbols to draw from (default: all 16). */
  readonly elements?: readonly string[];
  /** Names of prototypes to draw from (default: all of lattices.ts). */
  readonly prototypes?: readonly string[];
  /** The label that `target` names (default formation_energy); all four are there. */
  readonly target?: DownstreamTarget;
  /** Gives the ideal crystal at the elements' mean distance, because the volume can be read off the relaxed one. */
  readonly unrelaxed?: boolean;
  /** A float64 CPU engine unless given. */
  readonly engine?: Engine | undefined;
}

/** Labelled crystals, and what became of the others. */
export interface Downstream {
  readonly structures: LabelledStructure[];
  /** Candidates that could not be labelled, and why, as far as they were tried. */
  readonly left: readonly { readonly id: string; readonly reason: string }[];
  /** How many candidates there are in all. */
  readonly candidates: number;
}

interface Candidate {
  readonly prototype: string;
  readonly composition: string;
  readonly structure: Structure;
}

/** Solid solutions: compact cells of eight atoms, with one, two or three quarters of an element. */
const REPEATS: Readonly<Record<string, readonly [number, number, number]>> = {
  'fcc random': [2, 2, 2],
  'bcc random': [2, 2, 2],
  'hcp random': [2, 2, 1],
};
const EIGHT = [2, 4, 6].map((second) => Array.from({ length: 8 }, (_, site) => (site < second ? 1 : 0)));
const ELEMENTAL = ['fcc', 'bcc', 'hcp'];
/** Candidates are tried this many at a time, whatever the count, so that more of them begin with the same. */
const BLOCK = 64;

/** All pairs (a, b) of different elements, in both orders. */
const pairs = (elements: readonly string[]): [string, string][] =>
  elements.flatMap((a) => elements.filter((b) => b !== a).map((b): [string, string] => [a, b]));

/** Different crystals of a prototype. */
function crystalsOf(prototype: Prototype, elements: readonly string[], by: Key): Candidate[] {
  const patterns = prototype.kinds ? [prototype.kinds] : EIGHT;
  const members = new Set(patterns[0]).size === 1 ? elements.map((a): [string, string] => [a, a]) : pairs(elements);
  const made = new Map<string, Candidate>();
  for (const [a, b] of members)
    for (const kinds of patterns) {
      const ordered = Int32Array.from(kinds, (kind) => atomicNumber(kind === 0 ? a : b)!);
      const composition = reducedFormula(ordered);
      // AB is BA.
      if (made.has(composition)) continue;
      const repeat = REPEATS[prototype.name] ?? [1, 1, 1];
      const places = prototype.kinds ? undefined : permutation(fold(by, composition), ordered.length);
      const numbers = places ? Int32Array.from(places, (k) => ordered[k]) : ordered;
      const structure = { ...ideal({ prototype, repeat, numbers }), id: `${prototype.name} ${composition}` };
      made.set(composition, { prototype: prototype.name, composition, structure });
    }
  return [...made.values()];
}

/** All that may be used in the order in which they are tried: prototypes in turn, each in an order by chance. */
function candidates(options: DownstreamOptions): Candidate[] {
  const { seed = 0, split = 0, exclude, elements = EAM_ELEMENTS, prototypes } = options;
  const by = fold(key(seed), 'downstream');
  const columns = prototypesNamed(prototypes, 'downstream').map((prototype) => {
    const own = fold(by, prototype.name);
    const open = crystalsOf(prototype, elements, own).filter(
      ({ composition, prototype: name }) => reserved(composition, name, split) && !exclude?.(composition, name),
    );
    return Array.from(permutation(fold(own, 'order'), open.length), (k) => open[k]);
  });
  const longest = largest(columns.map(({ length }) => length));
  return Array.from({ length: longest }, (_, k) => columns.flatMap((column) => column.slice(k, k + 1))).flat();
}

const energyPerAtom = ({ structure, curvature }: Relaxed): number => curvature.energy / structure.numbers.length;

/** The lowest energy of each element in eV/atom, by atomic number. */
async function groundStates(elements: readonly string[], engine?: Engine): Promise<Map<number, number>> {
  const structures = PROTOTYPES.filter(({ name }) => ELEMENTAL.includes(name)).flatMap((prototype) =>
    crystalsOf(prototype, elements, key(0)).map(({ structure }) => structure),
  );
  const lowest = new Map<number, number>();
  for (const relaxed of await relax(structures, { engine })) {
    if (relaxed.failure !== undefined) continue;
    const number = relaxed.structure.numbers[0];
    lowest.set(number, Math.min(energyPerAtom(relaxed), lowest.get(number) ?? Number.POSITIVE_INFINITY));
  }
  return lowest;
}

/**
 * Labelled crystals for fine-tuning, and what had to be left out. Their properties are those of DOWNSTREAM_UNITS, of
 * the crystal relaxed to zero force and stress. Throws an Error if there are fewer stable candidates than were asked
 * for, and for elements and prototypes that the universe does not have.
 *
 * @example
 * // no-run: takes some seconds
 * const { structures: labelled } = await downstream({ count: 50, target: 'bulk_modulus' });
 * console.log(labelled[0].id, labelled[0].properties.bulk_modulus, DOWNSTREAM_UNITS.bulk_modulus);
 */
export async function downstream(options: DownstreamOptions = {}): Promise<Downstream> {
  const { count = 200, elements = EAM_ELEMENTS, target = 'formation_energy', unrelaxed = false, engine } = options;
  const open = candidates(options);
  const grounds = await groundStates(elements, engine);
  const structures: LabelledStructure[] = [];
  const left: { id: string; reason: string }[] = [];
  for (let at = 0; structures.length < count; at += BLOCK) {
    if (at >= open.length) {
      throw new Error(
        `downstream: expected ${count} crystals, but of ${open.length} candidates only ${structures.length} are stable; ` +
          'ask for fewer, give more elements, or exclude less.',
      );
    }
    const block = open.slice(at, at + BLOCK);
    const relaxed = await relax(
      block.map(({ structure }) => structure),
      { engine },
    );
    for (const [k, end] of relaxed.entries()) {
      if (structures.length === count) break;
      const candidate = block[k];
      const elastic = end.failure === undefined ? elasticity(end.curvature) : { unstable: end.failure };
      if ('unstable' in elastic) {
        left.push({ id: candidate.structure.id, reason: elastic.unstable });
        continue;
      }
      const { prototype, composition, structure } = candidate;
      const { numbers } = structure;
      const reference = numbers.reduce((sum, number) => sum + grounds.get(number)!, 0) / numbers.length;
      structures.push({
        ...(unrelaxed ? structure : end.structure),
        properties: {
          prototype,
          composition,
          formation_energy: energyPerAtom(end) - reference,
          volume: end.curvature.volume / numbers.length,
          bulk_modulus: elastic.bulk.hill,
          shear_modulus: elastic.shear.hill,
          target,
          unit: DOWNSTREAM_UNITS[target],
        },
        arrays: {},
      });
    }
  }
  return { structures, left, candidates: open.length };
}
