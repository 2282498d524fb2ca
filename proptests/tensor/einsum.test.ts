/** einsum against its definition: a sum over the values of all letters, written as one loop in float64. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients } from '../../autograd/index.ts';
import { cpuEngine, dimension, einsum, input, printText, type Tensor } from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { close, drawer, size } from './support.ts';

interface Case {
  readonly formula: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** The letter that is a named dimension, if there is one. */
  readonly named: string | undefined;
  readonly data: readonly (readonly number[])[];
}

const wordsOf = (formula: string) => {
  const [left, right] = formula.split('->') as [string, string];
  return { words: left.split(','), result: right };
};

/** The definition: every entry of the result is the sum of products over all values of the letters that it lacks. */
function defined({ formula, sizes, data }: Case): number[] {
  const { words, result } = wordsOf(formula);
  const summed = [...new Set(words.join(''))].filter((letter) => !result.includes(letter));
  const place = (word: string, at: Record<string, number>) => [...word].reduce((k, l) => k * sizes[l] + at[l], 0);
  const each = (letters: readonly string[], at: Record<string, number>, visit: () => void): void => {
    const [letter, ...rest] = letters;
    if (letter === undefined) visit();
    else for (at[letter] = 0; at[letter] < sizes[letter]; at[letter]++) each(rest, at, visit);
  };
  const out: number[] = [];
  const at: Record<string, number> = {};
  each([...result], at, () => {
    let total = 0;
    each(summed, at, () => {
      total += words.reduce((product, word, k) => product * data[k][place(word, at)], 1);
    });
    out.push(total);
  });
  return out;
}

/** Operands of a case as placeholders, and what to feed them. */
function placeholders({ formula, sizes, named, data }: Case) {
  const size = (letter: string) => (letter === named ? dimension('rows') : sizes[letter]);
  const inputs = wordsOf(formula).words.map((word, k) => input([...word].map(size), `operand ${k}`));
  return { inputs, feeds: new Map(inputs.map((x, k) => [x, data[k]])) };
}

/** One to four operands of up to three letters; with `named`, the letter n is a named dimension and comes first. */
const cases = (named: boolean): fc.Arbitrary<Case> =>
  fc.integer().map((seed) => {
    const draw = drawer(seed);
    const letters = [...'abcde'];
    const sizes = Object.fromEntries([...letters, 'n'].map((letter) => [letter, draw.integer(1, 4)]));
    const words = Array.from({ length: draw.integer(1, 4) }, () => {
      const word = Array.from({ length: draw.integer(0, 3) }, () => letters[draw.integer(0, 4)]).join('');
      return named && draw.integer(0, 1) === 1 ? `n${word}` : word;
    });
    const used = [...new Set(words.join(''))].sort(() => draw.integer(0, 1) - 0.5);
    const kept = used.filter(() => draw.integer(0, 2) > 0);
    const result = [...kept.filter((l) => l === 'n'), ...kept.filter((l) => l !== 'n')].join('');
    return {
      formula: `${words.join(',')}->${result}`,
      sizes,
      named: named ? 'n' : undefined,
      data: words.map((word) => draw.reals(size([...word].map((letter) => sizes[letter])), -1, 1)),
    };
  });

for (const named of [false, true]) {
  const how = named ? 'with a named dimension' : 'with sizes that are numbers';
  test(`einsum is the sum of products, ${how}`, () =>
    check(
      cases(named),
      async (made) => {
        const { inputs, feeds } = placeholders(made);
        const expected = defined(made);
        const y = einsum(made.formula, ...inputs);
        for (const [engine, tolerance] of [
          [undefined, 1e-13],
          [cpuEngine({ precision: 'f64' }), 1e-13],
          [cpuEngine(), 1e-5],
        ] as const) {
          const [found] = await run([y], { feeds, ...(engine && { engine }) });
          close(found, expected, tolerance, `${made.formula} ${JSON.stringify(made.sizes)}`, 1);
        }
      },
      60,
    ));
}

test('derivatives to the second order are those of differences', () =>
  check(
    cases(false),
    async (made) => {
      const args = placeholders(made).inputs.map((x, k) => ({ shape: x.shape as number[], data: made.data[k] }));
      await checkGradients((...x) => einsum(made.formula, ...x), args, { order: 2 });
    },
    8,
  ));

/** How often each operation of these occurs in the graph. */
function countOf(y: Tensor, ...operations: string[]): number[] {
  const lines = printText([y]).split('\n');
  return operations.map((name) => lines.filter((line) => new RegExp(` = ${name}\\b`).test(line)).length);
}

test('what is a matrix product becomes one, whatever the layout, without a broadcast product', () => {
  const rows = dimension('rows');
  const sizes: Record<string, number | typeof rows> = { i: 2, j: 3, k: 4, l: 5, n: rows };
  const made = (formula: string): Tensor =>
    einsum(
      formula,
      ...wordsOf(formula).words.map((word) =>
        input(
          [...word].map((letter) => sizes[letter]),
          word,
        ),
      ),
    );
  const plain = [
    'ij,jk->ik',
    'ij,kj->ik',
    'ijk,jkl->il',
    'ijk,ljk->il',
    'nj,jk->nk',
    'jk,nj->nk',
    'ij,j->i',
    'nij,ij->n',
  ];
  for (const formula of plain) {
    assert.equal(countOf(made(formula), 'matmul', 'permute', 'mul', 'sum'), [1, 0, 0, 0], formula);
  }
  for (const formula of ['ji,jk->ik', 'ni,nk->ik', 'nij,nik->jk', 'j,ji->i', 'n,nk->k']) {
    const y = made(formula);
    assert.is(countOf(y, 'matmulTN', 'matmul')[0], 1, formula);
    assert.equal(countOf(y, 'mul', 'sum'), [0, 0], formula);
  }
  for (const formula of ['ij,jk->ki', 'ji,kj->ik', 'ijk,lj->ikl']) {
    assert.equal(countOf(made(formula), 'matmul', 'mul', 'sum'), [1, 0, 0], formula);
  }
  // A chain is contracted from its thin end: a matrix times a vector, twice.
  const chain = made('ij,jk,k->i');
  assert.equal(countOf(chain, 'matmul', 'mul'), [2, 0]);
  assert.not.match(printText([chain]), /matmul.*\[2, 4\]/);
});

test('operands may be numbers, and spaces and case are letters of style', async () => {
  const x = input([2, 3], 'x');
  const feeds = new Map([[x, [1, 2, 3, 4, 5, 6]]]);
  const outputs = [einsum(', Ab -> bA', 2, x), einsum('ij->ji', x), einsum('ij->', x), einsum(',->', 3, 4)];
  const found = await run(outputs, { feeds });
  assert.equal(
    found.map((values) => [...values]),
    [[2, 8, 4, 10, 6, 12], [1, 4, 2, 5, 3, 6], [21], [12]],
  );
});

test('an empty sum is 0, and the diagonal of nothing is nothing', async () => {
  const [a, b, c] = [input([2, 0], 'a'), input([0, 3], 'b'), input([0, 0], 'c')];
  const feeds = new Map([a, b, c].map((x) => [x, []]));
  const found = await run([einsum('ij,jk->ik', a, b), einsum('ii->i', c), einsum('ii->', c)], { feeds });
  assert.equal(
    found.map((values) => [...values]),
    [[0, 0, 0, 0, 0, 0], [], [0]],
  );
});

test('what is wrong with a formula or its operands is said with letter, operand and sizes', () => {
  const [a, b] = [input([2, 3], 'a'), input([4, 5], 'b')];
  const refused = (formula: string, operands: Tensor[], message: RegExp | string) =>
    assert.throws(() => einsum(formula, ...operands), message);
  refused('ij,jk->ik', [a, b], "einsum 'ij,jk->ik': j is 3 in operand 0 [2, 3] and 4 in operand 1 [4, 5].");
  refused('ii->i', [a], /i is 2 in operand 0 \[2, 3\] and 3 in operand 0/);
  refused('ij,jk', [a, b], /expected one arrow/);
  refused('ij->ik', [a], /no operand has the letter k of the result/);
  refused('ij->ii', [a], /the letter i stands twice in the result/);
  refused('...j->j', [a], /there is no ellipsis here/);
  refused('ij->i', [a, b], /the formula has 1 operands, given are 2/);
  refused('ijk->i', [a], /operand 0, 'a' \[2, 3\], has 2 axes, 'ijk' has 3 letters/);
  refused('i1->i', [a], /expected letters, .*got '1'/);
  const [atoms, edges] = [input([dimension('atoms'), 3], 'atoms'), input([dimension('edges'), 3], 'edges')];
  refused('ai,ei->ae', [atoms, edges], /e is the named dimension 'edges', and only a first axis can be named/);
  // Both may occur, as long as no product has both: here each is summed with its like.
  assert.equal(einsum('ai,ei,ak,ek->ik', atoms, edges, atoms, edges).shape, [3, 3]);
});

test.run();
