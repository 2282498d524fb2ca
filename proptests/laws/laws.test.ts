/**
 * The laws of physics and of bookkeeping that every model must obey, for every model and preset of models.ts.
 *
 * Float64 throughout. Tolerances are rounding unless a law says otherwise.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { displace, multiply, neighbours, type Structure, transform } from '../../graph/index.ts';
import { crystals, LAWS, type LawName, obeysLaws, type Potential, rotations, vectors } from '../../testing/index.ts';
import { changeCell } from '../../testing/laws/descriptions.ts';
import { check, factor, seed } from '../support/check.ts';
import { lawModels } from './models.ts';

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void => {
  assert.is(found.length, expected.length, `${what}: length`);
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(found[k] - expected[k]);
    assert.ok(error <= tolerance, `${what}[${k}]: ${found[k]} should be ${expected[k]} (off by ${error})`);
  }
};
/** A distance of this structure is so close to the cutoff that rounding decides about the edge. */
const onTheEdge = (s: Structure, cutoff: number): boolean =>
  neighbours(s, cutoff + 1e-6).distance.some((r) => r > cutoff - 1e-6);
const MIRROR = Float64Array.of(-1, 0, 0, 0, 1, 0, 0, 0, 1);

/** Passes if a law is found to be broken. */
const broken = async (held: Promise<void>, law: LawName): Promise<void> => {
  const message = await held.then(
    () => 'nothing was found',
    (error: Error) => error.message,
  );
  assert.match(message, `the law '${law}' is broken`);
};

for (const { name, cutoff, smooth, anyCell, extensive, predict } of lawModels) {
  const law = suite(name);
  const TIGHT = 1e-10;
  const safe = (options = {}) => crystals(options).filter((s) => !onTheEdge(s, cutoff));

  const potential: Potential = async (crystal) => {
    const { energy, forces, stress } = await predict([crystal]);
    return { energy: energy[0], forces, stress };
  };
  const options = { seed, maxAtoms: 4, cutoff, rounding: TIGHT, tolerance: 1e-7 };
  for (const { name: one, kind } of LAWS) {
    if (one === 'supercell' || one === 'smooth at the cutoff') continue;
    const runs = factor * (kind === 'exact' ? 30 : 8);
    law(one, () => obeysLaws(potential, { ...options, only: [one], runs }));
  }

  law('outputs of atoms turn with the crystal if they are vectors, and stay as they are otherwise', () =>
    check(fc.tuple(safe(), rotations(), vectors(5)), async ([s, r, t]) => {
      const { perAtom, vectors: turns } = await predict([s]);
      for (const matrix of [r, MIRROR]) {
        const { perAtom: turned } = await predict([transform(s, matrix)]);
        near(turned, turns ? multiply(perAtom, matrix) : perAtom, TIGHT, 'turned');
      }
      for (const same of [displace(s, t), changeCell(s, [1, 1, 0, 0, 1, 0, -1, 0, 1])]) {
        near((await predict([same])).perAtom, perAtom, TIGHT, 'moved, or in another cell');
      }
    }),
  );

  law(
    anyCell
      ? 'every atom of a supercell sees what its original sees'
      : "the paper's neighbour embedding tells cells of one crystal apart (why the physical preset exists)",
    async () => {
      // What atoms see are three numbers an atom, as forces are.
      const atoms: Potential = async (crystal) => {
        const { perAtom } = await predict([crystal]);
        return { energy: perAtom.reduce((a, b) => a + b, 0), forces: perAtom };
      };
      const held = obeysLaws(atoms, { ...options, only: ['supercell'], maxAtoms: 3, runs: 30 * factor });
      await (anyCell ? held : broken(held, 'supercell'));
    },
  );

  law(extensive ? 'energies add up over cells' : 'layers after pooling bend the sum over the atoms', async () => {
    const held = obeysLaws(potential, { ...options, only: ['supercell'], runs: 10 * factor });
    await (extensive ? held : broken(held, 'supercell'));
  });

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
      const name = 'smooth at the cutoff';
      const held = obeysLaws(potential, { ...options, only: [name], runs: 10 * factor });
      await (smooth ? held : broken(held, name));
    },
  );

  law.run();
}
