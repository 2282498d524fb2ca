/** The arbitraries keep their promises, draw what is asked for, and shrink to what a person can read. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { determinant, multiply, neighbours } from '../../graph/index.ts';
import * as T from '../../tensor/index.ts';
import {
  batches,
  CELLS,
  crystals,
  graphs,
  OPERATIONS,
  operands,
  programs,
  reals,
  rotations,
  shapes,
  tensors,
  vectors,
} from '../../testing/index.ts';
import { check, seed } from '../support/check.ts';

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** What a value shrinks to that must only have a property. */
function simplest<V>(arbitrary: fc.Arbitrary<V>, wanted: (value: V) => boolean = () => true): V {
  const { counterexample } = fc.check(
    fc.property(arbitrary, (value) => !wanted(value)),
    { seed, numRuns: 1000 },
  );
  return counterexample![0];
}

test('numbers lie in their domain, away from what is avoided, and shrink to simple ones', async () => {
  const domain = { low: -1, high: 3, avoid: [0, 1], gap: 0.2 };
  await check(reals(domain), (x) => {
    assert.ok(x >= -1 && x <= 3 && Math.abs(x) >= 0.2 && Math.abs(x - 1) >= 0.2);
  });
  assert.is(simplest(reals()), 1);
  assert.is(simplest(reals(domain)), 0.5);
  assert.is(
    simplest(reals(), (x) => x < 0),
    -1,
  );
  assert.is(
    simplest(reals(), (x) => x < -1),
    -2,
  );
  assert.is(
    simplest(reals(), (x) => x > 1.2 && x < 1.4),
    1.25,
  );
  assert.is(
    simplest(reals({ low: 3, high: 6 }, []), (x) => x > 4.4),
    5,
  );
  assert.throws(() => reals({ low: 1, high: 0 }), /domain: expected finite limits/);
  assert.throws(() => fc.sample(reals({ low: 0, high: 0.1, avoid: [0.05], gap: 1 })), /nothing between 0 and 0\.1/);
});

test('numbers are spread evenly', () => {
  const drawn = fc.sample(reals({ low: 0, high: 1 }), { seed, numRuns: 4000 });
  for (let k = 0; k < 4; k++) {
    const share = drawn.filter((x) => x >= k / 4 && x < (k + 1) / 4).length / drawn.length;
    assert.ok(Math.abs(share - 0.25) < 0.03, `quarter ${k} has ${share}`);
  }
});

test('shapes have the axes and sizes that are asked for, and shrink to those of a number', async () => {
  await check(shapes({ rank: 2, smallest: 0, largest: 3 }), (shape) => {
    assert.ok(shape.length <= 2 && shape.every((n) => n >= 0 && n <= 3));
  });
  assert.equal(simplest(shapes()), []);
  assert.equal(
    simplest(shapes(), ({ length }) => length > 0),
    [1],
  );
});

test('tensors have as many numbers as their shape, exact in float32, and shrink to a number', async () => {
  await check(operands(2), (args) => {
    for (const { shape, data } of args) {
      assert.is(data.length, size(shape));
      assert.ok(Array.from(data).every((x) => Math.fround(x) === x && Math.abs(x) <= 2));
    }
    // They broadcast.
    T.add(T.input(args[0].shape), T.input(args[1].shape));
  });
  assert.equal(simplest(tensors()), { shape: [], data: [1] });
  assert.equal(simplest(tensors({ domain: { low: 0.1, high: 0.7 } })), { shape: [], data: [0.5] });
  assert.equal(
    simplest(tensors(), ({ data }) => Array.from(data).some((x) => x < 0)),
    { shape: [], data: [-1] },
  );
  assert.equal(simplest(tensors({ shape: ['n', 2] })), { shape: [1, 2], data: [1, 1] });
  assert.equal(
    simplest(operands(2), ([a, b]) => a.data.length !== b.data.length)
      .map(({ data }) => data.length)
      .sort(),
    [1, 2],
  );
});

test('one in ten has special numbers, and one in ten a long axis; both shrink, and -0 is shown to differ from 0', () => {
  const drawn = fc.sample(operands(2, { domain: { low: -1, high: 1 } }), { seed, numRuns: 2000 });
  const share = (is: (numbers: number[]) => boolean) =>
    drawn.filter((args) => is(args.flatMap(({ data }) => Array.from(data)))).length / drawn.length;
  const shares = {
    zero: share((numbers) => numbers.some((x) => Object.is(x, 0))),
    minusZero: share((numbers) => numbers.some((x) => Object.is(x, -0))),
    end: share((numbers) => numbers.some((x) => Math.abs(x) === 1)),
    // Zeros and ends apart.
    equal: share((numbers) => numbers.some((x, k) => x % 1 !== 0 && numbers.indexOf(x) < k)),
  };
  for (const [kind, part] of Object.entries(shares)) assert.ok(part > 0.005 && part < 0.1, `${kind}: ${part}`);
  const long = drawn.filter((args) => args.some(({ shape }) => shape.some((size) => size > 3))).length / drawn.length;
  assert.ok(long > 0.02 && long < 0.15, `long: ${long}`);
  const largest = Math.max(...drawn.flat().flatMap(({ shape }) => shape));
  assert.is(largest, 9);
  const short = fc.sample(operands(1, { largest: 2 }), { seed, numRuns: 200 });
  assert.is(Math.max(...short.flat().flatMap(({ shape }) => shape)), 2);
  const lengthy = simplest(tensors({ shape: ['n'] }), ({ data }) => data.length > 3);
  assert.equal(lengthy, { shape: [4], data: [1, 1, 1, 1] });
  const minus = simplest(tensors(), ({ data }) => Array.from(data).some((x) => Object.is(x, -0)));
  assert.ok(Object.is(minus.data[0], -0) && minus.data.length === 1);
  // Neither zeros nor ends lie in this domain.
  for (const { data } of fc.sample(tensors({ domain: { low: -1, high: 1, avoid: [-1, 0, 1] } }), {
    seed,
    numRuns: 500,
  })) {
    assert.ok(Array.from(data).every((x) => Math.abs(x) >= 0.05 && Math.abs(x) <= 0.95));
  }
  assert.throws(() => tensors({ largest: 0 }), /largest: expected a whole size of at least 1/);
  assert.throws(() => reals({ minimum: 0 } as object), /domain: there is no option 'minimum'; did you mean/);
});

test('every way of broadcasting is drawn: missing axes, axes of size 1, and equal shapes', () => {
  const kinds = fc.sample(operands(2), { seed, numRuns: 2000 }).map(([a, b]) => {
    if (String(a.shape) === String(b.shape)) return 'equal';
    return a.shape.length === b.shape.length ? 'size 1' : 'missing';
  });
  for (const kind of ['equal', 'size 1', 'missing']) {
    const share = kinds.filter((one) => one === kind).length / kinds.length;
    assert.ok(share > 0.04, `${kind}: ${share}`);
  }
});

test('letters are equal sizes, also while tensors shrink', async () => {
  const pattern = {
    shapes: [
      ['n', 'k'],
      ['k', 'm', 2],
    ],
  };
  await check(operands(2, pattern), ([a, b]) => {
    assert.is(a.shape[1], b.shape[0]);
    assert.is(b.shape[2], 2);
  });
  const wide = simplest(operands(2, pattern), ([a, b]) => {
    assert.is(a.shape[1], b.shape[0]);
    assert.is(a.data.length, size(a.shape));
    assert.is(b.data.length, size(b.shape));
    return a.shape[1] > 1;
  });
  assert.equal(
    wide.map(({ shape }) => shape),
    [
      [1, 2],
      [2, 1, 2],
    ],
  );
  assert.throws(() => operands(1, { shapes: [[1.5]] }), /expected sizes that are whole numbers or letters/);
  assert.throws(() => operands(2, { shapes: [[]] }), /expected 2 shapes, got 1/);
  assert.throws(() => operands(2, { domain: [{}] }), /expected one for each tensor, got none for tensor 1/);
});

test('programs keep shapes, read as formulas, use every operation, and shrink to one operation', async () => {
  const used = new Set<string>();
  await check(
    fc.tuple(programs({ inputs: 2 }), shapes({ rank: 2 })),
    ([program, shape]) => {
      const y = program.apply(T.input(shape, 'x'), T.input(shape, 'y'));
      assert.equal(y.shape, shape);
      assert.match(program.text, /[xy]/);
      assert.is(String(program), program.text);
      for (const name of Object.keys(OPERATIONS)) if (program.text.includes(name)) used.add(name);
    },
    200,
  );
  assert.ok(used.size > 12, [...used].join(' '));
  const smallest = simplest(programs());
  assert.is(smallest.inputs, 1);
  const single = Object.entries(OPERATIONS).map(([name, { arity, text }]) => {
    const parts = Array.from({ length: arity }, () => 'x');
    return text?.(...parts) ?? `${name}(${parts.join(', ')})`;
  });
  assert.ok(single.includes(smallest.text), smallest.text);
  const mine = { ...OPERATIONS, mine: { arity: 1 as const, apply: T.neg } };
  for (const { text } of fc.sample(programs({ operations: mine, always: 'mine' }), { seed, numRuns: 50 })) {
    assert.match(text, /mine\(/);
  }
  assert.is(simplest(programs({ inputs: 2, operations: mine }), ({ text }) => text.includes('mine')).text, 'mine(x)');
  assert.throws(() => programs({ always: 'gravity' }), /expected operations, among them 'gravity'/);
  assert.throws(() => programs({ steps: 0 }), /at least one input and one step/);
});

test('crystals have the atoms that are asked for, none too close, and shrink to an atom in a cube', async () => {
  await check(crystals({ minAtoms: 2, maxAtoms: 3, elements: [29, 8], closest: 1.5 }), (crystal) => {
    const { numbers } = crystal;
    assert.ok(numbers.length >= 2 && numbers.length <= 3 && numbers.every((z) => z === 29 || z === 8));
    assert.is(neighbours(crystal, 1.5, { coincident: true }).distance.length, 0);
  });
  const { numbers, positions, cell } = simplest(crystals());
  assert.equal([[...numbers], [...positions], [...cell]], [[1], [0, 0, 0], [3, 0, 0, 0, 3, 0, 0, 0, 3]]);
  const pair = simplest(crystals({ elements: [6, 1] }), ({ numbers: z }) => z.length > 1);
  assert.equal([...pair.numbers], [6, 6]);
  assert.is(pair.cell[0], 3);
  assert.throws(() => fc.sample(crystals({ closest: 7 })), /did not fit into the cell at least 7 A from each other/);
});

test('cells are what their names say', async () => {
  await check(CELLS.upright, (cell) => assert.ok(determinant(cell) >= 27));
  await check(CELLS.tiny, (cell) => assert.ok(Math.abs(determinant(cell)) <= 2.2));
  await check(CELLS.thin, (cell) => assert.ok(Math.abs(determinant(cell)) >= 21));
  const hands = fc.sample(CELLS.any, { seed, numRuns: 50 }).map((cell) => Math.sign(determinant(cell)));
  assert.ok(hands.includes(1) && hands.includes(-1));
});

test('rotations keep lengths and hands, and shrink to quarter turns; vectors are short', async () => {
  await check(fc.tuple(rotations(), vectors(2)), ([r, v]) => {
    assert.ok(Math.abs(determinant(r) - 1) < 1e-12);
    assert.ok(Math.abs(Math.hypot(...multiply(v, r)) - Math.hypot(...v)) < 1e-12);
    assert.ok(v.every((x) => Math.abs(x) <= 2));
  });
  assert.equal([...simplest(rotations())].map(Math.abs).sort(), [0, 0, 0, 0, 0, 0, 1, 1, 1]);
  assert.equal(simplest(vectors(2)), [0, 0, 0]);
});

test('graphs have the edges within their cutoff, and batches one to three graphs', async () => {
  await check(graphs({ cutoff: 3.5 }), ({ structure, edges }) => {
    assert.equal(edges.distance, neighbours(structure, 3.5).distance);
  });
  await check(batches({ maxAtoms: 2, most: 2 }), ({ sizes }) => {
    assert.ok(sizes.structures >= 1 && sizes.structures <= 2 && sizes.atoms <= 4);
  });
  const { sizes } = simplest(batches());
  assert.equal([sizes.structures, sizes.atoms], [1, 1]);
});

test('the same seed draws the same values', () => {
  const all = fc.tuple(operands(2), crystals(), rotations(), programs().map(String));
  const draw = () => JSON.stringify(fc.sample(all, { seed: 7, numRuns: 20 }));
  assert.is(draw(), draw());
});

test.run();
