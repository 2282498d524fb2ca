/** Predictions of a force field as tables and pictures in a run's folder. Energies are totals, in eV. */
import { EV_PER_CUBIC_ANGSTROM_IN_GPA, type LabelledStructure, symbolOf, VOIGT } from '../../data/index.ts';
import { type TableFiles, tableFiles } from '../../files/table-files.ts';
import type { PointCloud } from '../pictures.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { addForceErrors, type ForceErrors, forceErrors } from '../tasks/force-errors.ts';
import type { ForceSet, PredictedForces } from '../tasks/force-predictions.ts';
import { drawCurves } from './curves.ts';

const AXES = ['x', 'y', 'z'];
const text = (x: number | undefined): string => (x === undefined ? '' : String(x));

const WHO = ['split', 'source', 'structure'];
const ENERGY = 'predictions/energy.csv';
const FORCES = 'predictions/forces.csv';
const STRESS = 'predictions/stress.csv';
const HEADERS = {
  [ENERGY]: [...WHO, 'atoms', 'label_eV', 'predicted_eV'],
  [FORCES]: [
    ...[...WHO, 'atom', 'element'],
    ...AXES.map((a) => `label_${a}_eV_per_A`),
    ...AXES.map((a) => `predicted_${a}_eV_per_A`),
  ],
  [STRESS]: [
    ...WHO,
    ...VOIGT.map(([name]) => `label_${name}_eV_per_A3`),
    ...VOIGT.map(([name]) => `predicted_${name}_eV_per_A3`),
  ],
};

/** Rows of one structure in the three tables; labels that it does not have are empty. */
function addRows(
  add: TableFiles<keyof typeof HEADERS>['add'],
  set: ForceSet,
  { structure: k, predicted }: PredictedForces,
  split: string,
): void {
  const structure = set.structures[k];
  const who = [split, set.sources[k], structure.id];
  const total = predicted.energy[0] + set.referenceOf(k);
  add(ENERGY, [...who, String(structure.numbers.length), text(structure.energy), String(total)]);
  structure.numbers.forEach((number, atom) => {
    const of = (list: Float64Array | undefined) => AXES.map((_, c) => text(list?.[3 * atom + c]));
    add(FORCES, [...who, String(atom), symbolOf(number), ...of(structure.forces), ...of(predicted.forces)]);
  });
  const of = (list: Float64Array | undefined) => VOIGT.map(([, c]) => text(list?.[c]));
  add(STRESS, [...who, ...of(structure.stress), ...of(predicted.stress)]);
}

/** Points of the three parity plots: energy per atom less references, force components, stress components. */
type Clouds = Readonly<Record<'energy' | 'forces' | 'stress', PointCloud>>;

function addPoints(
  { energy, forces, stress }: Clouds,
  structure: LabelledStructure,
  { labels, predicted }: PredictedForces,
  group: { readonly group?: string },
): void {
  const add = (to: PointCloud, label: Float64Array, value: Float64Array, scale: number) =>
    label.forEach((x, c) => void to.add({ label: x * scale, predicted: value[c] * scale, ...group }));
  if (structure.energy !== undefined) add(energy, labels.energy, predicted.energy, 1 / structure.numbers.length);
  if (structure.forces) add(forces, labels.forces, predicted.forces, 1);
  if (structure.stress) add(stress, labels.stress, predicted.stress, EV_PER_CUBIC_ANGSTROM_IN_GPA);
}

/**
 * Writes predictions/*.csv while the predictions come, then plots/parity-*.svg|png and, for runs that trained,
 * plots/curves. Gives the errors.
 */
export async function reportForces(
  folder: RunFolder,
  set: ForceSet,
  predictions: AsyncIterable<PredictedForces> | Iterable<PredictedForces>,
  split: string,
): Promise<ForceErrors> {
  const errors = forceErrors();
  const { pictures } = folder;
  const clouds: Clouds = { energy: pictures.cloud(), forces: pictures.cloud(), stress: pictures.cloud() };
  const several = new Set(set.sources).size > 1;
  await tableFiles(folder, HEADERS, async ({ add, flush }) => {
    for await (const one of predictions) {
      const [structure, source] = [set.structures[one.structure], set.sources[one.structure]];
      addForceErrors(errors, set, one);
      addRows(add, set, one, split);
      addPoints(clouds, structure, one, several ? { group: source } : {});
      await flush();
    }
  });
  const kinds = [
    ['energy', `energy less references${set.energyLearnt === false ? ' (not learnt)' : ''}`, 'eV/atom'],
    ['forces', 'force component', 'eV/Å'],
    ['stress', 'stress component', 'GPa'],
  ] as const;
  for (const [name, quantity, unit] of kinds) {
    if (clouds[name].size === 0) continue;
    const words = { title: `${name}, ${split}`, quantity, unit };
    await pictures.parity(folder.file('plots', `parity-${name}`), clouds[name], words);
  }
  await drawCurves(folder, {
    title: 'Pre-training',
    monitor: 'loss',
    quantities: {
      loss: { label: 'validation loss' },
      energy: { label: 'energy error', unit: 'meV/atom', scale: 1000 },
      forces: { label: 'force error', unit: 'meV/Å', scale: 1000 },
      stress: { label: 'stress error', unit: 'GPa', scale: EV_PER_CUBIC_ANGSTROM_IN_GPA },
    },
  });
  return errors;
}
