/** Predictions of a force field as tables and pictures in a run's folder. Energies are totals, in eV. */
import { mkdirSync } from 'node:fs';
import { csvFormatRows } from 'd3-dsv';
import { symbolOf } from '../../data/index.ts';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../learn/force-errors.ts';
import type { ForceSet, PredictedForces } from '../learn/predict-forces.ts';
import type { RunFolder } from '../run/folder.ts';
import { drawCurves } from './metrics.ts';
import { type ParityPoint, parity } from './parity.ts';
import { savePicture } from './picture.ts';

/** ASE's order. */
const VOIGT = [
  ['xx', 0],
  ['yy', 4],
  ['zz', 8],
  ['yz', 5],
  ['xz', 2],
  ['xy', 1],
] as const;
const AXES = ['x', 'y', 'z'];
const text = (x: number | undefined): string => (x === undefined ? '' : String(x));

/** The three tables; labels that a structure does not have are empty. */
export function forceTables(set: ForceSet, predictions: readonly PredictedForces[], split: string) {
  const energy = [['split', 'source', 'structure', 'atoms', 'label_eV', 'predicted_eV']];
  const forces = [
    [
      ...['split', 'source', 'structure', 'atom', 'element'],
      ...AXES.map((a) => `label_${a}_eV_per_A`),
      ...AXES.map((a) => `predicted_${a}_eV_per_A`),
    ],
  ];
  const stress = [
    [
      ...['split', 'source', 'structure'],
      ...VOIGT.map(([name]) => `label_${name}_eV_per_A3`),
      ...VOIGT.map(([name]) => `predicted_${name}_eV_per_A3`),
    ],
  ];
  for (const { structure: k, predicted } of predictions) {
    const structure = set.structures[k]!;
    const who = [split, set.sources[k]!, structure.id];
    const total = predicted.energy[0]! + set.referenceOf(k);
    energy.push([...who, String(structure.numbers.length), text(structure.energy), String(total)]);
    structure.numbers.forEach((number, atom) => {
      const of = (list: Float64Array | undefined) => AXES.map((_, c) => text(list?.[3 * atom + c]));
      forces.push([...who, String(atom), symbolOf(number), ...of(structure.forces), ...of(predicted.forces)]);
    });
    const of = (list: Float64Array | undefined) => VOIGT.map(([, c]) => text(list?.[c]));
    stress.push([...who, ...of(structure.stress), ...of(predicted.stress)]);
  }
  return { energy, forces, stress };
}

/** Points of the three parity plots: energy per atom less references, force components, stress components. */
function points(set: ForceSet, predictions: readonly PredictedForces[]) {
  const energy: ParityPoint[] = [];
  const forces: ParityPoint[] = [];
  const stress: ParityPoint[] = [];
  const several = new Set(set.sources).size > 1;
  for (const { structure: k, labels, predicted } of predictions) {
    const structure = set.structures[k]!;
    const group = several ? { group: set.sources[k]! } : {};
    const atoms = structure.numbers.length;
    const add = (to: ParityPoint[], label: Float64Array, value: Float64Array, scale: number) =>
      label.forEach((x, c) => void to.push({ label: x * scale, predicted: value[c]! * scale, ...group }));
    if (structure.energy !== undefined) add(energy, labels.energy, predicted.energy, 1 / atoms);
    if (structure.forces) add(forces, labels.forces, predicted.forces, 1);
    if (structure.stress) add(stress, labels.stress, predicted.stress, EV_PER_CUBIC_ANGSTROM_IN_GPA);
  }
  return { energy, forces, stress };
}

/** Writes predictions/*.csv, plots/parity-*.svg|png and, for runs that trained, plots/curves. */
export async function reportForces(
  folder: RunFolder,
  set: ForceSet,
  predictions: readonly PredictedForces[],
  split: string,
): Promise<void> {
  const tables = forceTables(set, predictions, split);
  for (const name of ['energy', 'forces', 'stress'] as const) {
    await folder.writeText(`predictions/${name}.csv`, `${csvFormatRows(tables[name])}\n`);
  }
  mkdirSync(folder.file('plots'), { recursive: true });
  const drawn = points(set, predictions);
  const kinds = [
    ['energy', `energy less references${set.energyLearnt === false ? ' (not learnt)' : ''}`, 'eV/atom'],
    ['forces', 'force component', 'eV/Å'],
    ['stress', 'stress component', 'GPa'],
  ] as const;
  for (const [name, quantity, unit] of kinds) {
    if (drawn[name].length === 0) continue;
    await savePicture(
      folder.file('plots', `parity-${name}`),
      parity(drawn[name], { title: `${name}, ${split}`, quantity, unit }),
    );
  }
  if (folder.has('metrics.jsonl')) {
    await drawCurves(folder, {
      title: 'Pre-training',
      training: { label: 'training loss' },
      monitor: 'loss',
      quantities: {
        loss: { label: 'validation loss' },
        energy: { label: 'energy error', unit: 'meV/atom', scale: 1000 },
        forces: { label: 'force error', unit: 'meV/Å', scale: 1000 },
        stress: { label: 'stress error', unit: 'GPa', scale: EV_PER_CUBIC_ANGSTROM_IN_GPA },
      },
    });
  }
}
