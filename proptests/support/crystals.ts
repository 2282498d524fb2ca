/**
 * Random crystals for properties: a skewed cell, a few atoms that are not too close, some of them outside the cell.
 */
import fc from 'fast-check';
import { neighbours, type Structure, toCartesian } from '../../graph/index.ts';

export interface CrystalOptions {
  readonly minAtoms?: number;
  readonly maxAtoms?: number;
  /** Atomic numbers to draw from. */
  readonly elements?: readonly number[];
  /** Smallest distance between atoms in Angstrom. */
  readonly closest?: number;
}

/** Numbers spread evenly over [min, max]. (fc.double is even over bit patterns: most of its numbers are next to 0.) */
export const real = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 2 ** 30 }).map((k) => min + ((max - min) * k) / 2 ** 30);

/** Periodic crystals of `minAtoms` to `maxAtoms` atoms with lattice vectors 3 to 6 A long. */
export function crystal({
  minAtoms = 1,
  maxAtoms = 5,
  elements = [1, 6, 8, 13, 29, 79],
  closest = 1.2,
}: CrystalOptions = {}): fc.Arbitrary<Structure> {
  return fc
    .record({
      lengths: fc.tuple(real(3, 6), real(3, 6), real(3, 6)),
      skew: fc.tuple(real(-1.5, 1.5), real(-1.5, 1.5), real(-1.5, 1.5)),
      atoms: fc.array(
        fc.record({ z: fc.constantFrom(...elements), f: fc.tuple(real(-0.5, 1.5), real(-0.5, 1.5), real(-0.5, 1.5)) }),
        {
          minLength: minAtoms,
          maxLength: maxAtoms,
        },
      ),
    })
    .map(({ lengths: [a, b, c], skew: [p, q, s], atoms }): Structure => {
      const cell = Float64Array.of(a, 0, 0, p, b, 0, q, s, c);
      return {
        id: 'crystal',
        numbers: Int32Array.from(atoms, (atom) => atom.z),
        positions: toCartesian(Float64Array.from(atoms.flatMap((atom) => atom.f)), cell),
        cell,
        periodic: [true, true, true],
      };
    })
    .filter((structure) => neighbours(structure, closest).distance.length === 0 && distinct(structure));
}

/** Neighbour lists leave out coinciding atoms; pushed apart a little, these are found. */
function distinct(structure: Structure): boolean {
  const positions = structure.positions.map((x, k) => (k % 3 === 0 ? x + (0.4 * k) / structure.positions.length : x));
  return neighbours({ ...structure, positions }, 0.5).distance.length === 0;
}

/** A rotation matrix from three angles (row-major, acts on row vectors from the right). */
export function rotation([a, b, c]: readonly [number, number, number]): Float64Array {
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
  return Float64Array.of(
    ca * cb,
    ca * sb * sc - sa * cc,
    ca * sb * cc + sa * sc,
    sa * cb,
    sa * sb * sc + ca * cc,
    sa * sb * cc - ca * sc,
    -sb,
    cb * sc,
    cb * cc,
  );
}
