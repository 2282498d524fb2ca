/**
 * Elastic tensors of the built-in universe against finite differences of relaxed stress, and the laws they obey.
 *
 * Crystals come from the generator, ideal, and are relaxed here; those that are unstable are passed over and counted.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA, eigen } from '../../data/index.ts';
import { determinant, type Structure, strain, supercell, transform } from '../../graph/index.ts';
import { changeCell } from '../../testing/laws/descriptions.ts';
import { curvatures } from '../../universe/curvature.ts';
import { elasticity } from '../../universe/elastic.ts';
import {
  type CrystalOptions,
  crystal,
  type Elasticity,
  elasticTensors,
  labelUniverse,
  relax,
} from '../../universe/index.ts';
import { KELVIN, WEIGHTS } from '../../universe/kelvin.ts';
import { check } from '../support/check.ts';
import { allNear, crystalsOf, cubic, graph, near, piecesOf } from './support.ts';

const IDEAL: CrystalOptions = { strain: 0, shake: 0, scale: [1, 1] };
const seeds = fc.nat(1e6);

interface Ready {
  readonly structure: Structure;
  readonly elastic: Elasticity;
}

/** The crystal relaxed, if it is stable. */
async function ready(start: Structure): Promise<Ready | undefined> {
  const [relaxed] = await relax([start]);
  if (relaxed.failure !== undefined) return undefined;
  const elastic = elasticity(relaxed.curvature);
  return 'unstable' in elastic ? undefined : { structure: relaxed.structure, elastic };
}

/** A law about stable crystals, which says whether it could be tested; fails if it rarely could. */
async function stable(options: CrystalOptions, law: (made: Ready, draw: number) => Promise<boolean>, runs: number) {
  let [used, passed] = [0, 0];
  await check(
    fc.tuple(seeds, seeds),
    async ([seed, draw]) => {
      const made = await ready(crystal(seed, 0, { ...IDEAL, ...options }));
      if (made && (await law(made, draw))) used++;
      else passed++;
    },
    runs,
  );
  assert.ok(3 * used > passed, `${used} used, ${passed} passed over`);
}

const elasticOf = async (structure: Structure): Promise<Elasticity> => {
  const [elastic] = await elasticTensors([structure]);
  assert.not('unstable' in elastic, structure.id);
  return elastic as Elasticity;
};
const sameAs = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number, what: string) => {
  const largest = Math.max(...Array.from(b, Math.abs));
  for (let k = 0; k < a.length; k++) near(a[k], b[k], tolerance * largest, `${what} [${k}]`);
};
const moduli = ({ bulk, shear }: Elasticity) => [...Object.values(bulk), ...Object.values(shear)];

/** Components xx yy zz yz xz xy of a symmetric 3 x 3. */
const six = (m: ArrayLike<number>) => [0, 4, 8, 5, 2, 1].map((k) => m[k]);
/** The strain whose Voigt component `c` (engineering shear) is h. */
const voigtStrain = (c: number, h: number) => KELVIN[c].map((x) => (x * h) / WEIGHTS[c]);

/** Stress in GPa of a crystal under strains, positions relaxed; undefined if a piece of the potential changes. */
async function stressUnder(structure: Structure, strains: readonly number[][]): Promise<Float64Array[] | undefined> {
  const strained = strains.map((e) => strain(structure, e));
  const relaxed = await relax(strained, { cell: 'fixed' });
  for (const { failure } of relaxed) assert.is(failure, undefined, structure.id);
  const pieces = new Set(relaxed.map(({ structure: s }) => piecesOf(graph(s)).join()));
  if (pieces.size > 1) return undefined;
  const labelled = await labelUniverse(relaxed.map(({ structure: s }) => s));
  return labelled.map(({ stress }) => stress!.map((x) => x * EV_PER_CUBIC_ANGSTROM_IN_GPA));
}

test('eigenvectors rebuild their matrix and are orthonormal, also where eigenvalues coincide', async () => {
  await check(
    fc.tuple(fc.integer({ min: 0, max: 12 }), seeds, fc.boolean()),
    ([n, seed, repeated]) => {
      const wave = (k: number) => Math.sin(seed + 12.9898 * k) * 10;
      // Two projections and the identity, or anything symmetric.
      const matrix = Float64Array.from({ length: n * n }, (_, k) => {
        const [i, j] = [Math.floor(k / n), k % n];
        const dyad = wave(i) * wave(j);
        return repeated ? dyad + (i === j ? 3 : 0) : wave(Math.min(i, j) * n + Math.max(i, j));
      });
      const { values, vectors } = eigen(matrix);
      const size = 1 + Math.hypot(...matrix);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          let [rebuilt, product] = [0, 0];
          for (let k = 0; k < n; k++) {
            rebuilt += values[k] * vectors[k * n + i] * vectors[k * n + j];
            product += vectors[i * n + k] * vectors[j * n + k];
          }
          near(rebuilt, matrix[i * n + j], 1e-13 * size, 'matrix');
          near(product, i === j ? 1 : 0, 1e-13, 'orthonormal');
        }
      assert.ok(values.every((x, k) => k === 0 || x >= values[k - 1]));
    },
    60,
  );
  assert.throws(() => eigen([1, Number.NaN, Number.NaN, 1]), /not finite/);
  assert.throws(() => eigen([1, 2, 3]), /n x n numbers, got 3/);
});

test('curvature is the finite difference of the slope, batches and sizes mixed', async () => {
  const h = 1e-5;
  let compared = 0;
  await check(
    fc.array(crystalsOf(), { minLength: 1, maxLength: 4 }),
    async (crystals) => {
      const found = await curvatures(crystals);
      const labelled = await labelUniverse(crystals);
      for (const [k, structure] of crystals.entries()) {
        const { energy, forces, stress, slope, hessian } = found[k];
        near(energy, labelled[k].energy!, 1e-10, 'energy');
        allNear(forces, labelled[k].forces!, 1e-11, 'forces');
        allNear(stress, labelled[k].stress!, 1e-11, 'stress');
        const size = slope.length;
        assert.is(size, 3 + 3 * structure.numbers.length);
        // The last coordinate is a position (or a strain of a crystal of one atom, which moves nothing inside).
        if (structure.numbers.length === 1) continue;
        const ends = [h, -h].map((move) => ({
          ...structure,
          positions: structure.positions.map((x, c) => (c === structure.positions.length - 1 ? x + move : x)),
        }));
        if (piecesOf(graph(ends[0])).join() !== piecesOf(graph(ends[1])).join()) continue;
        const [up, down] = await curvatures(ends);
        const column = slope.map((_, c) => (up.slope[c] - down.slope[c]) / (2 * h));
        sameAs(hessian.slice((size - 1) * size), column, 1e-6, `${structure.id}: hessian`);
        compared++;
      }
    },
    8,
  );
  assert.ok(compared > 5, `${compared} compared`);
});

test('elastic constants are finite differences of the stress, positions relaxed at every strain', async () => {
  const h = 1e-4;
  const internal: number[] = [];
  await stable(
    { maxAtoms: 6 },
    async ({ structure, elastic }) => {
      const strains = [0, 1, 2, 3, 4, 5].flatMap((c) => [voigtStrain(c, h), voigtStrain(c, -h)]);
      const stress = await stressUnder(structure, strains);
      if (!stress) return false;
      const columns = [0, 1, 2, 3, 4, 5].map((c) => {
        const [up, down] = [six(stress[2 * c]), six(stress[2 * c + 1])];
        return up.map((x, k) => (x - down[k]) / (2 * h));
      });
      sameAs(elastic.tensor, columns.flat(), 1e-5, structure.id);
      internal.push(structure.numbers.length);
      return true;
    },
    14,
  );
  assert.ok(internal.filter((atoms) => atoms > 1).length > 2, 'crystals whose atoms can move inside');
});

test('without internal relaxation the constants of hcp would be others', async () => {
  const { structure, elastic } = (await ready(
    crystal(0, 0, { ...IDEAL, elements: ['Ti'], prototypes: ['hcp'], maxAtoms: 2 }),
  ))!;
  const ends = [1e-4, -1e-4].map((h) => strain(structure, voigtStrain(0, h)));
  const [up, down] = await labelUniverse(ends);
  const clamped = ((up.stress![0] - down.stress![0]) / 2e-4) * EV_PER_CUBIC_ANGSTROM_IN_GPA;
  assert.ok(clamped - elastic.tensor[0] > 1, `clamped ${clamped} GPa, relaxed ${elastic.tensor[0]} GPa`);
});

test('cubic crystals have three constants; their bulk modulus is one number', async () => {
  for (const [prototype, atoms] of Object.entries({ fcc: 1, bcc: 1, L1_2: 4, B2: 2, D0_3: 4 })) {
    await stable(
      { prototypes: [prototype], maxAtoms: atoms },
      async ({ structure, elastic: { tensor, bulk } }) => {
        const [c11, c12, c44] = [tensor[0], tensor[1], tensor[21]];
        const expected = Array.from({ length: 36 }, (_, k) => {
          const [i, j] = [Math.floor(k / 6), k % 6];
          if (i < 3 && j < 3) return i === j ? c11 : c12;
          return i === j ? c44 : 0;
        });
        sameAs(tensor, expected, 1e-8, structure.id);
        near(bulk.voigt, (c11 + 2 * c12) / 3, 1e-8 * c11, 'Voigt');
        near(bulk.reuss, bulk.voigt, 1e-8 * c11, 'Reuss');
        return true;
      },
      6,
    );
  }
});

/** A rotation by a unit quaternion made from a number. */
function rotation(draw: number): number[] {
  const q = [0, 1, 2, 3].map((k) => Math.sin(draw + 1.7 * k + k * k));
  const norm = Math.hypot(...q);
  const [w, x, y, z] = q.map((c) => c / norm) as [number, number, number, number];
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

test('averages do not know the axes; the tensor turns with the crystal', async () => {
  await stable(
    { maxAtoms: 5 },
    async ({ structure, elastic }, draw) => {
      const turn = rotation(draw);
      const turned = await elasticOf(transform(structure, turn));
      sameAs(moduli(turned), moduli(elastic), 1e-8, structure.id);
      // x' = x R: the constants of the turned crystal for a strain are those of the old for the strain turned back.
      const full = (t: Float64Array, a: number, b: number) => t[6 * VOIGT[a] + VOIGT[b]];
      const expected = [0, 4, 8, 5, 2, 1].flatMap((pq) =>
        [0, 4, 8, 5, 2, 1].map((rs) => {
          const [p, q, r, s] = [Math.floor(pq / 3), pq % 3, Math.floor(rs / 3), rs % 3];
          let sum = 0;
          for (let ab = 0; ab < 9; ab++)
            for (let cd = 0; cd < 9; cd++) {
              const [a, b, c, d] = [Math.floor(ab / 3), ab % 3, Math.floor(cd / 3), cd % 3];
              const weight = turn[3 * a + p] * turn[3 * b + q] * turn[3 * c + r] * turn[3 * d + s];
              sum += weight * full(elastic.tensor, ab, cd);
            }
          return sum;
        }),
      );
      sameAs(turned.tensor, expected, 1e-8, `${structure.id}: tensor`);
      return true;
    },
    12,
  );
});
/** Voigt's number of each entry of a 3 x 3. */
const VOIGT = [0, 5, 4, 5, 1, 3, 4, 3, 2];

test('the choice of the cell does not matter, nor does its doubling if the crystal withstands it', async () => {
  const matrices = [
    [1, 1, 0, 0, 1, 0, 0, 0, 1],
    [0, 1, 0, -1, 0, 0, 0, 1, 1],
    [1, 0, 0, 1, -1, 0, 0, 2, 1],
  ];
  await stable(
    { maxAtoms: 4 },
    async ({ structure, elastic }, draw) => {
      const other = await elasticOf(changeCell(structure, matrices[draw % 3]));
      sameAs(other.tensor, elastic.tensor, 1e-8, `${structure.id}: cell`);
      const repeats = [
        [2, 1, 1],
        [1, 2, 1],
        [1, 1, 2],
      ] as const;
      const [doubled] = await elasticTensors([supercell(structure, repeats[draw % 3])]);
      // More atoms can move in more ways.
      if ('unstable' in doubled) return false;
      sameAs(doubled.tensor, elastic.tensor, 1e-8, `${structure.id}: doubled`);
      return true;
    },
    14,
  );
});

test('K = -V dP/dV along the curve of hydrostatic strain', async () => {
  const h = 1e-4;
  await stable(
    { maxAtoms: 5 },
    async ({ structure, elastic }) => {
      const uniform = (e: number) => [e, 0, 0, 0, e, 0, 0, 0, e];
      const stress = await stressUnder(structure, [uniform(h), uniform(-h)]);
      if (!stress) return false;
      const pressure = stress.map((s) => -(s[0] + s[4] + s[8]) / 3);
      const volumes = [(1 + h) ** 3, (1 - h) ** 3];
      const bulk = -(pressure[0] - pressure[1]) / (volumes[0] - volumes[1]);
      near(elastic.bulk.voigt, bulk, 1e-5 * bulk, structure.id);
      assert.ok(elastic.bulk.reuss <= elastic.bulk.voigt * (1 + 1e-12), 'Reuss is the lower bound');
      assert.ok(elastic.shear.reuss <= elastic.shear.voigt * (1 + 1e-12), 'Reuss is the lower bound');
      return true;
    },
    14,
  );
});

/**
 * C11, C12, C44 in GPa at 300 K: C. Kittel, Introduction to Solid State Physics, 8th edition, chapter 3, table 11. The
 * potential was fitted to such measurements; 4 % is what tables differ by.
 */
const MEASURED: Readonly<Record<string, readonly [lattice: string, ...constants: number[]]>> = {
  Al: ['fcc', 106.8, 60.7, 28.2],
  Cu: ['fcc', 168.4, 121.4, 75.4],
  Ni: ['fcc', 250.8, 150.0, 123.5],
  Pd: ['fcc', 227.1, 176.1, 71.7],
  Ag: ['fcc', 124.0, 93.7, 46.1],
  Ta: ['bcc', 260.9, 157.4, 81.8],
  W: ['bcc', 523.3, 204.5, 160.7],
};

test('published values: lattice parameter of copper, constants of cubic metals', async () => {
  const copper = await ready(cubic('Cu', 'fcc', 3.7));
  near(Math.cbrt(4 * determinant(copper!.structure.cell)), 3.615, 0.001, 'a in Angstrom');
  near(copper!.elastic.bulk.hill, 138, 1, 'bulk modulus in GPa');
  for (const [symbol, [lattice, ...constants]] of Object.entries(MEASURED)) {
    const options = { ...IDEAL, elements: [symbol], prototypes: [lattice], maxAtoms: 1 };
    const { tensor } = (await ready(crystal(0, 0, options)))!.elastic;
    [tensor[0], tensor[1], tensor[21]].forEach((x, k) => {
      near(x, constants[k], 0.04 * constants[k], `${symbol} ${['C11', 'C12', 'C44'][k]}`);
    });
  }
});

test('crystals that are not relaxed, or not stable, get no constants', async () => {
  await elasticTensors([cubic('Cu', 'fcc', 3.7)]).then(
    () => assert.unreachable(),
    ({ message }: Error) => assert.match(message, /fcc Cu: expected a relaxed crystal.*relax it first/),
  );
  // On Bain's way from bcc to fcc the energy falls.
  const [bcc] = await relax([cubic('Cu', 'bcc', 2.9)]);
  assert.is(bcc.failure, undefined, 'symmetry holds it');
  const [unstable] = await elasticTensors([bcc.structure]);
  assert.match((unstable as { unstable: string }).unstable, /strains on its own \(elastic eigenvalue -/);
  const [twice] = await elasticTensors([supercell(bcc.structure, [1, 1, 2])]);
  assert.ok('unstable' in twice);
});

test.run();
