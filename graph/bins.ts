/**
 * Atoms sorted into bins of a cell by their fractional coordinates, so that neighbours are looked for nearby only (a
 * cell list).
 *
 * Directions that do not repeat are divided between the outermost atoms. There are never many more bins than atoms.
 */

/**
 * Sorts atoms, by fractional coordinates [atoms, 3], into bins about half a cutoff wide. `spacing` holds the distances
 * between lattice planes; it and `cutoff` are in Angstrom. What is returned, for each of the three directions or atoms:
 *
 * - `count`: how many bins there are; `spans`: the part of the cell that they divide; `reach`: how many bins to either
 *   side hold all neighbours within the cutoff;
 * - `members`: atoms bin by bin, ascending within a bin; those of bin b begin at first[b] and end before first[b + 1];
 * - `bin`: the bin of every atom, [atoms, 3]; `wrap`: how many cells it lies away from the first cell, [atoms, 3].
 */
export function binAtoms(
  fractional: Float64Array,
  periodic: readonly boolean[],
  spacing: readonly number[],
  cutoff: number,
) {
  const atoms = fractional.length / 3;
  const lows = [0, 0, 0];
  const spans = [1, 1, 1];
  const count = [1, 1, 1];
  const reach = [0, 0, 0];
  // Not integers of 32 bits: an atom may lie farther away than they reach.
  const wrap = new Float64Array(3 * atoms);
  const bin = new Int32Array(3 * atoms);
  for (let k = 0; k < 3; k++) {
    if (!periodic[k]) {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let a = 0; a < atoms; a++) {
        low = Math.min(low, fractional[3 * a + k]);
        high = Math.max(high, fractional[3 * a + k]);
      }
      lows[k] = low;
      spans[k] = Math.max(high - low, 1e-9);
    }
    count[k] = Math.max(1, Math.floor((2 * spans[k] * spacing[k]) / cutoff));
  }
  // Mostly empty space (a slab, two molecules far apart) is divided less finely: memory follows the atoms.
  while (count[0] * count[1] * count[2] > 8 * atoms + 64) {
    const longest = count.indexOf(Math.max(...count));
    count[longest] = Math.floor(count[longest] / 2);
  }
  for (let k = 0; k < 3; k++) {
    reach[k] = Math.ceil((cutoff * count[k]) / (spans[k] * spacing[k]) + 1e-9);
    if (!periodic[k]) reach[k] = Math.min(reach[k], count[k]);
    for (let a = 0; a < atoms; a++) {
      const f = fractional[3 * a + k];
      const whole = periodic[k] ? Math.floor(f) : 0;
      wrap[3 * a + k] = whole;
      const inside = Math.floor(((f - whole - lows[k]) / spans[k]) * count[k]);
      bin[3 * a + k] = Math.max(0, Math.min(count[k] - 1, inside));
    }
  }
  const first = new Int32Array(count[0] * count[1] * count[2] + 1);
  const numberOf = (a: number) => (bin[3 * a] * count[1] + bin[3 * a + 1]) * count[2] + bin[3 * a + 2];
  for (let a = 0; a < atoms; a++) first[numberOf(a) + 1]++;
  for (let b = 1; b < first.length; b++) first[b] += first[b - 1];
  const next = first.slice();
  const members = new Int32Array(atoms);
  for (let a = 0; a < atoms; a++) members[next[numberOf(a)]++] = a;
  return { count, spans, reach, first, members, bin, wrap };
}
