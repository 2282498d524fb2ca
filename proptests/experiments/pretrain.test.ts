/**
 * The main job, small: a network learns forces of the built-in universe; equal seeds give equal bits; what a user can
 * get wrong ends in one clear message and an exit code that is not zero.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatExtxyz, type LabelledStructure, universe, writeExtxyz } from '../../data/index.ts';
import type { Errors } from '../../experiments/errors.ts';
import { type PretrainOptions, pretrainForceField } from '../../experiments/pretrain-force-field.ts';
import { cgcnnDefaults } from '../../nn/index.ts';
import { cpuEngine } from '../../tensor/index.ts';

const crystals = universe({ count: 60, seed: 3, elements: ['Cu', 'Ag'], maxAtoms: 4 });
const small: PretrainOptions = {
  config: { ...cgcnnDefaults, dim1: 16, dim2: 16, gc_count: 2, edge_dim: 16, cutoff: 4 },
  ratio: [1, 1, 1],
  epochs: 40,
  edgeBudget: 0,
  limits: { structures: 6, edges: 10_000 },
  learningRate: 1e-2,
  heldOutShare: 0.2,
  seed: 1,
};

const train = async (structures: readonly LabelledStructure[], options: Partial<PretrainOptions> = {}) => {
  const history: Errors[] = [];
  const result = await pretrainForceField(
    structures,
    cpuEngine(),
    { ...small, ...options },
    {
      started: () => {},
      step: () => {},
      epoch: (_, __, errors) => void history.push(errors),
    },
  );
  return { ...result, history };
};

test('forces of held-out crystals are learnt', async () => {
  const { untrained, trained, zero, history } = await train(await crystals);
  assert.is(history.length, 41);
  assert.ok(trained.forces < 0.4 * untrained.forces, `forces ${untrained.forces} -> ${trained.forces} eV/A`);
  assert.ok(trained.forces < 0.5 * zero.forces, `predicting nothing: ${zero.forces}`);
});

test('equal seeds give equal bits, other seeds do not', async () => {
  const some = (await crystals).slice(0, 20);
  const [a, b, c] = [
    await train(some, { epochs: 3 }),
    await train(some, { epochs: 3 }),
    await train(some, { epochs: 3, seed: 2 }),
  ];
  assert.equal(a.history, b.history);
  assert.not.equal(a.history, c.history);
});

test('labels that are missing everywhere get no weight; structures that lack a common one are left out', async () => {
  const some = (await crystals).slice(0, 20);
  const noStress = some.map(({ stress: _, ...rest }) => rest);
  const { trained } = await train(noStress, { epochs: 2 });
  assert.ok(Number.isFinite(trained.forces));
  const { forces: _, ...lacking } = some[0]!;
  let left = 0;
  await pretrainForceField(
    [lacking, ...some.slice(1)],
    cpuEngine(),
    { ...small, epochs: 2 },
    {
      started: ({ train: t, heldOut, dropped }) => {
        left = t + heldOut;
        assert.equal([...dropped], [['no forces', 1]]);
      },
      step: () => {},
      epoch: () => {},
    },
  );
  assert.is(left, 19);
});

interface Outcome {
  readonly code: number | null;
  readonly text: string;
}
const start = (...args: string[]): Promise<Outcome> =>
  new Promise((done) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'experiments/main.ts', ...args]);
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('close', (code) => done({ code, text }));
  });

test("a file of one's own trains; broken input ends in one message", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lattigrad-'));
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  try {
    const some = (await crystals).slice(0, 8);
    const good = join(folder, 'good.extxyz.gz');
    await writeExtxyz(good, some);
    const fine = await start('--data', good, '--epochs', '1', '--cutoff', '3.5');
    assert.is(fine.code, 0, fine.text);
    assert.match(fine.text, /after training/);

    const text = formatExtxyz(some[0]!);
    const broken: [what: string, args: string[], message: RegExp][] = [
      [
        'truncated gzip',
        ['--data', file('cut.gz', gzipSync(text.repeat(50)).subarray(0, 300))],
        /cut\.gz: .*cut short/,
      ],
      [
        'no lattice',
        ['--data', file('a.xyz', text.replace(/Lattice="[^"]*" /, ''))],
        /a\.xyz:2: the lattice is missing/,
      ],
      [
        'NaN position',
        ['--data', file('b.xyz', '1\nLattice="3 0 0 0 3 0 0 0 3" energy=1\nCu 0 nan 0\n')],
        /b\.xyz:3: .*finite number.*nan/,
      ],
      [
        'unknown element',
        ['--data', file('c.xyz', '1\nLattice="3 0 0 0 3 0 0 0 3" energy=1\nXx 0 0 0\n')],
        /c\.xyz:3: .*element.*Xx/,
      ],
      [
        'wrong column count',
        ['--data', file('d.xyz', '1\nLattice="3 0 0 0 3 0 0 0 3" energy=1\nCu 0 0\n')],
        /d\.xyz:3: expected 4 columns/,
      ],
      ['empty file', ['--data', file('e.xyz', '')], /e\.xyz: .*empty/],
      ['a directory', ['--data', folder], /found a directory/],
      ['no such file', ['--data', join(folder, 'none')], /no such file/],
      [
        'no labels',
        ['--data', file('f.xyz', '1\nLattice="3 0 0 0 3 0 0 0 3"\nCu 0 0 0\n'.repeat(4))],
        /neither energies nor forces/,
      ],
      ['one structure', ['--data', file('g.xyz', text)], /at least 2 structures/],
      ['cutoff that is no number', ['--cutoff', 'far'], /cutoff.*number > 0/],
      ['unknown option', ['--cutof', '4'], /unknown option.*cutoff/s],
      ['cutoff without neighbours', ['--data', good, '--cutoff', '0.5'], /larger --cutoff/],
    ];
    for (const [what, args, message] of broken) {
      const { code, text: said } = await start(...args);
      assert.is.not(code, 0, `${what}: exit code 0`);
      assert.match(said, message, `${what}: ${said}`);
      assert.not.match(said, /\n\s+at /, `${what}: a stack trace`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
