/**
 * Whether the stresses of a file can be in eV/A^3, told by their sizes. 1 eV/A^3 is 160 GPa, or 1602 kbar.
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

export class StressSizes {
  #sizes = new Float64Array(64);
  #count = 0;
  #first = 0;

  /** A stress in eV/A^3, and the line it comes from. */
  add(stress: Float64Array, line: number): void {
    if (this.#count === 0) this.#first = line;
    if (this.#count === this.#sizes.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#sizes);
      this.#sizes = grown;
    }
    let size = 0;
    for (const x of stress) size = Math.max(size, Math.abs(x));
    this.#sizes[this.#count++] = size;
  }

  /** Adds a note if the sizes are those of another unit. */
  note(file: string, notes: Notes): void {
    if (this.#count === 0) return;
    const sizes = this.#sizes.slice(0, this.#count).sort();
    const [median, tenth] = [0.5, 0.9].map((share) => sizes[Math.floor(share * (this.#count - 1))]!) as [
      number,
      number,
    ];
    if (median <= LARGE_MEDIAN && tenth <= LARGE_TENTH) return;
    const large = median > LARGE_MEDIAN ? median : tenth;
    const share = median > LARGE_MEDIAN ? 'half' : 'a tenth';
    notes.add(
      'stress',
      `${file}:${this.#first}`,
      `${share} of the stresses have components above ${rounded(large)} eV/A^3, that is ${rounded(large * GPA)} GPa, ` +
        'more than solids bear. Are they in kbar (divide by 1602.18; VASP also turns the sign), in GPa (divide by ' +
        '160.218) or a virial in eV (name it virial)?',
    );
  }
}
