/**
 * Prototypes of metals and alloys, under their Strukturbericht names: primitive cells, and which sites are of one kind.
 *
 * Lengths are in units of the nearest-neighbour distance, so that one number turns a prototype into a crystal. The rows
 * of a cell are its lattice vectors; positions are fractional.
 */

/** A lattice with its sites. */
export interface Prototype {
  readonly name: string;
  /** Lattice vectors over the nearest-neighbour distance, row-major 3 x 3. */
  readonly cell: readonly number[];
  /** Fractional coordinates, 3 a site. */
  readonly sites: readonly number[];
  /** For ordered crystals the kind (0, 1) of each site; undefined for solid solutions. */
  readonly kinds?: readonly number[];
}

const scaled = (factor: number, cell: readonly number[]): number[] => cell.map((x) => factor * x);

// The cubic lattice parameter over the nearest-neighbour distance is sqrt(2) for fcc and 2 / sqrt(3) for bcc.
const FCC = scaled(Math.SQRT1_2, [0, 1, 1, 1, 0, 1, 1, 1, 0]);
const BCC = scaled(1 / Math.sqrt(3), [-1, 1, 1, 1, -1, 1, 1, 1, -1]);
/** With the ideal c/a = sqrt(8/3) all twelve neighbours are equally far. */
const HCP = [1, 0, 0, -0.5, Math.sqrt(3) / 2, 0, 0, 0, Math.sqrt(8 / 3)];
const ONE = [0, 0, 0];
const HCP_SITES = [1 / 3, 2 / 3, 1 / 4, 2 / 3, 1 / 3, 3 / 4];
const BODY_CENTRED = [0, 0, 0, 1 / 2, 1 / 2, 1 / 2];

/** All prototypes. In ordered alloys A3B, kind 0 is the majority A. */
export const PROTOTYPES: readonly Prototype[] = [
  { name: 'fcc', cell: FCC, sites: ONE, kinds: [0] },
  { name: 'bcc', cell: BCC, sites: ONE, kinds: [0] },
  { name: 'hcp', cell: HCP, sites: HCP_SITES, kinds: [0, 0] },
  // CuAu: fcc with (001) layers of either kind, in its tetragonal cell of two atoms.
  { name: 'L1_0', cell: [1, 0, 0, 0, 1, 0, 0, 0, Math.SQRT2], sites: BODY_CENTRED, kinds: [0, 1] },
  // Cu3Au: fcc with the corners of the cube of the other kind.
  {
    name: 'L1_2',
    cell: scaled(Math.SQRT2, [1, 0, 0, 0, 1, 0, 0, 0, 1]),
    sites: [0, 0, 0, 0, 1 / 2, 1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 1 / 2, 0],
    kinds: [1, 0, 0, 0],
  },
  // CsCl.
  { name: 'B2', cell: scaled(2 / Math.sqrt(3), [1, 0, 0, 0, 1, 0, 0, 0, 1]), sites: BODY_CENTRED, kinds: [0, 1] },
  // Fe3Al: bcc, in the face-centred cell of edge 4 / sqrt(3), four sites along its diagonal.
  {
    name: 'D0_3',
    cell: scaled(2 / Math.sqrt(3), [0, 1, 1, 1, 0, 1, 1, 1, 0]),
    sites: [0, 1 / 4, 1 / 2, 3 / 4].flatMap((x) => [x, x, x]),
    kinds: [1, 0, 0, 0],
  },
  { name: 'fcc random', cell: FCC, sites: ONE },
  { name: 'bcc random', cell: BCC, sites: ONE },
  { name: 'hcp random', cell: HCP, sites: HCP_SITES },
];

/**
 * The prototypes of these names (all, if none are given). Throws an Error in the name of `who` if there is none of a
 * name.
 */
export function prototypesNamed(names: readonly string[] | undefined, who: string): readonly Prototype[] {
  const known = PROTOTYPES.map(({ name }) => name);
  const strange = names?.find((name) => !known.includes(name));
  if (strange !== undefined) {
    throw new Error(`${who}: no prototype '${strange}'; expected some of ${known.join(', ')}.`);
  }
  return PROTOTYPES.filter(({ name }) => names?.includes(name) ?? true);
}
