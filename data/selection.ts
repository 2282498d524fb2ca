/**
 * Which structures of a data set are kept for a training: those whose labels lie within limits, those that are relaxed,
 * and those that are not too large.
 *
 * A few unconverged calculations with huge forces or stresses would otherwise rule a whole training, and a few large
 * structures its time and memory, which grow with the number of edges.
 */
import type { LabelledStructure } from './labelled.ts';
import { largest, largestMagnitude } from './lists.ts';

export interface LabelLimits {
  /** The largest norm of the force on an atom, in eV/A (default: no limit). */
  readonly maxForce?: number;
  /** The largest absolute component of the stress, in eV/A^3 (default: no limit). */
  readonly maxStress?: number;
  /**
   * `drop` leaves structures beyond a limit out. `cap` keeps them and shortens what is too large, in its direction: the
   * force on an atom to the limit, the stress tensor as a whole. Capped labels are no longer derivatives of the energy,
   * and capped forces need not add up to zero. Capping asks for the direction only, where a size cannot be trusted.
   */
  readonly policy: 'drop' | 'cap';
}

/** The structures that are kept, and what became of the others. */
export interface Selection {
  readonly structures: readonly LabelledStructure[];
  /** How many structures were left out or changed, by reason. */
  readonly counts: ReadonlyMap<string, number>;
  /** The same in words, one line for each reason. */
  readonly notes: readonly string[];
}

/** A force that was capped before may lie above the limit by rounding; by this factor it counts as within. */
const ROUNDING = 1 + 1e-12;

/** The norms of forces [atoms, 3], [atoms]. */
const forceNorms = (forces: Float64Array): Float64Array =>
  Float64Array.from({ length: forces.length / 3 }, (_, atom) =>
    Math.hypot(forces[3 * atom], forces[3 * atom + 1], forces[3 * atom + 2]),
  );

/** The largest norm of a force on an atom, in the unit of the forces [atoms, 3]; 0 without atoms. */
export const largestForce = (forces: Float64Array): number => largest(forceNorms(forces), 0);

/** The largest absolute component of a stress, in its unit. */
export const largestStress = (stress: Float64Array): number => largestMagnitude(stress);

function capForces(forces: Float64Array, limit: number): Float64Array {
  const norms = forceNorms(forces);
  return forces.map((f, k) => {
    const norm = norms[Math.floor(k / 3)];
    return norm > limit ? (f / norm) * limit : f;
  });
}

function capStress(stress: Float64Array, limit: number): Float64Array {
  const size = largestStress(stress);
  return stress.map((s) => (s / size) * limit);
}

function checkLimit(name: string, limit: number | undefined, unit: string): void {
  if (limit !== undefined && !(limit > 0)) {
    throw new Error(`limitLabels: expected ${name} > 0 (${unit}), got ${limit}. Leave it out to set no limit.`);
  }
}

/**
 * The structures whose forces (eV/A) and stresses (eV/A^3) lie within the limits. Structures with labels that are not
 * finite are left out under either policy. Throws an Error if a limit is no number > 0.
 *
 * @example
 * const all = parseExtxyz('1\nProperties=species:S:1:pos:R:3:forces:R:3\nCu 0 0 0 99 0 0\n');
 * const { notes } = limitLabels(all, { maxForce: 50, policy: 'drop' });
 * notes[0];  // 1 structure left out: a force above 50 eV/A
 */
export function limitLabels(structures: readonly LabelledStructure[], limits: LabelLimits): Selection {
  const { maxForce = Number.POSITIVE_INFINITY, maxStress = Number.POSITIVE_INFINITY, policy } = limits;
  checkLimit('maxForce', limits.maxForce, 'eV/A');
  checkLimit('maxStress', limits.maxStress, 'eV/A^3');
  const left = new Map<string, number>();
  const capped = new Map<string, number>();
  const count = (counts: Map<string, number>, reason: string) => counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const tooForced = `a force above ${maxForce} eV/A`;
  const tooStressed = `a stress component above ${maxStress} eV/A^3`;
  const kept: LabelledStructure[] = [];
  for (const structure of structures) {
    const { energy = 0, forces = new Float64Array(), stress = new Float64Array() } = structure;
    const force = largestForce(forces) > maxForce * ROUNDING;
    const strain = largestStress(stress) > maxStress;
    if (!Number.isFinite(energy) || !forces.every(Number.isFinite) || !stress.every(Number.isFinite)) {
      count(left, 'labels that are not finite');
    } else if (!force && !strain) {
      kept.push(structure);
    } else if (policy === 'drop') {
      count(left, force ? tooForced : tooStressed);
    } else {
      if (force) count(capped, tooForced);
      if (strain) count(capped, tooStressed);
      kept.push({
        ...structure,
        ...(force ? { forces: capForces(forces, maxForce) } : {}),
        ...(strain ? { stress: capStress(stress, maxStress) } : {}),
      });
    }
  }
  const note = (what: string) => (entry: [string, number]) => `${structuresOf(entry[1])} ${what}: ${entry[0]}`;
  return {
    structures: kept,
    counts: new Map([...left, ...capped]),
    notes: [...[...left].map(note('left out')), ...[...capped].map(note('capped'))],
  };
}

const structuresOf = (count: number): string => (count === 1 ? '1 structure' : `${count} structures`);

/**
 * The relaxed structures, whose largest force on an atom is at most `maxForce` (in eV/A): denoising takes the given
 * positions for a minimum of the energy. Structures without forces are left out, because nothing tells whether they are
 * relaxed. Throws an Error if `maxForce` is no number > 0, or if no structure is relaxed.
 *
 * @example
 * const all = parseExtxyz('1\nProperties=species:S:1:pos:R:3:forces:R:3\nCu 0 0 0 0.01 0 0\n');
 * relaxedOnly(all, 0.05).structures.length;  // 1
 */
export function relaxedOnly(structures: readonly LabelledStructure[], maxForce: number): Selection {
  if (!(maxForce > 0)) throw new Error(`relaxedOnly: expected maxForce > 0 (eV/A), got ${maxForce}.`);
  const counts = new Map<string, number>();
  const count = (reason: string) => counts.set(reason, (counts.get(reason) ?? 0) + 1);
  let least = Number.POSITIVE_INFINITY;
  const kept = structures.filter(({ forces }) => {
    if (!forces) count('no forces, so nothing tells whether it is relaxed');
    else {
      const force = largestForce(forces);
      if (force <= maxForce) return true;
      least = Math.min(least, force);
      count(`a force above ${maxForce} eV/A: not relaxed`);
    }
    return false;
  });
  if (kept.length === 0) {
    const best = Number.isFinite(least)
      ? `the most relaxed one has a force of ${least.toPrecision(3)} eV/A`
      : 'none has forces';
    throw new Error(
      `relaxedOnly: none of ${structuresOf(structures.length)} is relaxed to ${maxForce} eV/A; ${best}. ` +
        'Use a larger limit, relaxed structures, or another strategy of pre-training.',
    );
  }
  return {
    structures: kept,
    counts,
    notes: [...counts].map(([reason, n]) => `${structuresOf(n)} left out: ${reason}`),
  };
}

/** The structures of at most `maxAtoms` atoms (null: all of them), and a note if there are others. */
export function noLarger<T extends { readonly numbers: ArrayLike<number> }>(
  structures: readonly T[],
  maxAtoms: number | null,
): { structures: readonly T[]; notes: string[] } {
  if (maxAtoms === null) return { structures, notes: [] };
  const kept = structures.filter(({ numbers }) => numbers.length <= maxAtoms);
  const left = structures.length - kept.length;
  return {
    structures: kept,
    notes: left === 0 ? [] : [`${left} structures left out: more than ${maxAtoms} atoms`],
  };
}
