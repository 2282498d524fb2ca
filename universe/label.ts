/**
 * The built-in universe: crystals of 16 metals with energy, forces and stress, made on the spot from a seed.
 *
 * Not a model of any experiment: a consistent world to pre-train in, without a download. Units as in
 * data/labelled.ts: eV, eV/A, eV/A^3, tension positive.
 */

import { symbolOf } from '../data/elements.ts';
import type { LabelledStructure } from '../data/labelled.ts';
import type { Structure } from '../graph/index.ts';
import type { Engine } from '../tensor/index.ts';
import { crystals, type UniverseOptions } from './crystals.ts';
import { EAM_ELEMENTS } from './eam-parameters.ts';

/** Throws if an atom is not one of the 16 metals. */
export function requireMetals(structures: readonly Structure[]): void {
  for (const { id, numbers } of structures) {
    const atom = numbers.findIndex((number) => !EAM_ELEMENTS.includes(symbolOf(number)));
    if (atom >= 0) {
      throw new Error(
        `${id}: atom ${atom} is ${symbolOf(numbers[atom])}; the built-in universe knows ${EAM_ELEMENTS.join(' ')}. ` +
          'Leave the structure out, or give it labels from elsewhere.',
      );
    }
  }
}

/**
 * The structures with energy (eV), forces (eV/A) and, if all three directions repeat, stress (eV/A^3) of the
 * embedded-atom potential. Properties and other columns are kept. `engine`: a float64 CPU engine unless given; float32
 * is good for about five digits. Throws an Error for atoms that are none of the 16 metals.
 *
 * @example
 * const [copper] = await labelUniverse(crystals({ count: 1, elements: ['Cu'] }));
 * copper.stress?.length;  // 9
 */
export async function labelUniverse(
  structures: readonly (Structure & Partial<LabelledStructure>)[],
  engine?: Engine,
): Promise<LabelledStructure[]> {
  requireMetals(structures);
  // Loading the tensor library here keeps the import of data/ cheap.
  const { labels } = await import('./labeller.ts');
  const made = await labels(structures, engine);
  return structures.map((structure, k) => {
    const { energy, forces, stress } = made[k];
    const { stress: _, ...rest } = structure;
    const labelled = { properties: {}, arrays: {}, ...rest, energy, forces };
    return structure.periodic.every(Boolean) ? { ...labelled, stress } : labelled;
  });
}

/**
 * Labelled crystals of a seed, made and given energy (eV), forces (eV/A) and stress (eV/A^3) by an embedded-atom
 * potential. `engine`: a float64 CPU engine unless given; float32 is good for about five digits. Throws an Error if no
 * crystal is possible under the options.
 *
 * @example
 * const labelled = await universe({ count: 2, elements: ['Cu'], maxAtoms: 4 });
 * labelled[0].forces?.length === 3 * labelled[0].numbers.length;  // true
 */
export const universe = ({
  engine,
  ...options
}: UniverseOptions & { readonly engine?: Engine } = {}): Promise<LabelledStructure[]> =>
  labelUniverse(crystals(options), engine);
