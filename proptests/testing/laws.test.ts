/** obeysLaws finds models that break a law, names the law, and shrinks to one or two atoms in a cube. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { determinant, neighbours, type Structure } from '../../graph/index.ts';
import { edges, type GraphInputs, type ModelConfig, modelOf, network } from '../../nn/index.ts';
import * as T from '../../tensor/index.ts';
import {
  LAWS,
  type LawName,
  type LawOptions,
  lawsOf,
  obeysLaws,
  type Potential,
  potential,
} from '../../testing/index.ts';
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

/** Pairs of different atoms: an atom does not see its own images. */
const withoutImages: Potential = (crystal) => {
  const { target, source, distance } = neighbours(crystal, CUTOFF);
  const energy = Array.from(distance, (r, e) => (target[e] === source[e] ? 0 : (1 - (r / CUTOFF) ** 2) ** 4));
  return { energy: energy.reduce((a, b) => a + b, 0) };
};

/** Pairs whose energy ends at once. */
const hardCutoff: Potential = (crystal) => ({
  energy: neighbours(crystal, CUTOFF).distance.reduce((sum, r) => sum + Math.exp(-0.1 * r * r), 0),
});

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
  'an energy that does not add up over cells': {
    potential: changed(({ energy }) => ({ energy: Math.tanh(energy) })),
    laws: ['supercell'],
    says: /repeated [12] [12] [12] times along the lattice vectors/,
  },
  'atoms that do not see their own images': {
    potential: withoutImages,
    laws: ['supercell'],
    says: /A cell of twice the size has twice the energy/,
  },
  'a hard cutoff': {
    potential: hardCutoff,
    laws: ['smooth at the cutoff'],
    says: /the energy is off by \S+ eV[\s\S]*stretched until the distance nearest to the cutoff is just beyond it/,
  },
};

/** The message up to the line about laws that were not tested. */
const withoutLeftOut = (message: string): string => message.replace(/\nobeysLaws: not tested: .*$/, '');
const lawsIn = (message: string): string[] =>
  [...message.matchAll(/^obeysLaws: the law '(.*)' is broken/gm)].map(([, name]) => name);

for (const [name, { potential: wrong, laws, says }] of Object.entries(broken)) {
  test(`${name} breaks ${laws.join(', ')}: found, and shrunk to at most two atoms`, async () => {
    const message = withoutLeftOut(await messageOf(obeysLaws(wrong, common)));
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
    assert.is(withoutFooter(withoutLeftOut(again)), withoutFooter(last));
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
    /no law 'gravity'; expected repeat, rotation, mirror/,
  );
});

const energies: Potential = async (crystal) => ({ energy: (await sound(crystal)).energy });
const lawsOfForces: LawName[] = ['net force', 'forces'];
const lawsOfStress: LawName[] = ['symmetric stress', 'stress'];

test('laws of what a model does not give are left out, and the report and the message say so', async () => {
  await obeysLaws(energies, common);
  const { tested, leftOut } = await lawsOf(energies, common);
  assert.equal([...tested, ...leftOut.map(({ law }) => law)].sort(), LAWS.map(({ name }) => name).sort());
  const why = Object.fromEntries(leftOut.map((one) => [one.law, one.why]));
  for (const law of lawsOfForces) assert.is(why[law], 'the model gives no forces');
  for (const law of lawsOfStress) assert.is(why[law], 'the model gives no stress');
  assert.is(leftOut.length, 4);
  const noStress: Potential = async (crystal) => ({ ...(await sound(crystal)), stress: undefined }) as never;
  assert.equal(
    (await lawsOf(noStress, common)).leftOut.map(({ law }) => law),
    lawsOfStress,
  );
  assert.equal((await lawsOf(sound)).leftOut, [{ law: 'smooth at the cutoff', why: 'no cutoff is given' }]);
  const message = await messageOf(obeysLaws(hardCutoff, common));
  assert.match(message, /\nobeysLaws: not tested: 'net force' \(the model gives no forces\), /);
  assert.match(
    await messageOf(obeysLaws(energies, { only: ['forces'] })),
    /no law is left.* \(the model gives no forces/,
  );
});

test('a network says which laws hold of it, and is tested for the others if they are named', async () => {
  const made = network(
    {
      ...{ architecture: 'cgcnn', form: 'paper', cutoff: CUTOFF, filter: 'exact' },
      neighbours: { most: null, rule: 'shell', imageCap: null },
      ...modelOf({ architecture: 'cgcnn' }).sizes.small,
    } as ModelConfig,
    'add',
    T.key(7),
  );
  assert.equal(
    (await lawsOf(made)).leftOut.map(({ law }) => law),
    ['supercell', 'smooth at the cutoff'],
  );
  assert.match(await messageOf(obeysLaws(made, { seed, only: ['supercell'], runs: 10 })), /law 'supercell' is broken/);
});

/** Where two atoms and more, or none too close, are a mistake of the model. */
const where = (crystal: Structure): boolean => crystal.numbers.length > 1;

const faulty: Record<string, { model: Potential; says: RegExp; atoms: number }> = {
  'throws for some crystals': {
    model: (crystal) => {
      if (where(crystal)) throw new Error('too many atoms');
      return sound(crystal);
    },
    says: /^obeysLaws: your model threw for this crystal: too many atoms\n {2}crystal with the lattice vectors 3 0 0 /,
    atoms: 2,
  },
  'gives NaN for all crystals': {
    model: changed(() => ({ energy: Number.NaN })),
    says: /^obeysLaws: the model gives NaN for this crystal \(energy\)\n/,
    atoms: 1,
  },
  'gives forces that are NaN': {
    model: changed(({ forces }, crystal) => (where(crystal) ? { forces: forces.map(() => Number.NaN) } : {})),
    says: /^obeysLaws: the model gives NaN for this crystal \(forces\)\n/,
    atoms: 2,
  },
  'gives a number in place of values': {
    model: (() => 1) as never,
    says: /^obeysLaws: the model gives 1\. Expected is an object: energy, a number in eV/,
    atoms: 1,
  },
  'gives forces as lists in a list': {
    model: changed(({ forces }) => ({ forces: [forces] })),
    says: /^obeysLaws: the forces of the model are a list of what is no number; expected are 3 numbers/,
    atoms: 1,
  },
};

for (const [name, { model, says, atoms }] of Object.entries(faulty)) {
  test(`a model that ${name} is told once, with the crystal, seed and path`, async () => {
    const message = await messageOf(obeysLaws(model, common));
    assert.match(message, says);
    assert.is(message.split(/^obeysLaws: /m).length, 2, message);
    assert.is(atomsIn(message), atoms);
    const again = await messageOf(obeysLaws(model, { ...common, only: ['repeat'], ...againOf(message) }));
    assert.is(withoutFooter(again), withoutFooter(message));
  });
}

test('a model that throws for changed crystals only shows such a crystal', async () => {
  const short: Potential = (crystal) => {
    if (crystal.positions.some((x) => Math.abs(x) > 7)) throw new Error('far away');
    return sound(crystal);
  };
  const message = await messageOf(
    obeysLaws(short, { ...common, spread: 0, maxAtoms: 1, only: ['translation', 'lattice shift'] }),
  );
  assert.match(message, /^obeysLaws: your model threw for this crystal: far away\n/);
  assert.ok(Math.max(...[.../at (.*)$/m.exec(message)![1].split(' ')].map((x) => Math.abs(Number(x)))) > 7, message);
});

test('a model that is not deterministic is told so, and nothing else', async () => {
  let calls = 0;
  const message = await messageOf(
    obeysLaws(
      changed(({ energy }) => ({ energy: energy + 0.01 * calls++ })),
      common,
    ),
  );
  assert.equal(lawsIn(message), ['repeat']);
  assert.match(
    message,
    /Asked again about the same crystal, the model says the same\.\n {2}the energy is off by 0\.01 eV/,
  );
});

test('options that do not exist are refused with the nearest one', async () => {
  assert.match(await messageOf(obeysLaws(sound, { cutof: 4 } as object)), /no option 'cutof'; did you mean 'cutoff'/);
});

test.run();
