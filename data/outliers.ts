/**
 * Limits on labels: a few unconverged calculations with huge forces or stresses would rule a whole training.
 *
 * `drop` leaves such structures out. `cap` keeps them and shortens what is too large, direction kept: the force of an
 * atom to the limit, the stress tensor as a whole. Capped labels are no longer derivatives of the energy, and capped
 * forces need not add up to zero; capping asks for the direction only, where a size cannot be trusted.
 */
import type { LabelledStructure } from './index.ts';

export interface Limits {
  /** Largest norm of the force on an atom, eV/A. */
  readonly maxForce?: number;
  /** Largest absolute component of the stress, eV/A^3. */
  readonly maxStress?: number;
  readonly policy: 'drop' | 'cap';
}

export interface Limited {
  readonly structures: readonly LabelledStructure[];
  /** Structures left out or changed, by reason. */
  readonly counts: ReadonlyMap<string, number>;
  /** The same for people. */
  readonly notes: readonly string[];
}

/** A force that rounding left a hair above the limit when it was capped is not above it. */
const ROUNDING = 1 + 1e-12;

/** Norms of the forces of all atoms, eV/A. */
const forceNorms = (forces: Float64Array): Float64Array =>
  Float64Array.from({ length: forces.length / 3 }, (_, atom) =>
    Math.hypot(forces[3 * atom], forces[3 * atom + 1], forces[3 * atom + 2]),
  );

/** Largest norm of a force on an atom, eV/A. */
export const largestForce = (forces: Float64Array): number => forceNorms(forces).reduce((a, b) => Math.max(a, b), 0);

/** Largest absolute component of a stress, eV/A^3. */
export const largestStress = (stress: Float64Array): number => stress.reduce((a, b) => Math.max(a, Math.abs(b)), 0);

function capForces(forces: Float64Array, limit: number): Float64Array {
  const norms = forceNorms(forces);
  return forces.map((f, k) => {
    const norm = norms[Math.floor(k / 3)];
    return norm > limit ? (f / norm) * limit : f;
  });
}

function capStress(stress: Float64Array, limit: number): Float64Array {
  const largest = largestStress(stress);
  return stress.map((s) => (s / largest) * limit);
}

function checkLimit(name: string, limit: number | undefined, unit: string): void {
  if (limit !== undefined && !(limit > 0)) {
    throw new Error(`limitLabels: expected ${name} > 0 (${unit}), got ${limit}. Leave it out to set no limit.`);
  }
}

/** The structures within the limits, with counts. Labels that are not finite are left out under either policy. */
export function limitLabels(structures: readonly LabelledStructure[], limits: Limits): Limited {
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
 * The relaxed structures, whose largest force on an atom is at most `maxForce` eV/A: denoising takes the given positions
 * for a minimum of the energy. Structures without forces are left out, since nothing tells.
 */
export function relaxedOnly(structures: readonly LabelledStructure[], maxForce: number): Limited {
  if (!(maxForce > 0)) throw new Error(`relaxedOnly: expected maxForce > 0 (eV/A), got ${maxForce}.`);
  const counts = new Map<string, number>();
  const count = (reason: string) => counts.set(reason, (counts.get(reason) ?? 0) + 1);
  let least = Number.POSITIVE_INFINITY;
  const kept = structures.filter(({ forces }) => {
    if (!forces) count('no forces, so nothing tells whether it is relaxed');
    else {
      const largest = largestForce(forces);
      if (largest <= maxForce) return true;
      least = Math.min(least, largest);
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
