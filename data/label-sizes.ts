/**
 * Whether the labels of a file can be in the units in which they are read, which their sizes tell: stresses in eV/A^3
 * (one of which is 160 GPa, or 1602 kbar) and forces in eV/A.
 *
 * Solids break or flow below a few GPa under tension and shear, and few data reach 200 GPa in compression. If half of a
 * file lies above that, or a tenth above 480 GPa, another unit is likelier: the same stresses are numbers 160 times
 * larger in GPa, and 1602 times larger in kbar.
 */
import { largestMagnitude } from './lists.ts';
import type { Notes } from './notes.ts';
import { quantile, sorted } from './statistics.ts';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from './units.ts';

/** In eV/A^3: half of the stresses, or a tenth of them, are hardly larger than this. */
const LARGE_MEDIAN = 1.25;
const LARGE_TENTH = 3;

/** In eV/A. Atoms are pulled by a few eV/A, and only in few structures of a file by more than a hundred. */
const LARGE_FORCE = 100;

const rounded = (x: number): number => Number(x.toPrecision(2));

/** Collects the largest component of the labels of every structure. */
class Sizes {
  #sizes = new Float64Array(64);
  count = 0;
  /** The line of the first label. */
  first = 0;

  add(label: Float64Array, line: number): void {
    if (this.count === 0) this.first = line;
    if (this.count === this.#sizes.length) {
      const grown = new Float64Array(2 * this.count);
      grown.set(this.#sizes);
      this.#sizes = grown;
    }
    this.#sizes[this.count++] = largestMagnitude(label);
  }

  /** The sizes below which these shares of all structures lie. */
  quantiles(shares: readonly number[]): number[] {
    const ascending = sorted(this.#sizes.subarray(0, this.count));
    return shares.map((share) => quantile(ascending, share, 'lower'));
  }
}

/** Stresses in eV/A^3. */
export class StressSizes extends Sizes {
  /** Adds a note if their sizes are those of another unit. */
  note(file: string, notes: Notes): void {
    if (this.count === 0) return;
    const [median, tenth] = this.quantiles([0.5, 0.9]) as [number, number];
    if (median <= LARGE_MEDIAN && tenth <= LARGE_TENTH) return;
    const large = median > LARGE_MEDIAN ? median : tenth;
    const share = median > LARGE_MEDIAN ? 'half' : 'a tenth';
    notes.add(
      'stress',
      `${file}:${this.first}`,
      `${share} of the stresses have components above ${rounded(large)} eV/A^3, that is ${rounded(large * EV_PER_CUBIC_ANGSTROM_IN_GPA)} GPa, ` +
        'more than solids bear. Are they in kbar (divide by 1602.18; VASP also turns the sign), in GPa (divide by ' +
        '160.218) or a virial in eV (name it virial)?',
    );
  }
}

/** Forces in eV/A. */
export class ForceSizes extends Sizes {
  /** Adds a note if their sizes are those of another unit. */
  note(file: string, notes: Notes): void {
    if (this.count === 0) return;
    const median = this.quantiles([0.5])[0];
    if (median <= LARGE_FORCE) return;
    notes.add(
      'forces',
      `${file}:${this.first}`,
      `half of the structures have forces with components above ${rounded(median)} eV/A, more than bonds bear. Are they ` +
        'in meV/A (divide by 1000), in kJ/mol/nm (divide by 964.853), or garbled?',
    );
  }
}
