/**
 * Whether the labels of a file can be in the units in which they are read, told by their sizes: stresses in eV/A^3 (one
 * is 160 GPa, or 1602 kbar), forces in eV/A.
 *
 * Solids break or flow below a few GPa under tension and shear, and few data reach 200 GPa in compression: half of a
 * file above that, or a tenth above 480 GPa, is likelier another unit. The same numbers in GPa are 160 times larger,
 * in kbar 1602 times.
 */
import type { Notes } from './notes.ts';

/** eV/A^3. */
const LARGE_MEDIAN = 1.25;
const LARGE_TENTH = 3;

const GPA = 160.2176634;

const rounded = (x: number): number => Number(x.toPrecision(2));

/** eV/A. Atoms are pulled by a few, and by more than a hundred in few structures of a file. */
const LARGE_FORCE = 100;

/** The largest component of the labels of every structure. */
class Sizes {
  #sizes = new Float64Array(64);
  count = 0;
  /** Line of the first label. */
  first = 0;

  add(label: Float64Array, line: number): void {
    if (this.count === 0) this.first = line;
    if (this.count === this.#sizes.length) {
      const grown = new Float64Array(2 * this.count);
      grown.set(this.#sizes);
      this.#sizes = grown;
    }
    let size = 0;
    for (const x of label) size = Math.max(size, Math.abs(x));
    this.#sizes[this.count++] = size;
  }

  /** Sizes below which these shares of all structures are. */
  quantiles(shares: readonly number[]): number[] {
    const sorted = this.#sizes.slice(0, this.count).sort();
    return shares.map((share) => sorted[Math.floor(share * (this.count - 1))]);
  }
}

export class StressSizes extends Sizes {
  /** Adds a note if the sizes of stresses in eV/A^3 are those of another unit. */
  note(file: string, notes: Notes): void {
    if (this.count === 0) return;
    const [median, tenth] = this.quantiles([0.5, 0.9]) as [number, number];
    if (median <= LARGE_MEDIAN && tenth <= LARGE_TENTH) return;
    const large = median > LARGE_MEDIAN ? median : tenth;
    const share = median > LARGE_MEDIAN ? 'half' : 'a tenth';
    notes.add(
      'stress',
      `${file}:${this.first}`,
      `${share} of the stresses have components above ${rounded(large)} eV/A^3, that is ${rounded(large * GPA)} GPa, ` +
        'more than solids bear. Are they in kbar (divide by 1602.18; VASP also turns the sign), in GPa (divide by ' +
        '160.218) or a virial in eV (name it virial)?',
    );
  }
}

export class ForceSizes extends Sizes {
  /** Adds a note if the sizes of forces in eV/A are those of another unit. */
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
