/**
 * What the tests of the built-in universe share: crystals, plans that label them, and the potential in plain numbers.
 *
 * The plain numbers are the oracle: published formulas written once more, without tensors.
 */

import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { atomicNumber, symbolOf } from '../../data/index.ts';
import { collate, type GraphOf, neighbours, type Structure } from '../../graph/index.ts';
import { forcesAndStress, strainedGeometry } from '../../nn/derivatives.ts';
import { graphInputs } from '../../nn/inputs.ts';
import { cpuEngine, type Engine } from '../../tensor/index.ts';
import { EAM_CUT, eamEnergy } from '../../universe/eam.ts';
import { type Column, eamParameter } from '../../universe/eam-parameters.ts';
import { crystal } from '../../universe/index.ts';
import { feedGraph } from '../support/by-tensor.ts';

export function program(engine: Engine, cut = EAM_CUT) {
  const inputs = graphInputs();
  const positions = strainedGeometry(inputs);
  const energy = eamEnergy(inputs, positions.vectors, cut);
  const { forces, stress } = forcesAndStress(energy, inputs, positions);
  const plan = engine.compile({ outputs: [energy, forces, stress] });
  return async (graphs: readonly GraphOf[]) => {
    const [e, f, s] = await plan.run(feedGraph(inputs, collate(graphs), { cutoff: 6.5 }));
    return { energies: e, forces: f, stress: s };
  };
}
export const f64 = program(cpuEngine({ precision: 'f64' }));

export const graph = (structure: Structure): GraphOf => ({ structure, edges: neighbours(structure, EAM_CUT.end) });
export const energy = async (structure: Structure): Promise<number> => (await f64([graph(structure)])).energies[0];

export const crystalsOf = (maxAtoms = 6) =>
  fc
    .record({ seed: fc.integer({ min: 0, max: 1e6 }), k: fc.nat(1e6) })
    .map(({ seed, k }) => crystal(seed, k, { maxAtoms }));

export const near = (a: number, b: number, tolerance: number, what: string) =>
  assert.ok(
    Math.abs(a - b) <= tolerance,
    `${what}: ${a} and ${b} differ by ${Math.abs(a - b)}, more than ${tolerance}`,
  );
export const allNear = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number, what: string) => {
  assert.is(a.length, b.length, what);
  for (let k = 0; k < a.length; k++) near(a[k], b[k], tolerance * (1 + Math.abs(b[k])), `${what} [${k}]`);
};

export function cubic(symbol: string, lattice: string, a: number): Structure {
  const h = a / 2;
  const cell = lattice === 'fcc' ? [0, h, h, h, 0, h, h, h, 0] : [-h, h, h, h, -h, h, h, h, -h];
  return {
    id: `${lattice} ${symbol}`,
    numbers: Int32Array.of(atomicNumber(symbol)!),
    positions: new Float64Array(3),
    cell: Float64Array.from(cell),
    periodic: [true, true, true],
  };
}

export const cluster = (symbols: readonly string[], positions: readonly number[]): Structure => ({
  id: `cluster ${symbols.join('')}`,
  numbers: Int32Array.from(symbols, (symbol) => atomicNumber(symbol)!),
  positions: Float64Array.from(positions),
  cell: new Float64Array(9),
  periodic: [false, false, false],
});

const p = (number: number) => (column: Column) => eamParameter(symbolOf(number), column);
const shape = (x: number, size: number, decay: number, centre: number) =>
  (size * Math.exp(-decay * (x - 1))) / (1 + (x - centre) ** 20);
/** Density in the units of the potential at r Angstrom of an atom of atomic number z; uncut. */
export const f = (r: number, z: number) => shape(r / p(z)('re'), p(z)('fe'), p(z)('beta'), p(z)('lambda'));
const phi = (r: number, z: number) =>
  shape(r / p(z)('re'), p(z)('A'), p(z)('alpha'), p(z)('kappa')) -
  shape(r / p(z)('re'), p(z)('B'), p(z)('beta'), p(z)('lambda'));
/** eV of an atom of atomic number z in density rho. */
export function embed(rho: number, z: number): number {
  const [q, rhoe] = [p(z), p(z)('rhoe')];
  if (rho < q('low') * rhoe) {
    const n = rho / (q('low') * rhoe) - 1;
    return q('Fn0') + q('Fn1') * n + q('Fn2') * n ** 2 + q('Fn3') * n ** 3;
  }
  const x = rho / rhoe - 1;
  if (x < 0.15) return q('F0') + q('F2') * x ** 2 + q('F3') * x ** 3;
  const s = rho / q('rhos');
  return q('Fe') * (1 - q('eta') * Math.log(s)) * s ** q('eta');
}
/** The smooth cut from 1 at 6 A to 0 at 6.5 A, written around its end instead of its start. */
export function cutOf(r: number): number {
  const t = Math.min(1, Math.max(0, (r - 6) / 0.5));
  return (1 - t) ** 4 * (1 + 4 * t + 10 * t ** 2 + 20 * t ** 3);
}
/** Density at every atom. */
function densities({ structure: { numbers }, edges }: GraphOf): Float64Array {
  const rho = new Float64Array(numbers.length);
  edges.distance.forEach((r, k) => {
    rho[edges.target[k]] += cutOf(r) * f(r, numbers[edges.source[k]]);
  });
  return rho;
}
/** Which piece of the embedding function (0, 1, 2) each atom is on. */
export const piecesOf = (g: GraphOf): number[] =>
  Array.from(densities(g), (rho, i) => {
    const q = p(g.structure.numbers[i]);
    return rho < q('low') * q('rhoe') ? 0 : rho < 1.15 * q('rhoe') ? 1 : 2;
  });
/** Total energy in eV. */
export function plainEnergy(g: GraphOf): number {
  const { structure, edges } = g;
  const { numbers } = structure;
  const embedded = densities(g).reduce((sum, rho, i) => sum + embed(rho, numbers[i]), 0);
  return edges.distance.reduce((sum, r, k) => {
    const [a, b] = [numbers[edges.target[k]], numbers[edges.source[k]]];
    const ratio = f(r, b) / f(r, a);
    return sum + 0.25 * cutOf(r) * (ratio * phi(r, a) + phi(r, b) / ratio);
  }, embedded);
}
