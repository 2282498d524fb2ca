/**
 * What there is to know about a data set before something is trained on it, as plain numbers.
 *
 * Units: eV, Angstrom, eV/A, GPa, and the property's own. Every list is over structures unless it says otherwise.
 */

import { type Neighbourhood, neighbourhood, type Rule } from '../graph/neighbourhoods.ts';
import {
  EV_PER_CUBIC_ANGSTROM_IN_GPA,
  firstOfItsKind,
  joined,
  type LabelledStructure,
  largestForce,
  largestStress,
  reducedFormula,
  symbolOf,
} from './index.ts';
import { fences, type Limits, type Spread, spreadOf } from './spread.ts';
import type { Targets } from './targets.ts';

export interface DataSet {
  readonly name: string;
  readonly structures: readonly LabelledStructure[];
  /** What was read, but may have been meant otherwise. */
  readonly notes?: readonly string[];
  /** The property of those structures that have it. */
  readonly property?: Targets;
}

/** A number for each of some structures. */
export interface Quantity {
  readonly name: string;
  readonly unit: string;
  /** By structure; undefined where it has none. */
  readonly values: readonly (number | undefined)[];
  readonly spread: Spread | undefined;
  /** undefined: not looked for, or no limits can be drawn. */
  readonly limits?: Limits | undefined;
  /** Numbers of the structures outside the limits, the farthest first. */
  readonly outliers: readonly number[];
}

export interface Facts {
  readonly name: string;
  readonly structures: readonly LabelledStructure[];
  readonly formulas: readonly string[];
  /** How many structures contain an element, most frequent first. */
  readonly elements: readonly { readonly symbol: string; readonly structures: number }[];
  readonly atoms: Quantity;
  readonly oneAtom: number;
  /** Structures that do not repeat in all directions. */
  readonly notPeriodic: number;
  /** Structures that share their reduced formula with another. */
  readonly sharedFormula: number;
  /** Structures that are the same as an earlier one. */
  readonly repeats: number;
  readonly rule: Rule;
  readonly neighbourhoods: readonly Neighbourhood[];
  /** Neighbours of every atom, and their spread. */
  readonly degrees: Int32Array;
  readonly neighbours: Spread;
  readonly isolatedAtoms: number;
  /** Structures with an isolated atom. */
  readonly isolated: number;
  /** Shortest distances. */
  readonly shortest: Quantity;
  /** Structures with atoms closer than TOO_CLOSE, and with atoms at one place, the closest first. */
  readonly overlapping: readonly number[];
  /** How many structures have a label. */
  readonly labelled: Readonly<Record<'energy' | 'forces' | 'stress', number>>;
  /** Energy per atom, and of forces and stress the largest of a structure; those that there are. */
  readonly labels: readonly Quantity[];
  /** Mean absolute force and stress component: the errors of predicting zero. */
  readonly zeroErrors: { readonly forces: number | undefined; readonly stress: number | undefined };
  /** Structures at rest, among those with forces. */
  readonly relaxed: number;
  readonly property?: Quantity & { readonly missing: number };
}

/** Angstrom. The shortest bond there is, of hydrogen, has 0.74. */
export const TOO_CLOSE = 0.7;
/** Largest force of a structure at rest, eV/A. */
export const AT_REST = 0.05;

/** How far outside the limits, in the values' own terms. */
const beyond = (x: number, { low, high }: Limits): number => Math.max(x - high, low - x);

function quantity(
  name: string,
  unit: string,
  values: readonly (number | undefined)[],
  scale?: 'linear' | 'size',
): Quantity {
  const known = values.filter((x) => x !== undefined);
  const limits = scale === undefined ? undefined : fences(known, scale);
  const far = limits === undefined ? () => 0 : (k: number) => beyond(values[k] ?? Number.NaN, limits);
  const outliers = values.flatMap((_, k) => (far(k) > 0 ? [k] : [])).sort((a, b) => far(b) - far(a) || a - b);
  return { name, unit, values, spread: spreadOf(known), limits, outliers };
}

/** Mean absolute number of all lists; undefined without any. */
export function meanSize(lists: readonly (Float64Array | undefined)[], scale = 1): number | undefined {
  let [sum, count] = [0, 0];
  for (const list of lists) {
    for (const x of list ?? []) sum += Math.abs(x);
    count += list?.length ?? 0;
  }
  return count === 0 ? undefined : (scale * sum) / count;
}

function elementsOf(structures: readonly LabelledStructure[]): { symbol: string; structures: number }[] {
  const counts = new Map<number, number>();
  for (const { numbers } of structures) for (const z of new Set(numbers)) counts.set(z, (counts.get(z) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b).map(([z, n]) => ({ symbol: symbolOf(z), structures: n }));
}

function sharing(formulas: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const formula of formulas) counts.set(formula, (counts.get(formula) ?? 0) + 1);
  return formulas.filter((formula) => counts.get(formula)! > 1).length;
}

/** What is counted for each structure, added up over all of them. */
export const totalOf = (
  { neighbourhoods }: Facts,
  counted: keyof Omit<Neighbourhood, 'degrees' | 'shortest'>,
): number => neighbourhoods.reduce((sum, one) => sum + one[counted], 0);

/** Energy per atom, and the largest force and stress of each structure. */
function labelsOf(structures: readonly LabelledStructure[]): Quantity[] {
  const energies = structures.map(({ energy, numbers }) =>
    energy === undefined ? undefined : energy / numbers.length,
  );
  const forces = structures.map(({ forces }) => forces && largestForce(forces));
  const stress = structures.map(({ stress }) => stress && EV_PER_CUBIC_ANGSTROM_IN_GPA * largestStress(stress));
  return [
    quantity('energy per atom', 'eV/atom', energies),
    quantity('largest force', 'eV/Å', forces, 'size'),
    quantity('largest stress component', 'GPa', stress, 'size'),
  ].filter(({ spread }) => spread !== undefined);
}

/** `told` hears of how many structures the neighbours are known. */
export function factsOf(
  { name, structures, property }: DataSet,
  rule: Rule,
  told: (done: number) => void = () => {},
): Facts {
  const neighbourhoods = structures.map((structure, k) => {
    told(k);
    return neighbourhood(structure, rule);
  });
  const degrees = joined(neighbourhoods.map((one) => one.degrees));
  const formulas = structures.map(({ numbers }) => reducedFormula(numbers));
  const having = (label: 'energy' | 'forces' | 'stress') => structures.filter((s) => s[label] !== undefined).length;
  const shortest = neighbourhoods.map((one) => (Number.isFinite(one.shortest) ? one.shortest : undefined));
  const closest = (k: number) => (neighbourhoods[k].coincident > 0 ? 0 : (shortest[k] ?? Number.POSITIVE_INFINITY));
  const values = new Map(property?.structures.map((structure, k) => [structure, property.values[k]]));
  return {
    name,
    structures,
    formulas,
    elements: elementsOf(structures),
    atoms: quantity(
      'atoms',
      '',
      structures.map(({ numbers }) => numbers.length),
    ),
    oneAtom: structures.filter(({ numbers }) => numbers.length === 1).length,
    notPeriodic: structures.filter(({ periodic }) => !periodic.every(Boolean)).length,
    sharedFormula: sharing(formulas),
    repeats: firstOfItsKind(structures).reduce((count, first, k) => count + (first === k ? 0 : 1), 0),
    rule,
    neighbourhoods,
    degrees,
    neighbours: spreadOf(degrees)!,
    isolatedAtoms: degrees.filter((n) => n === 0).length,
    isolated: neighbourhoods.filter((one) => one.degrees.some((n) => n === 0)).length,
    shortest: quantity('shortest distance', 'Å', shortest),
    overlapping: structures
      .flatMap((_, k) => (closest(k) < TOO_CLOSE ? [k] : []))
      .sort((a, b) => closest(a) - closest(b) || a - b),
    labelled: { energy: having('energy'), forces: having('forces'), stress: having('stress') },
    labels: labelsOf(structures),
    zeroErrors: {
      forces: meanSize(structures.map(({ forces }) => forces)),
      stress: meanSize(
        structures.map(({ stress }) => stress),
        EV_PER_CUBIC_ANGSTROM_IN_GPA,
      ),
    },
    relaxed: structures.filter(({ forces }) => forces !== undefined && largestForce(forces) < AT_REST).length,
    ...(property
      ? {
          property: {
            ...quantity(
              property.key,
              property.unit,
              structures.map((structure) => values.get(structure)),
              'linear',
            ),
            missing: structures.length - property.structures.length,
          },
        }
      : {}),
  };
}
