/** obeysLaws finds models that break a law, names the law, and shrinks to one or two atoms in a cube. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { determinant, type Structure } from '../../graph/index.ts';
import { edges, type GraphInputs, type ModelConfig, modelOf, network } from '../../nn/index.ts';
import * as T from '../../tensor/index.ts';
import { LAWS, type LawName, type LawOptions, obeysLaws, type Potential, potential } from '../../testing/index.ts';
import { seed } from '../support/check.ts';
import { againOf, atomsIn, messageOf, withoutFooter } from './wrong.ts';

const CUTOFF = 4;
const common: LawOptions = { seed, cutoff: CUTOFF, runs: 20 };

/** An energy of pairs, smooth at the cutoff; `factor` of an edge may break a law. */
function pairs(factor: (vectors: T.Tensor, inputs: GraphInputs) => T.Tensor | number): Potential {
  return potential(
    (inputs, vectors) => {
      const squares = T.sum(T.square(vectors), { axis: -1 });
      const inside = T.relu(T.sub(1, T.div(squares, CUTOFF ** 2)));
      const energies = T.mul(T.pow(inside, 4), T.exp(T.mul(-0.3, squares)));
      return T.segmentSum(T.mul(energies, factor(vectors, inputs)), inputs.edgeStructure);
    },
    { cutoff: CUTOFF },
  );
}
const sound = pairs(() => 1);
const component = (vectors: T.Tensor, k: number) => T.reshape(T.slice(vectors, [null, [k, k + 1]]), [edges]);

/** The sound potential with its values changed. */
const changed =
  (change: (values: { energy: number; forces: number[]; stress: number[] }, crystal: Structure) => object): Potential =>
  async (crystal) => {
    const { energy, forces, stress } = await sound(crystal);
    const values = { energy, forces: Array.from(forces!), stress: Array.from(stress!) };
    return { ...values, ...change(values, crystal) };
  };

interface Broken {
  readonly potential: Potential;
  /** The laws that are broken, in their order. */
  readonly laws: readonly LawName[];
  readonly says: RegExp;
}

const broken: Record<string, Broken> = {
  'an energy that knows where x points': {
    potential: pairs((vectors) => T.square(component(vectors, 0))),
    laws: ['rotation'],
    says: /is off by \S+ eV/,
  },
  'an energy that knows left from right': {
    potential: changed(({ energy }, { cell }) => ({ energy: energy + Math.sign(determinant(cell)) })),
    laws: ['mirror'],
    says: /mirrored: x becomes -x/,
  },
  'an energy that knows which vectors describe the lattice': {
    potential: changed(({ energy }, { cell }) => ({ energy: energy + Math.hypot(...cell.slice(0, 3)) })),
    laws: ['cell', 'stress'],
    says: /the lattice vectors multiplied by the matrix/,
  },
  'an energy that knows where the crystal is': {
    potential: changed(({ energy }, { positions }) => ({ energy: energy + positions[0] })),
    laws: ['rotation', 'mirror', 'translation', 'lattice shift', 'permutation', 'forces', 'stress'],
    says: /all atoms moved by [-\d. ]+ A/,
  },
  'an energy that knows the order of the atoms': {
    potential: changed(({ energy }, { numbers }) => ({ energy: energy + 0.1 * numbers[0] })),
    laws: ['permutation'],
    says: /the energy is off by 0\.5 eV[\s\S]*atoms \d and \d exchanged in the list/,
  },
  'forces of the wrong sign': {
    potential: changed(({ forces }) => ({ forces: forces.map((f) => -f) })),
    laws: ['forces'],
    says: /the [xyz] component of the force on atom \d is off by/,
  },
  'forces that do not add up to zero': {
    potential: changed(({ forces }) => ({ forces: forces.map((f, k) => (k === 0 ? f + 0.01 : f)) })),
    laws: ['rotation', 'mirror', 'permutation', 'net force', 'forces'],
    says: /the x component of the net force is off by 0\.01 eV\/A/,
  },
  'stress of the wrong sign': {
    potential: changed(({ stress }) => ({ stress: stress.map((s) => -s) })),
    laws: ['stress'],
    says: /component of the stress is off by/,
  },
  'shear stress with a factor 1/2': {
    potential: changed(({ stress }) => ({ stress: stress.map((s, k) => (k % 4 === 0 ? s : s / 2)) })),
    laws: ['rotation', 'stress'],
    says: /the (xy|xz|yz) component of the stress is off by/,
  },
  'a stress that is not symmetric': {
    potential: changed(({ stress }) => ({ stress: stress.map((s, k) => (k === 1 ? s + 0.1 : s)) })),
    laws: ['rotation', 'mirror', 'symmetric stress', 'stress'],
    says: /the (xy|yx) component of the stress is off by 0\.1 eV\/A\^3/,
  },
  'a stress per atom in place of volume': {
    potential: changed(({ stress }, { cell, numbers }) => ({
      stress: stress.map((s) => (s * Math.abs(cell[0] * cell[4] * cell[8])) / numbers.length),
    })),
    laws: ['stress'],
    says: /component of the stress is off by/,
  },
  'an energy that is NaN': {
    potential: changed(() => ({ energy: Number.NaN })),
    laws: ['rotation'],
    says: /the energy is off by NaN eV/,
  },
};

const lawsIn = (message: string): string[] =>
  [...message.matchAll(/^obeysLaws: the law '(.*)' is broken/gm)].map(([, name]) => name);

for (const [name, { potential: wrong, laws, says }] of Object.entries(broken)) {
  test(`${name} breaks ${laws.join(', ')}: found, and shrunk to at most two atoms`, async () => {
    const message = await messageOf(obeysLaws(wrong, common));
    const found = lawsIn(message);
    for (const law of laws) assert.ok(found.includes(law), `${law} is not among ${found}`);
    assert.match(message, says);
    for (const part of message.split(/^(?=obeysLaws: )/m)) {
      const count = atomsIn(part);
      assert.ok(count >= 1 && count <= 2, `${count} atoms in\n${part}`);
    }
    const last = message.slice(message.lastIndexOf('obeysLaws: '));
    const only = [found.at(-1) as LawName];
    const again = await messageOf(obeysLaws(wrong, { ...common, only, ...againOf(last) }));
    assert.is(withoutFooter(again), withoutFooter(last));
  });
}

test('a sound potential passes, and so does a network', async () => {
  await obeysLaws(sound, common);
  const { sizes } = modelOf({ architecture: 'cgcnn' });
  const config = {
    architecture: 'cgcnn',
    form: 'physical',
    cutoff: CUTOFF,
    neighbours: { most: null, rule: 'shell', imageCap: null },
    filter: 'exact',
    ...sizes.small,
  } as ModelConfig;
  await obeysLaws(network(config, 'add', T.key(7)), { seed, runs: 5 });
});

test('a cube with one atom is what a rotation needs', async () => {
  const message = await messageOf(
    obeysLaws(
      pairs((vectors) => T.square(component(vectors, 0))),
      { ...common, only: ['rotation'] },
    ),
  );
  assert.match(
    message,
    /lattice vectors 3 0 0 \| 0 3 0 \| 0 0 3 \(A\)[^\n]*\n {4}Z = 1 at 0 0 0\n {2}turned by the matrix/,
  );
});

test('a law is left out where it is said, and one law alone is tested where that is said', async () => {
  const { potential: wrong } = broken['stress of the wrong sign'];
  await obeysLaws(wrong, { ...common, leaveOut: ['stress'] });
  await obeysLaws(wrong, { ...common, only: ['rotation', 'forces'] });
  const names = LAWS.map(({ name }) => name);
  assert.match(await messageOf(obeysLaws(sound, { leaveOut: names })), /no law is left/);
  assert.match(
    await messageOf(obeysLaws(sound, { only: ['gravity' as LawName] })),
    /no law 'gravity'; expected rotation, mirror/,
  );
});

test('a potential of energies alone is told which laws to leave out', async () => {
  const energies: Potential = async (crystal) => ({ energy: (await sound(crystal)).energy });
  assert.match(await messageOf(obeysLaws(energies, common)), /gives no forces.*leaveOut: \['net force', 'forces'\]/);
  await obeysLaws(energies, { ...common, leaveOut: ['net force', 'forces', 'symmetric stress', 'stress'] });
});

test.run();
