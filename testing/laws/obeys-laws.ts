/** The property that a model obeys the laws of physics. */
import fc from 'fast-check';
import { neighbours, type Structure } from '../../graph/index.ts';
import type { Network } from '../../nn/index.ts';
import { type CrystalOptions, crystals } from '../arbitraries/crystals.ts';
import { expectOptions, SEARCH_OPTIONS } from '../options.ts';
import { type Counterexample, type Finding, report, type SearchOptions, search, short, Unsuitable } from '../search.ts';
import { checked, ModelFault, showCrystal } from './checked.ts';
import { chosen, type LeftOut, showLeftOut } from './chosen.ts';
import { REACH } from './derivatives.ts';
import { type Comparison, type Law, type LawName, UNITS } from './law.ts';
import { networkPotential, type Potential } from './potential.ts';
import { repeat } from './symmetries.ts';

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
  const k = off.reduce((most, x, i) => (x > off[most] ? i : most), 0);
  if (off.length === 0 || off[k] <= allowed * scale) return undefined;
  const unit = UNITS[what];
  return [
    `${placeOf(what, k)} is off by ${short(off[k])} ${unit} (allowed ${short(allowed * scale)})`,
    `it is       ${short(found[k])} ${unit}`,
    `expected is ${short(expected[k])} ${unit}`,
  ];
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
  let comparisons: readonly Comparison[];
  try {
    comparisons = await law.compare(potential, crystal, change, cutoff);
  } catch (error) {
    if (error instanceof ModelFault) return error.finding;
    throw error;
  }
  for (const comparison of comparisons) {
    const lines = worst(comparison, law.kind === 'exact' ? rounding : tolerance);
    if (lines) return { kind: law.name, lines };
  }
  return undefined;
}

function reportOf(law: Law, { input, finding, footer }: Counterexample<Case>): string {
  const { crystal, change } = input;
  const again = footer(`only: ['${law.name}']`);
  // The model gives no values: the law says nothing.
  if (finding.kind !== law.name) return report(finding.lines[0], finding.lines.slice(1), again);
  const shown = law.show(change, crystal);
  const where = [...showCrystal(crystal), ...(shown === undefined ? [] : [shown])];
  return report(`the law '${law.name}' is broken. ${law.says}`, finding.lines, where, again);
}

const messageOf = (parts: readonly string[]): string => parts.map((part) => `obeysLaws: ${part}`).join('\n');

/** Which laws are tested of a model. */
export interface LawReport {
  readonly tested: readonly LawName[];
  /** Laws that say nothing about this model, each with the reason. */
  readonly leftOut: readonly LeftOut[];
}

const OPTIONS: readonly string[] = [
  ...SEARCH_OPTIONS,
  ...['minAtoms', 'maxAtoms', 'elements', 'closest', 'spread', 'cells'],
  ...['only', 'leaveOut', 'cutoff', 'rounding', 'tolerance'],
];

/** The model as a function, with what is known of it. */
async function prepared(model: Network | Potential, options: LawOptions) {
  expectOptions('obeysLaws', options, OPTIONS);
  const isPotential = typeof model === 'function';
  const potential = checked(isPotential ? model : networkPotential(model));
  const settings = isPotential ? options : { cutoff: model.grid.cutoff, ...options };
  return { potential, settings, ...(await chosen(potential, settings, isPotential ? undefined : model.laws)) };
}

/**
 * The laws that `obeysLaws` tests with the same arguments, and those that it leaves out: without forces, without stress,
 * without a cutoff, and where a network itself says that a law does not hold of it.
 *
 * @example
 * const counting: Potential = ({ numbers }) => ({ energy: -numbers.length });
 * const { leftOut } = await lawsOf(counting);
 * leftOut.find(({ law }) => law === 'forces')?.why;  // the model gives no forces
 */
export async function lawsOf(model: Network | Potential, options: LawOptions = {}): Promise<LawReport> {
  const { laws, leftOut } = await prepared(model, options);
  return { tested: laws.map(({ name }) => name), leftOut };
}

/**
 * Throws a readable counterexample unless the model obeys the laws: saying the same again, turning, mirroring and moving a
 * crystal, moving one atom by a whole lattice vector, other cells of the lattice, exchanging atoms, supercells, nothing that
 * jumps at the cutoff, a net force of zero, a symmetric stress, and forces and stress that are slopes of the energy. `model`
 * is a `Network`, or a `Potential`, a function from a crystal to values.
 *
 * All laws that say something about the model are tested, on `runs` crystals each (default 50), and the message has a
 * counterexample for each that is broken: often one atom or two in a cube, with what is off, and by how much. Laws that say
 * nothing about the model are left out: `lawsOf` tells which, and so does the message.
 *
 * @example
 * const net = network(pretrainPreset('smoke').model, 'add', key(1));
 * await obeysLaws(net, { only: ['rotation', 'net force'], runs: 3 });
 * @example
 * // A potential of one's own, which gives no forces and no stress.
 * const counting: Potential = ({ numbers }) => ({ energy: -numbers.length });
 * await obeysLaws(counting, { runs: 5 });
 */
export async function obeysLaws(model: Network | Potential, options: LawOptions = {}): Promise<void> {
  const { potential, settings, laws, leftOut } = await prepared(model, options);
  const broken: string[] = [];
  for (const law of laws) {
    const cases: fc.Arbitrary<Case> = fc.record({ crystal: crystals(options), change: law.change });
    const judge = (one: Case) => examine(law, potential, one, settings);
    const found = await search(`obeysLaws: the law '${law.name}'`, cases, judge, settings);
    if (!found) continue;
    const { kind } = found.finding;
    broken.push(reportOf(law, found));
    // Whatever other laws would find comes from the same mistake.
    if (kind !== law.name || law === repeat) throw new Error(messageOf(broken));
  }
  if (broken.length > 0) throw new Error(messageOf([...broken, ...showLeftOut(leftOut)]));
}
