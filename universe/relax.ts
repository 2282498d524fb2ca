/**
 * Relaxation: positions and cell of crystals to zero force and zero stress, many at once.
 *
 * Newton's method with the exact curvature. Directions of negative curvature are walked downhill, steps are limited,
 * and halved where the energy would rise; neighbours are found anew at every step. A crystal that does not arrive, or
 * that arrives as another one, says so: one with a `failure` is never to be labelled.
 */

import { eigen } from '../data/eigen.ts';
import { largestMagnitude } from '../data/lists.ts';
import { displace, inverse, multiply, neighbours, type Structure, strain } from '../graph/index.ts';
import type { Engine } from '../tensor/index.ts';
import type { Curvature } from './curvature.ts';
import { KELVIN, STRAINS } from './kelvin.ts';
import { requireMetals } from './label.ts';

export interface RelaxOptions {
  /** A float64 CPU engine unless given; float32 does not reach the tolerances. */
  readonly engine?: Engine | undefined;
  /** 'free' (default), or 'fixed': only positions move. */
  readonly cell?: 'free' | 'fixed';
  /** Largest force component at the end, in eV/A (default 1e-9). */
  readonly force?: number;
  /** Largest stress component at the end, in eV/A^3 (default 1e-10). */
  readonly stress?: number;
  /** Evaluations before giving up (default 60). */
  readonly steps?: number;
}

export interface Relaxed {
  /** As far as it came. */
  readonly structure: Structure;
  /** Energy and its derivatives at `structure`. */
  readonly curvature: Curvature;
  /** How often the crystal was evaluated. */
  readonly steps: number;
  /** Why it must not be used; undefined if it is relaxed and still the crystal it was. */
  readonly failure?: string;
}

/** No step changes a strain by more than this, or moves an atom by more than this many Angstrom. */
const LONGEST = { strain: 0.05, move: 0.15 };
/** Softer directions than this (eV/A^2, strains measured as moves) are taken as this stiff: about 0.3 GPa. */
const SOFTEST = 0.005;
/** A rise of the energy by less (eV an atom) is rounding. */
const ROUNDING = 1e-12;
/** A rise by less is accepted where the slope shrinks: the pieces of the published potential join that well. */
const SEAM = 1e-6;
const MOST_HALVINGS = 30;

/** In ln(c/a), half of Bain's way from fcc to bcc, which is ln(sqrt 2) long: farther is nearer to another lattice. */
const LARGEST_SHEAR = Math.log(2) / 4;
/** In ln(V/V0) / 3: a metal whose neighbours are this much nearer or farther is no longer the start relaxed. */
const LARGEST_SWELLING = 0.2;
/** Of atoms against each other, in nearest-neighbour distances of the start. */
const LARGEST_SHUFFLE = 0.15;

const transposed = (m: ArrayLike<number>) =>
  Float64Array.from({ length: 9 }, (_, k) => m[3 * (k % 3) + Math.floor(k / 3)]);

/** Why `now` is no longer the crystal that `start` was; undefined if it is. */
export function departure(start: Structure, now: Structure): string | undefined {
  // cell = cell0 F; the eigenvalues of F F^T are the squared principal stretches.
  const f = multiply(inverse(start.cell), now.cell);
  const logs = eigen(multiply(f, transposed(f))).values.map((x) => Math.log(x) / 2);
  const swelling = (logs[0] + logs[1] + logs[2]) / 3;
  if (!(Math.abs(swelling) <= LARGEST_SWELLING))
    return `its lengths change by a factor ${Math.exp(swelling).toFixed(2)}`;
  const shear = logs[2] - logs[0];
  if (!(shear <= LARGEST_SHEAR)) return `its shape changes by ${shear.toFixed(2)} in ln(c/a)`;

  const n = start.numbers.length;
  if (n === 1) return undefined;
  const moved = multiply(start.positions, f).map((x, k) => now.positions[k] - x);
  const mean = [0, 1, 2].map((c) => moved.reduce((sum, x, k) => (k % 3 === c ? sum + x : sum), 0) / n);
  const nearest = neighbours(start, 6.5).distance.reduce((a, b) => Math.min(a, b), 6.5);
  for (let atom = 0; atom < n; atom++) {
    const shuffle = Math.hypot(...mean.map((m, c) => moved[3 * atom + c] - m)) / nearest;
    if (!(shuffle <= LARGEST_SHUFFLE)) return `atom ${atom} moves by ${shuffle.toFixed(2)} neighbour distances`;
  }
  return undefined;
}

interface Step {
  /** Symmetric, 3 x 3. */
  readonly strain: Float64Array;
  /** Angstrom, 3 an atom. */
  readonly moves: Float64Array;
}

/** Newton's step of one crystal, downhill in every direction and not too long. */
function newton({ slope, hessian, volume }: Curvature, free: boolean): Step {
  const size = slope.length;
  const atoms = (size - STRAINS) / 3 + 1;
  // A strain moves atoms by about its size times the distance between them; so scaled, curvatures are alike.
  const unit = Math.sqrt(atoms) * Math.cbrt(volume / atoms);
  const scale = (i: number) => (i < STRAINS ? unit : 1);
  const from = free ? 0 : STRAINS;
  const n = size - from;
  const scaled = Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [from + Math.floor(k / n), from + (k % n)];
    return hessian[i * size + j] / (scale(i) * scale(j));
  });
  const { values, vectors } = eigen(scaled);
  const q = new Float64Array(size);
  values.forEach((value, k) => {
    const vector = vectors.subarray(k * n, (k + 1) * n);
    const along = vector.reduce((sum, x, i) => sum + (x * slope[from + i]) / scale(from + i), 0);
    const length = -along / Math.max(Math.abs(value), SOFTEST);
    vector.forEach((x, i) => {
      q[from + i] += (length * x) / scale(from + i);
    });
  });
  const strain3 = Float64Array.from({ length: 9 }, (_, c) => KELVIN.reduce((sum, b, k) => sum + q[k] * b[c], 0));
  const moves = new Float64Array(3 * atoms);
  moves.set(q.subarray(STRAINS), 3);
  const excess = Math.max(1, largestMagnitude(strain3) / LONGEST.strain, largestMagnitude(moves) / LONGEST.move);
  return { strain: strain3.map((x) => x / excess), moves: moves.map((x) => x / excess) };
}

const take = (structure: Structure, step: Step, part: number): Structure =>
  strain(
    displace(
      structure,
      step.moves.map((x) => part * x),
    ),
    step.strain.map((x) => part * x),
  );

/** A crystal on its way. */
interface Walk {
  readonly start: Structure;
  trial: Structure;
  /** The last accepted place, with the step that leads on from it. */
  place?: { readonly structure: Structure; readonly curvature: Curvature; readonly step: Step };
  halvings: number;
  steps: number;
  result?: Relaxed | undefined;
}

/** Takes in what was found at the trial and sets out for the next one, unless the walk ends here. */
function advance(walk: Walk, curvature: Curvature, options: RelaxOptions): Relaxed | undefined {
  const { cell = 'free', force = 1e-9, stress = 1e-10, steps = 60 } = options;
  const { trial: structure, start, place } = walk;
  walk.steps++;
  const end = (at: Pick<Relaxed, 'structure' | 'curvature'>, failure?: string): Relaxed => {
    const result = { structure: at.structure, curvature: at.curvature, steps: walk.steps };
    return failure === undefined ? result : { ...result, failure };
  };
  if (place && !better(place.curvature, curvature)) {
    if (++walk.halvings > MOST_HALVINGS) return end(place, 'no step lowers its energy');
    walk.trial = take(place.structure, place.step, 2 ** -walk.halvings);
  } else {
    const away = departure(start, structure);
    if (away !== undefined) return end({ structure, curvature }, `another crystal: ${away}`);
    const still = largestMagnitude(curvature.forces) <= force;
    if (still && (cell === 'fixed' || largestMagnitude(curvature.stress) <= stress))
      return end({ structure, curvature });
    walk.place = { structure, curvature, step: newton(curvature, cell === 'free') };
    walk.halvings = 0;
    walk.trial = take(structure, walk.place.step, 1);
  }
  return walk.steps < steps ? undefined : end(walk.place!, `not relaxed after ${steps} steps`);
}

/**
 * Relaxes crystals of the 16 metals to zero force and zero stress by Newton's method; results in their order. One that
 * does not arrive, or arrives as another crystal, has a `failure`. Throws an Error for atoms that are none of the 16
 * metals, and for structures that do not repeat in three directions.
 *
 * @example
 * const [copper] = crystals({ count: 1, elements: ['Cu'], prototypes: ['fcc'], maxAtoms: 1 });
 * const [{ structure, failure }] = await relax([copper]);
 * failure === undefined;  // true
 */
export async function relax(crystals: readonly Structure[], options: RelaxOptions = {}): Promise<Relaxed[]> {
  requireMetals(crystals);
  const flat = crystals.find(({ periodic }) => !periodic.every(Boolean));
  if (flat) throw new Error(`${flat.id}: expected a crystal that repeats in three directions to relax its cell.`);
  const { curvatures } = await import('./curvature.ts');
  const walks = crystals.map((start): Walk => ({ start, trial: start, halvings: 0, steps: 0 }));
  for (;;) {
    const active = walks.filter(({ result }) => !result);
    if (active.length === 0) return walks.map(({ result }) => result!);
    const found = await curvatures(
      active.map(({ trial }) => trial),
      options.engine,
    );
    for (const [k, walk] of active.entries()) walk.result = advance(walk, found[k], options);
  }
}

/** Whether to go from the first place to the second. */
function better(from: Curvature, to: Curvature): boolean {
  const rise = (to.energy - from.energy) / (from.forces.length / 3);
  return rise <= ROUNDING || (rise <= SEAM && Math.hypot(...to.slope) < Math.hypot(...from.slope));
}
