/**
 * The laws of physics and of bookkeeping that every model must obey, for every model and preset of models.ts.
 *
 * Float64 throughout. Tolerances are rounding unless a law says otherwise.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { displace, multiply, neighbours, type Structure, strain, supercell, transform } from '../../graph/index.ts';
import { check } from '../support/check.ts';
import { crystal, real, rotation } from '../support/crystals.ts';
import { changeCell, permuteAtoms, shiftAtoms } from '../support/descriptions.ts';
import { lawModels } from './models.ts';

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void => {
  assert.is(found.length, expected.length, `${what}: length`);
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(found[k] - expected[k]);
    assert.ok(error <= tolerance, `${what}[${k}]: ${found[k]} should be ${expected[k]} (off by ${error})`);
  }
};
const angle = real(0, 6.3);
const small = (size: number) => real(-size, size);
const vector = (size: number) => fc.tuple(small(size), small(size), small(size));
/** Positions moved by dx along one coordinate. */
const nudged = (s: Structure, coordinate: number, dx: number): Structure =>
  displace(
    s,
    s.positions.map((_, k) => (k === coordinate ? dx : 0)),
  );
const transposed = (m: Float64Array): Float64Array => m.map((_, k) => m[3 * (k % 3) + Math.floor(k / 3)]);
/** A distance of this structure is so close to the cutoff that rounding decides about the edge. */
const onTheEdge = (s: Structure, cutoff: number): boolean =>
  neighbours(s, cutoff + 1e-6).distance.some((r) => r > cutoff - 1e-6);

for (const { name, cutoff, smooth, anyCell, predict } of lawModels) {
  const law = suite(name);
  const TIGHT = 1e-10;
  const safe = (options = {}) => crystal(options).filter((s) => !onTheEdge(s, cutoff));

  law('rotating a crystal turns forces, stress and vector outputs and leaves the energy', () =>
    check(fc.tuple(safe(), fc.tuple(angle, angle, angle)), async ([s, angles]) => {
      const r = rotation(angles);
      const [a, b] = [await predict([s]), await predict([transform(s, r)])];
      near(b.energy, a.energy, TIGHT, 'energy');
      near(b.forces, multiply(a.forces, r), TIGHT, 'forces');
      near(b.stress, multiply(transposed(multiply(transposed(a.stress), r)), r), TIGHT, 'stress');
      near(b.perAtom, a.vectors ? multiply(a.perAtom, r) : a.perAtom, TIGHT, 'outputs of atoms');
    }),
  );

  law('mirroring a crystal (a left-handed cell) mirrors forces and stress', () =>
    check(safe(), async (s) => {
      const mirror = Float64Array.of(-1, 0, 0, 0, 1, 0, 0, 0, 1);
      const [a, b] = [await predict([s]), await predict([transform(s, mirror)])];
      near(b.energy, a.energy, TIGHT, 'energy');
      near(b.forces, multiply(a.forces, mirror), TIGHT, 'forces');
      near(b.perAtom, a.vectors ? multiply(a.perAtom, mirror) : a.perAtom, TIGHT, 'outputs of atoms');
      near(
        b.stress,
        a.stress.map((x, k) => (k % 4 !== 0 && (k % 3 === 0 || k < 3) ? -x : x)),
        TIGHT,
        'stress',
      );
    }),
  );

  law('translation, lattice shifts of single atoms and other cells of the lattice change nothing', () =>
    check(
      fc.tuple(safe(), vector(5), fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 15, maxLength: 15 })),
      async ([s, t, n]) => {
        const a = await predict([s]);
        for (const same of [displace(s, t), shiftAtoms(s, n), changeCell(s, [1, 1, 0, 0, 1, 0, -1, 0, 1])]) {
          const b = await predict([same]);
          near(b.energy, a.energy, TIGHT, 'energy');
          near(b.forces, a.forces, TIGHT, 'forces');
          near(b.stress, a.stress, TIGHT, 'stress');
          near(b.perAtom, a.perAtom, TIGHT, 'outputs of atoms');
        }
      },
    ),
  );

  law('renumbering atoms renumbers forces', () =>
    check(fc.tuple(safe({ minAtoms: 2 }), fc.integer({ min: 1, max: 9 })), async ([s, turn]) => {
      const order = Int32Array.from(s.numbers, (_, k) => (k + turn) % s.numbers.length);
      const [a, b] = [await predict([s]), await predict([permuteAtoms(s, order)])];
      near(b.energy, a.energy, TIGHT, 'energy');
      near(
        b.forces,
        b.forces.map((_, k) => a.forces[3 * order[Math.floor(k / 3)] + (k % 3)]),
        TIGHT,
        'forces',
      );
      near(b.stress, a.stress, TIGHT, 'stress');
    }),
  );

  law('the net force is zero and the stress symmetric', () =>
    check(safe(), async (s) => {
      const { forces, stress } = await predict([s]);
      for (let c = 0; c < 3; c++)
        near([forces.reduce((sum, f, k) => sum + (k % 3 === c ? f : 0), 0)], [0], TIGHT, 'net force');
      near(transposed(stress), stress, TIGHT, 'stress');
    }),
  );

  law('forces are minus the slope of the energy', () =>
    check(
      safe({ maxAtoms: 3 }),
      async (s) => {
        // Without an envelope the list must be held fixed: energies jump when it changes.
        const edges = smooth ? undefined : [neighbours(s, cutoff)];
        const { forces } = await predict([s], edges);
        const h = 1e-4;
        for (let k = 0; k < s.positions.length; k++) {
          const at = async (dx: number) => (await predict([nudged(s, k, dx)], edges)).energy[0];
          const slope = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
          near([forces[k]], [-slope], 2e-8, `force ${k}`);
        }
      },
      8,
    ),
  );

  law('stress is the slope of the energy in a symmetric strain, per volume', () =>
    check(
      safe({ maxAtoms: 3 }),
      async (s) => {
        const edges = smooth ? undefined : [neighbours(s, cutoff)];
        const { stress } = await predict([s], edges);
        const volume = Math.abs(s.cell[0] * s.cell[4] * s.cell[8]);
        const h = 1e-4;
        for (const [i, j] of [
          [0, 0],
          [1, 1],
          [2, 2],
          [0, 1],
          [1, 2],
          [0, 2],
        ] as const) {
          const at = async (e: number) => {
            const m = new Float64Array(9);
            m[3 * i + j] += e / 2;
            m[3 * j + i] += e / 2;
            return (await predict([strain(s, m)], edges)).energy[0];
          };
          const slope = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
          near([stress[3 * i + j]], [slope / volume], 2e-8, `stress ${i}${j}`);
        }
      },
      8,
    ),
  );

  law(
    anyCell
      ? 'every atom of a supercell sees what its original sees'
      : "the paper's neighbour embedding tells cells of one crystal apart (why the physical preset exists)",
    async () => {
      const differs = async (s: Structure): Promise<number> => {
        const [a, b] = [await predict([s]), await predict([supercell(s, [2, 1, 1])])];
        return [...a.perAtom, ...a.perAtom].reduce((d, x, k) => Math.max(d, Math.abs(x - b.perAtom[k])), 0);
      };
      let largest = 0;
      await check(safe({ minAtoms: anyCell ? 1 : 2, maxAtoms: 3 }), async (s) => {
        const difference = await differs(s);
        if (anyCell) assert.ok(difference <= TIGHT, `an atom of the supercell is off by ${difference}`);
        largest = Math.max(largest, difference);
      });
      if (!anyCell) assert.ok(largest > 1e-4, `expected a difference, found at most ${largest}`);
    },
  );

  law('vector outputs differ from zero, and vanish for an atom that sees nothing', async () => {
    let largest = 0;
    let expected = false;
    await check(safe({ minAtoms: 2 }), async (s) => {
      const { perAtom, vectors } = await predict([s]);
      assert.is(perAtom.length, 3 * s.numbers.length);
      if (!vectors) return;
      expected = true;
      largest = perAtom.reduce((m, x) => Math.max(m, Math.abs(x)), largest);
      const atom: Structure = {
        id: 'atom',
        numbers: s.numbers.slice(0, 1),
        positions: s.positions.slice(0, 3),
        cell: new Float64Array(9),
        periodic: [false, false, false],
      };
      near((await predict([atom])).perAtom, new Float64Array(3), 0, 'vector of a lone atom');
    });
    // Symmetry makes many of them zero, so it takes all crystals together to tell.
    if (expected) assert.ok(largest > 1e-3, `all vectors are below ${largest}`);
  });

  law('what else is in a batch changes nothing, and two runs give the same bits', () =>
    check(fc.tuple(safe(), safe(), safe()), async ([a, b, c]) => {
      const all = await predict([a, b, c]);
      assert.equal(await predict([a, b, c]), all);
      let atom = 0;
      for (const [k, s] of [a, b, c].entries()) {
        const alone = await predict([s]);
        near(all.energy.subarray(k, k + 1), alone.energy, 1e-12, 'energy');
        near(all.forces.subarray(atom, atom + s.positions.length), alone.forces, 1e-12, 'forces');
        near(all.stress.subarray(9 * k, 9 * k + 9), alone.stress, 1e-12, 'stress');
        atom += s.positions.length;
      }
    }),
  );

  law('isolated atoms have an energy and feel nothing, alone and beside crystals', () =>
    check(safe(), async (s) => {
      const far = 50;
      const atom: Structure = {
        id: 'atom',
        numbers: Int32Array.of(8),
        positions: Float64Array.of(1, 2, 3),
        cell: Float64Array.of(far, 0, 0, 0, far, 0, 0, 0, far),
        periodic: [true, true, true],
      };
      const alone = await predict([atom]);
      assert.ok(Number.isFinite(alone.energy[0]));
      near([...alone.forces, ...alone.stress], new Float64Array(12), 0, 'forces and stress');
      const mixed = await predict([atom, s, atom]);
      near([mixed.energy[0], mixed.energy[2]], [alone.energy[0], alone.energy[0]], 1e-12, 'energy');
      assert.ok([...mixed.forces, ...mixed.stress].every(Number.isFinite));
    }),
  );

  law(
    smooth ? 'nothing jumps at the cutoff' : "the paper's network jumps at the cutoff (why the physical preset exists)",
    async () => {
      const pair = (r: number): Structure => ({
        id: 'pair',
        numbers: Int32Array.of(29, 8),
        positions: Float64Array.of(0, 0, 0, r, 0, 0),
        cell: new Float64Array(9),
        periodic: [false, false, false],
      });
      const d = 1e-5;
      const [inside, outside] = [await predict([pair(cutoff - d)]), await predict([pair(cutoff + d)])];
      const jump = Math.abs(inside.energy[0] - outside.energy[0]);
      if (!smooth) return void assert.ok(jump > 1e-4, `expected a jump, found ${jump}`);
      assert.ok(jump < 1e-12, `energy jumps by ${jump}`);
      near(inside.forces, outside.forces, 1e-10, 'forces');
      near(inside.stress, new Float64Array(9), 0, 'stress of a molecule');
    },
  );

  law.run();
}
