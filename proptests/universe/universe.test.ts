/**
 * The energy of the built-in universe: published numbers, plain numbers, engines, symmetries, copper.
 *
 * The published values are for a sharp cutoff at 6.5 A. A smooth cut that only starts at 6.5, with neighbours up to
 * 6.5, is exactly that, so they hold to their printed digits; what the cut of the library changes is compared
 * with plain numbers. Derivatives and the generator of crystals have files of their own.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atomicNumber } from '../../data/index.ts';
import { displace, supercell, transform } from '../../graph/index.ts';
import { cpuEngine, referenceEngine } from '../../tensor/index.ts';
import { changeCell, permuteAtoms, shiftAtoms } from '../../testing/laws/descriptions.ts';
import { COLUMNS, type Column, eamParameter } from '../../universe/eam-parameters.ts';
import { EAM_ELEMENTS, labelUniverse } from '../../universe/index.ts';
import { check } from '../support/check.ts';
import { data, needs } from '../support/folders.ts';
import {
  allNear,
  cluster,
  crystalsOf,
  cubic,
  energy,
  f64,
  graph,
  near,
  piecesOf,
  plainEnergy,
  program,
} from './support.ts';

const f32 = program(cpuEngine());
const reference = program(referenceEngine());
/** The published potential: nothing is switched off before the sharp cutoff of the neighbour list. */
const published = program(cpuEngine({ precision: 'f64' }), { start: 6.5, end: 7 });

/** eV an atom, to 6 digits, for a sharp cutoff at 6.5 A; Pt has the odd lower piece, Pb shells inside the cut. */
const PUBLISHED: readonly (readonly [string, string, number, number])[] = [
  ['Al', 'fcc', 4.05, -3.580002],
  ['Fe', 'bcc', 2.866, -4.289998],
  ['Cu', 'fcc', 3.615, -3.539995],
  ['Mo', 'bcc', 3.15, -6.810003],
  ['Pt', 'fcc', 3.92, -5.769997],
  ['Pb', 'fcc', 4.95, -2.019884],
];
const HALF_A_DIGIT = 0.51e-6;

test('lattice energies are the published ones', async () => {
  for (const [symbol, lattice, a, expected] of PUBLISHED) {
    const crystal = cubic(symbol, lattice, a);
    near((await published([graph(crystal)])).energies[0], expected, HALF_A_DIGIT, `${symbol}, sharp cutoff`);
    // The smooth cut loses part of the shells between 6 and 6.5 A: most for lead, whose atoms are large.
    near(await energy(crystal), expected, symbol === 'Pb' ? 3e-4 : 3e-5, `${symbol}, smooth cut`);
  }
});

needs(data, test, 'all parameters and check values of the data folder', async () => {
  const file = JSON.parse(readFileSync(`${data}/eam16.json`, 'utf8'));
  const names: Partial<Record<Column, string>> = { F3: 'F3_below', low: 'rho_low_fraction' };
  assert.equal(Object.keys(file.elements).sort(), [...EAM_ELEMENTS].sort());
  for (const [symbol, row] of Object.entries<Record<string, number>>(file.elements)) {
    assert.is(row.Z, atomicNumber(symbol));
    for (const column of COLUMNS)
      assert.is(eamParameter(symbol, column), row[names[column] ?? column], `${symbol} ${column}`);
    // What the formulas leave out or write once.
    assert.equal(
      [row.F1, row.beta1, row.lambda1, row.F3_above, row.rho_high_fraction],
      [0, row.beta, row.lambda, row.F3_below, 1.15],
    );
  }
  const values = Object.entries<{ lattice: string; a_angstrom: number; 'energy_per_atom_eV_cutoff_6.5A': number }>(
    file.check,
  );
  assert.is(values.length, 12);
  for (const [symbol, row] of values) {
    const expected = row['energy_per_atom_eV_cutoff_6.5A'];
    const { energies } = await published([graph(cubic(symbol, row.lattice, row.a_angstrom))]);
    near(energies[0], expected, HALF_A_DIGIT, symbol);
  }
});

test('energies are those of plain numbers, alloys included', async () => {
  const pieces = new Set<number>();
  await check(crystalsOf(12), async (structure) => {
    // Squeezed and pulled apart, so that all pieces of the embedding function are met.
    for (const size of [0.85, 1, 1.15]) {
      const g = graph(transform(structure, [size, 0, 0, 0, size, 0, 0, 0, size]));
      const expected = plainEnergy(g);
      near((await f64([g])).energies[0], expected, 1e-10 * (1 + Math.abs(expected)), structure.id);
      for (const piece of piecesOf(g)) pieces.add(piece);
    }
  });
  assert.is(pieces.size, 3, 'the three pieces of the embedding function');
});

test('the CPU engine agrees with the reference: energies, forces, stress', async () => {
  await check(
    fc.array(crystalsOf(), { minLength: 1, maxLength: 5 }),
    async (structures) => {
      const graphs = [...structures, cluster(['Cu'], [1, 2, 3])].map(graph);
      // The lone atom has no volume, hence no stress.
      const stressed = 9 * structures.length;
      const expected = await reference(graphs);
      for (const [run, tolerance] of [
        [f64, 1e-11],
        [f32, 2e-4],
      ] as const) {
        const found = await run(graphs);
        allNear(found.energies, expected.energies, tolerance, 'energy');
        allNear(found.forces, expected.forces, tolerance, 'forces');
        allNear(found.stress.slice(0, stressed), expected.stress.slice(0, stressed), tolerance, 'stress');
      }
    },
    10,
  );
});

const UNIMODULAR = [1, 1, 0, 0, 1, 0, 0, -1, 1];
const rotation = (angle: number): number[] => {
  const [c, s, d, e] = [Math.cos(angle), Math.sin(angle), Math.cos(2 * angle + 1), Math.sin(2 * angle + 1)];
  return [c, s * d, s * e, -s, c * d, c * e, 0, -e, d];
};

test('other descriptions of a crystal have its energy; a supercell has it times its size', async () => {
  await check(fc.tuple(crystalsOf(), fc.double({ min: 0, max: 6, noNaN: true })), async ([structure, angle]) => {
    const expected = await energy(structure);
    const atoms = structure.numbers.length;
    const same = {
      rotation: transform(structure, rotation(angle)),
      translation: displace(structure, [angle, -2 * angle, 0.3]),
      permutation: permuteAtoms(
        structure,
        Array.from({ length: atoms }, (_, k) => (k + 1) % atoms),
      ),
      shift: shiftAtoms(
        structure,
        Array.from({ length: 3 * atoms }, (_, k) => (k % 4) - 1),
      ),
      cell: changeCell(structure, UNIMODULAR),
    };
    for (const [name, other] of Object.entries(same))
      near(await energy(other), expected, 1e-9 * (1 + Math.abs(expected)), `${structure.id}: ${name}`);
    near(
      await energy(supercell(structure, [2, 1, 1])),
      2 * expected,
      1e-9 * (1 + Math.abs(expected)),
      `${structure.id}: supercell`,
    );
  });
});

test('copper: lattice constant, cohesive energy, bulk modulus', async () => {
  const sizes = Array.from({ length: 81 }, (_, k) => 3.575 + 0.001 * k);
  const { energies, stress } = await f64(sizes.map((a) => graph(cubic('Cu', 'fcc', a))));
  const lowest = energies.indexOf(Math.min(...energies));
  near(sizes[lowest], 3.615, 0.002, 'lattice constant in Angstrom');
  near(energies[lowest], -3.54, 1e-4, 'cohesive energy in eV');
  // K = V dp/dV with p = -stress; experiment 137 GPa, and 1 eV/A^3 is 160.2 GPa.
  const pressure = (k: number) => -(stress[9 * k] + stress[9 * k + 4] + stress[9 * k + 8]) / 3;
  const bulk = -(pressure(lowest + 2) - pressure(lowest - 2)) / (3 * Math.log(sizes[lowest + 2] / sizes[lowest - 2]));
  near(160.2 * bulk, 137, 5, 'bulk modulus in GPa');
});

test('elements outside the universe are refused, and are NaN if they slip through', async () => {
  const oxide = cluster(['Cu', 'O'], [0, 0, 0, 1.8, 0, 0]);
  let message = '';
  await labelUniverse([cubic('Cu', 'fcc', 3.6), oxide]).catch((error: Error) => (message = error.message));
  assert.match(message, /cluster CuO: atom 1 is O; .*Mg Al/);
  const { energies } = await f64([graph(oxide), graph(cubic('Cu', 'fcc', 3.615))]);
  assert.ok(Number.isNaN(energies[0]) && Number.isFinite(energies[1]), 'only the structure itself is NaN');
});

test.run();
