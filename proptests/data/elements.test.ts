/**
 * Chemical symbols: 118 of them, each its own, there and back.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atomicNumber, symbolOf } from '../../data/index.ts';

const all = Array.from({ length: 118 }, (_, k) => k + 1);

test('number to symbol and back', () => {
  for (const z of all) assert.is(atomicNumber(symbolOf(z)), z);
  assert.is(new Set(all.map(symbolOf)).size, 118);
  for (const z of all) assert.match(symbolOf(z), /^[A-Z][a-z]?$/);
});

// The table by columns, as chemists read it: atomic numbers and symbols.
const groups: [number[], string][] = [
  [[1, 3, 11, 19, 37, 55, 87], 'H Li Na K Rb Cs Fr'],
  [[4, 12, 20, 38, 56, 88], 'Be Mg Ca Sr Ba Ra'],
  [[21, 39, 71, 103], 'Sc Y Lu Lr'],
  [[22, 40, 72, 104], 'Ti Zr Hf Rf'],
  [[23, 41, 73, 105], 'V Nb Ta Db'],
  [[24, 42, 74, 106], 'Cr Mo W Sg'],
  [[25, 43, 75, 107], 'Mn Tc Re Bh'],
  [[26, 44, 76, 108], 'Fe Ru Os Hs'],
  [[27, 45, 77, 109], 'Co Rh Ir Mt'],
  [[28, 46, 78, 110], 'Ni Pd Pt Ds'],
  [[29, 47, 79, 111], 'Cu Ag Au Rg'],
  [[30, 48, 80, 112], 'Zn Cd Hg Cn'],
  [[5, 13, 31, 49, 81, 113], 'B Al Ga In Tl Nh'],
  [[6, 14, 32, 50, 82, 114], 'C Si Ge Sn Pb Fl'],
  [[7, 15, 33, 51, 83, 115], 'N P As Sb Bi Mc'],
  [[8, 16, 34, 52, 84, 116], 'O S Se Te Po Lv'],
  [[9, 17, 35, 53, 85, 117], 'F Cl Br I At Ts'],
  [[2, 10, 18, 36, 54, 86, 118], 'He Ne Ar Kr Xe Rn Og'],
  [Array.from({ length: 14 }, (_, k) => 57 + k), 'La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb'],
  [Array.from({ length: 14 }, (_, k) => 89 + k), 'Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No'],
];

test('every element stands in its group', () => {
  for (const [members, symbols] of groups) assert.is(members.map(symbolOf).join(' '), symbols);
  assert.equal(
    groups.flatMap(([members]) => members).sort((a, b) => a - b),
    all,
  );
});

test('what is no element', () => {
  for (const text of ['', 'X', 'fe', 'FE', 'D', ' H', 'Fe1', 'constructor']) assert.is(atomicNumber(text), undefined);
  for (const z of [0, -1, 119, 1.5, Number.NaN]) assert.throws(() => symbolOf(z), /atomic number from 1 to 118/);
});

test.run();
