/** Random crystals: a cell, and a few atoms that are not too close to each other, some of them outside of the cell. */
import type fc from 'fast-check';
import { determinant, neighbours, type Structure, toCartesian } from '../../graph/index.ts';
import { CELLS } from './cells.ts';
import { simplerNumbers } from './domain.ts';
import { drawn, type Random } from './drawn.ts';

export interface CrystalOptions {
  /** Default 1. */
  readonly minAtoms?: number;
  /** Default 5. */
  readonly maxAtoms?: number;
  /** Atomic numbers to draw from; crystals shrink to the first (default: H, C, O, Al, Cu and Au). */
  readonly elements?: readonly number[];
  /** Smallest distance between two atoms, or an atom and its image, in Angstrom (default 1.2; 0 lets them coincide). */
  readonly closest?: number;
  /** Atoms lie at -spread to 1 + spread lattice vectors (default 0.5). */
  readonly spread?: number;
  /** Nine numbers in Angstrom each (default: `CELLS.upright`). */
  readonly cells?: fc.Arbitrary<ArrayLike<number>>;
}

/** A crystal with positions in lattice vectors, which are what gets simpler. */
interface Recipe {
  readonly cell: readonly number[];
  readonly numbers: readonly number[];
  readonly places: readonly (readonly number[])[];
}

type Settings = Required<CrystalOptions>;

const ATTEMPTS = 2000;
/** Edges of the cubes that cells shrink to, in Angstrom. */
const CUBES = [3, 4, 5, 6];
const SIMPLE_PLACES = [0, 0.5, 0.25, 0.75];

const structureOf = ({ cell, numbers, places }: Recipe): Structure => ({
  id: 'crystal',
  numbers: Int32Array.from(numbers),
  positions: toCartesian(places.flat(), cell),
  cell: Float64Array.from(cell),
  periodic: [true, true, true],
});

/** In cubic Angstrom: flatter cells are none. */
const SMALLEST_VOLUME = 0.1;

/** Is this a cell with atoms that are far enough from each other? */
const isSound = (recipe: Recipe, closest: number): boolean =>
  Math.abs(determinant(recipe.cell)) > SMALLEST_VOLUME &&
  (closest === 0 || neighbours(structureOf(recipe), closest, { coincident: true }).distance.length === 0);

function drawRecipe(random: Random, source: fc.Random, settings: Settings): Recipe {
  const { minAtoms, maxAtoms, elements, closest, spread, cells } = settings;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const count = random.integer(minAtoms, maxAtoms);
    const recipe: Recipe = {
      cell: Array.from(cells.generate(source, undefined).value),
      numbers: Array.from({ length: count }, () => elements[random.integer(0, elements.length - 1)]),
      places: Array.from({ length: count }, () => [0, 1, 2].map(() => random.real(-spread, 1 + spread))),
    };
    if (isSound(recipe, closest)) return recipe;
  }
  throw new Error(
    `crystals: ${ATTEMPTS} times, ${minAtoms} to ${maxAtoms} atoms did not fit into the cell at least ${closest} A ` +
      'from each other. Draw fewer atoms, larger cells, or a smaller `closest`.',
  );
}

const only = <T>(list: readonly T[], keep: (k: number) => boolean): T[] => list.filter((_, k) => keep(k));
const kept = ({ cell, numbers, places }: Recipe, keep: (k: number) => boolean): Recipe => ({
  cell,
  numbers: only(numbers, keep),
  places: only(places, keep),
});

/** One atom, two atoms, or all but one. */
function* fewerAtoms(recipe: Recipe, least: number): Iterable<Recipe> {
  const count = recipe.numbers.length;
  if (least <= 1 && count > 1) for (let k = 0; k < count; k++) yield kept(recipe, (i) => i === k);
  if (least <= 2 && count > 3) {
    for (let k = 0; k < count; k++) for (let l = 0; l < k; l++) yield kept(recipe, (i) => i === k || i === l);
  }
  if (count > least && count > 2) for (let k = 0; k < count; k++) yield kept(recipe, (i) => i !== k);
}

const isZero = (x: number) => x === 0;

/** A cube, a box with the same edges, then numbers that are simpler. */
function* simplerCells(recipe: Recipe): Iterable<Recipe> {
  const { cell } = recipe;
  const boxed = cell.every((x, k) => k % 4 === 0 || isZero(x));
  const isCube = boxed && cell[0] === cell[4] && cell[4] === cell[8];
  const rank = isCube ? CUBES.indexOf(cell[0]) : -1;
  for (const edge of rank < 0 ? CUBES : CUBES.slice(0, rank)) {
    yield { ...recipe, cell: [edge, 0, 0, 0, edge, 0, 0, 0, edge] };
  }
  if (isCube) return;
  if (!boxed) {
    const edges = [0, 1, 2].map((k) => Math.hypot(cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]));
    yield { ...recipe, cell: cell.map((_, k) => (k % 4 === 0 ? edges[k / 4] : 0)) };
  }
  for (const [k, x] of cell.entries()) {
    for (const simple of simplerNumbers(x, { low: -100, high: 100 }, k % 4 === 0 ? [] : [0])) {
      yield { ...recipe, cell: cell.map((y, i) => (i === k ? simple : y)) };
    }
  }
}

function* simplerAtoms(recipe: Recipe, elements: readonly number[]): Iterable<Recipe> {
  const { numbers, places } = recipe;
  const [first] = elements;
  if (numbers.some((z) => z !== first)) yield { ...recipe, numbers: numbers.map(() => first) };
  for (const [k, z] of numbers.entries()) {
    for (const simple of elements.slice(0, Math.max(0, elements.indexOf(z)))) {
      yield { ...recipe, numbers: numbers.map((other, i) => (i === k ? simple : other)) };
    }
  }
  const moved = (k: number, place: readonly number[]) => ({
    ...recipe,
    places: places.map((other, i) => (i === k ? place : other)),
  });
  for (const [k, place] of places.entries()) {
    if (!place.every(isZero)) yield moved(k, [0, 0, 0]);
    for (const [c, f] of place.entries()) {
      for (const simple of simplerNumbers(f, { low: -10, high: 10 }, SIMPLE_PLACES)) {
        yield moved(
          k,
          place.map((x, d) => (d === c ? simple : x)),
        );
      }
    }
  }
}

/**
 * Periodic crystals. They shrink to one or two atoms of the first element in a cube, at simple places. Throws where the
 * atoms do not fit into the cells.
 *
 * @example
 * fc.assert(fc.property(crystals({ maxAtoms: 2 }), ({ numbers }) => numbers.length <= 2));
 */
export function crystals(options: CrystalOptions = {}): fc.Arbitrary<Structure> {
  const settings: Settings = {
    minAtoms: 1,
    maxAtoms: 5,
    elements: [1, 6, 8, 13, 29, 79],
    closest: 1.2,
    spread: 0.5,
    cells: CELLS.upright,
    ...options,
  };
  const { minAtoms, elements, closest } = settings;
  return drawn<Recipe>(
    (random, source) => drawRecipe(random, source, settings),
    function* (recipe) {
      const simpler = [fewerAtoms(recipe, minAtoms), simplerCells(recipe), simplerAtoms(recipe, elements)];
      for (const list of simpler) for (const simple of list) if (isSound(simple, closest)) yield simple;
    },
  ).map(structureOf);
}
