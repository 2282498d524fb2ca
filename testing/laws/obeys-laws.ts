/** The property that a model obeys the laws of physics. */
import fc from 'fast-check';
import { neighbours, type Structure } from '../../graph/index.ts';
import type { Network } from '../../nn/index.ts';
import { type CrystalOptions, crystals } from '../arbitraries/crystals.ts';
import { type Counterexample, type Finding, report, type SearchOptions, search, short, Unsuitable } from '../search.ts';
import { forces, netForce, REACH, stress, symmetricStress } from './derivatives.ts';
import { type Comparison, type Law, type LawName, showList, UNITS } from './law.ts';
import { networkPotential, type Potential } from './potential.ts';
import { cell, latticeShift, mirror, permutation, rotation, translation } from './symmetries.ts';

/**
 * All laws, in the order in which they are tested: each with its name, what it says, and how it is tested.
 *
 * @example
 * LAWS[0].name;  // rotation
 */
export const LAWS: readonly Law[] = [
  ...[rotation, mirror, translation, latticeShift, cell, permutation],
  ...[netForce, symmetricStress, forces, stress],
];

export interface LawOptions extends SearchOptions, CrystalOptions {
  /** Only these laws are tested. */
  readonly only?: readonly LawName[];
  /** These laws are not tested. */
  readonly leaveOut?: readonly LawName[];
  /**
   * The cutoff of the potential in Angstrom (that of a Network is known). Crystals with a distance next to it are drawn
   * again: there rounding decides whether atoms see each other, and energies of models that are not smooth jump.
   */
  readonly cutoff?: number;
  /** Allowed deviation of what is equal up to rounding, relative to the largest number, or to 1 (default 1e-9). */
  readonly rounding?: number;
  /** Allowed deviation of forces and stress from differences, relative in the same way (default 1e-6). */
  readonly tolerance?: number;
}

const ROUNDING = 1e-9;
const TOLERANCE = 1e-6;

interface Case {
  readonly crystal: Structure;
  readonly change: unknown;
}

const AXES = 'xyz';

/** The name of element k of what is compared. */
function placeOf(what: Comparison['what'], k: number): string {
  if (what === 'energy') return 'the energy';
  if (what === 'net force') return `the ${AXES[k]} component of the net force`;
  if (what === 'forces') return `the ${AXES[k % 3]} component of the force on atom ${Math.floor(k / 3)}`;
  return `the ${AXES[Math.floor(k / 3)]}${AXES[k % 3]} component of the stress`;
}

/** The number that is off by most, in units of what is allowed; undefined if none is off. */
function worst({ what, found, expected }: Comparison, allowed: number): string[] | undefined {
  if (found.length !== expected.length) {
    return [`${what}: it gives ${found.length} numbers, expected are ${expected.length}`];
  }
  const scale = Array.from(expected).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  const off = Array.from(expected, (x, k) => Math.abs(found[k] - x));
  // NaN is as wrong as can be.
  const at = off.findIndex((x) => Number.isNaN(x));
  const k = at >= 0 ? at : off.reduce((most, x, i) => (x > off[most] ? i : most), 0);
  if (off.length === 0 || off[k] <= allowed * scale) return undefined;
  const unit = UNITS[what];
  return [
    `${placeOf(what, k)} is off by ${short(off[k])} ${unit} (allowed ${short(allowed * scale)})`,
    `it is       ${short(found[k])} ${unit}`,
    `expected is ${short(expected[k])} ${unit}`,
  ];
}

/** Atoms and cell, for a person. */
function showCrystal({ cell: vectors, numbers, positions }: Structure): string[] {
  const rows = [0, 1, 2].map((k) => showList(vectors.slice(3 * k, 3 * k + 3)));
  const atoms = Array.from(numbers, (z, k) => `  Z = ${z} at ${showList(positions.slice(3 * k, 3 * k + 3))}`);
  return [`crystal with the lattice vectors ${rows.join(' | ')} (A) and the atoms`, ...atoms];
}

async function examine(
  law: Law,
  potential: Potential,
  { crystal, change }: Case,
  options: LawOptions,
): Promise<Finding | undefined> {
  const { cutoff, rounding = ROUNDING, tolerance = TOLERANCE } = options;
  if (cutoff !== undefined && neighbours(crystal, cutoff + REACH).distance.some((r) => r > cutoff - REACH)) {
    throw new Unsuitable('a distance is next to the cutoff');
  }
  for (const comparison of await law.compare(potential, crystal, change)) {
    const lines = worst(comparison, law.kind === 'exact' ? rounding : tolerance);
    if (lines) return { kind: law.name, lines };
  }
  return undefined;
}

/** The laws that are asked for. Throws where a name is none, or where none is left. */
function chosen({ only, leaveOut = [] }: LawOptions): Law[] {
  const names: readonly string[] = LAWS.map(({ name }) => name);
  const wrong = [...(only ?? []), ...leaveOut].find((name) => !names.includes(name));
  if (wrong !== undefined) throw new Error(`obeysLaws: there is no law '${wrong}'; expected ${names.join(', ')}.`);
  const laws = LAWS.filter(({ name }) => (only ?? names).includes(name) && !leaveOut.includes(name));
  if (laws.length === 0) throw new Error('obeysLaws: no law is left to be tested.');
  return laws;
}

/** Throws unless the potential gives what the laws are about. */
async function expectValues(laws: readonly Law[], potential: Potential, options: LawOptions): Promise<void> {
  const [crystal] = fc.sample(crystals(options), { numRuns: 1, seed: 1 });
  const values = await potential(crystal);
  for (const kind of ['forces', 'stress'] as const) {
    const names = laws.filter(({ needs }) => needs.includes(kind)).map(({ name }) => `'${name}'`);
    if (values[kind] !== undefined || names.length === 0) continue;
    throw new Error(
      `obeysLaws: the potential gives no ${kind}. Leave out what it is tested by: leaveOut: [${names.join(', ')}].`,
    );
  }
}

function reportOf(law: Law, { input, finding, footer }: Counterexample<Case>): string {
  const { crystal, change } = input;
  const shown = law.show(change, crystal);
  const where = [...showCrystal(crystal), ...(shown === undefined ? [] : [shown])];
  return report(`the law '${law.name}' is broken. ${law.says}`, finding.lines, where, footer(`only: ['${law.name}']`));
}

/**
 * Throws a readable counterexample unless the model obeys the laws: turning, mirroring and moving a crystal, moving one
 * atom by a whole lattice vector, other cells of the lattice, exchanging atoms, a net force of zero, a symmetric
 * stress, and forces and stress that are slopes of the energy. `model` is a `Network`, or a `Potential`, a function
 * from a crystal to values.
 *
 * All laws are tested, on `runs` crystals each (default 50), and the message has a counterexample for each that is
 * broken: often one atom or two in a cube, with what is off, and by how much.
 *
 * @example
 * const net = network(pretrainPreset('smoke').model, 'add', key(1));
 * await obeysLaws(net, { only: ['rotation', 'net force'], runs: 3 });
 * @example
 * // A potential of one's own, which gives no forces and no stress.
 * const counting: Potential = ({ numbers }) => ({ energy: -numbers.length });
 * await obeysLaws(counting, { leaveOut: ['net force', 'symmetric stress', 'forces', 'stress'], runs: 5 });
 */
export async function obeysLaws(model: Network | Potential, options: LawOptions = {}): Promise<void> {
  const isPotential = typeof model === 'function';
  const potential = isPotential ? model : networkPotential(model);
  const settings = isPotential ? options : { cutoff: model.grid.cutoff, ...options };
  const laws = chosen(options);
  await expectValues(laws, potential, options);
  const broken: string[] = [];
  for (const law of laws) {
    const cases: fc.Arbitrary<Case> = fc.record({ crystal: crystals(options), change: law.change });
    const judge = (one: Case) => examine(law, potential, one, settings);
    const found = await search(`obeysLaws: the law '${law.name}'`, cases, judge, settings);
    if (found) broken.push(reportOf(law, found));
  }
  if (broken.length > 0) throw new Error(`obeysLaws: ${broken.join('\nobeysLaws: ')}`);
}
