/**
 * The examples of docstrings work: their types are right, they run, and give the values that their comments say.
 *
 * How they are written: CONTRIBUTING.md, "The site".
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { entries, ROOT } from '../docs/site/entries.ts';
import { matches } from '../docs/site/programs.ts';
import { dimension, input, tensor } from '../tensor/index.ts';
import { type ExampleProgram, exampleProgram, type Importable, SHOWS } from './support/example-programs.ts';
import { namesOf, programOf, valuesOf } from './support/exported.ts';
import { shown } from './support/shown.ts';
import { runIn, typeFaultsIn, workshop } from './support/workshop.ts';

test('an example becomes a program with the imports that it needs', () => {
  const importable: Importable = [
    ['lattigrad/nn', new Map([['layer', { isValue: true }]])],
    [
      'lattigrad',
      new Map(['input', 'layer', 'sin', 'Tensor', 'x'].map((name) => [name, { isValue: name !== 'Tensor' }])),
    ],
  ];
  const made = exampleProgram(
    [
      "import { join } from 'node:path';",
      'const x: Tensor = input([3]); // no value',
      'layer(x).sin({ input: 1 });  // [0, 1 // 2]',
      'await layer(x)  // 3',
      '// words',
    ].join('\n'),
    importable,
  );
  const imports = "import { type Tensor, input } from 'lattigrad'; import { layer } from 'lattigrad/nn';";
  assert.is(made.checked.split('\n')[0], imports);
  assert.equal(made.expected, ['[0, 1 // 2]', '3']);
  assert.match(made.run, `\nawait ${SHOWS}(0, layer(x).sin({ input: 1 }));  // [0, 1 // 2]\n`);
  assert.match(made.run, `\nawait ${SHOWS}(1, await layer(x));  // 3\n// words\n`);
  assert.ok(made.runs);
  assert.not(exampleProgram('// no-run: needs a GPU\ngpu();', []).runs);
});

test('values are shown in one line', async () => {
  const cases: [unknown, string][] = [
    [tensor([0, 1]).sin(), '[0, 0.841471]'],
    [tensor([[1, 2]]).value(), '[[1, 2]]'],
    [input([dimension('atoms'), 3], 'x').sin(), 'tensor [atoms, 3] = sin(x)'],
    [input([dimension('atoms'), 3], 'x').shape, '[atoms, 3]'],
    [1 / 3, '0.333333'],
    [[1 / 3, ['a', undefined]], '[0.333333, [a, undefined]]'],
    [Int32Array.of(1, 2), '[1, 2]'],
    [{ a: Float64Array.of(0.5), b: { c: true } }, '{ a: [0.5], b: { c: true } }'],
    ['two\n  lines', 'two lines'],
    [new Error('why'), 'Error: why'],
  ];
  for (const [value, text] of cases) assert.is(await shown(value), text);
});

interface Found extends ExampleProgram {
  readonly entry: string;
  /** Place and name, for messages. */
  readonly title: string;
}

/** The examples of all entries, each once. */
function examples(): Found[] {
  const all = entries();
  const program = programOf(all.map(({ file }) => join(ROOT, file)));
  const names: Importable = all.map(({ name, file }) => [name, namesOf(program, join(ROOT, file))]);
  const seen = new Set<string>();
  return all.flatMap(({ name: entry, file }) => {
    // Names of its own entry first, then those of the others in the order of their table.
    const importable = [...names.filter(([name]) => name === entry), ...names.filter(([name]) => name !== entry)];
    return valuesOf(program, join(ROOT, file)).flatMap(({ name, examples }) =>
      examples
        .filter(({ place }) => !seen.has(place) && seen.add(place))
        .map(({ place, text }) => ({ ...exampleProgram(text, importable), entry, title: `${place} ${name}` })),
    );
  });
}

/** What is wrong with an example. */
interface Fault {
  readonly example: Found;
  readonly text: string;
}

/** Fails with all that is wrong. */
function expectNone(faults: readonly Fault[], law: string): void {
  const list = faults.map(({ example, text }) => `${example.title}${text}`).join('\n  ');
  assert.is(faults.length, 0, `${law}:\n  ${list}`);
}

const found = examples();
const fileOf = (k: number): string => `example-${k}.ts`;

/** Does something in a folder from which programs import the package, and removes it. */
async function inWorkshop(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = workshop();
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the examples of docstrings have right types', () =>
  inWorkshop(async (folder) => {
    assert.ok(found.length > 100);
    for (const [k, { checked }] of found.entries()) writeFileSync(join(folder, fileOf(k)), checked);
    const faults = await typeFaultsIn(folder);
    expectNone(
      faults.map((line) => {
        const [, k, row, text] = /^example-(\d+)\.ts\((\d+),\d+\)(.*)/.exec(line) ?? [];
        assert.ok(k !== undefined, line);
        return { example: found[Number(k)], text: `, line ${Number(row) - 1}${text}` };
      }),
      'Types of the examples',
    );
  }));

/** What a program of examples writes down: for each, the values that it showed, or why it failed. */
type Outcome = Readonly<Record<number, { readonly shown: readonly string[]; readonly fault?: string }>>;

/** A program that runs examples, one after the other, and writes down what they showed. */
const programFor = (numbers: readonly number[]): string => `
  import { writeFileSync } from 'node:fs';
  import { shown } from ${JSON.stringify(join(ROOT, 'proptests/support/shown.ts'))};
  const outcome = {};
  for (const k of ${JSON.stringify(numbers)}) {
    const texts = [];
    globalThis.${SHOWS} = async (at, value) => { texts[at] = await shown(value); };
    outcome[k] = { shown: texts };
    try {
      await import(\`./example-\${k}.ts\`);
    } catch (error) {
      outcome[k].fault = String(error?.stack ?? error).split('\\n').slice(0, 3).join(' ');
    }
  }
  writeFileSync('outcome.json', JSON.stringify(outcome));
  process.exit(0);
`;

for (const { name } of entries()) {
  const numbers = [...found.keys()].filter((k) => found[k].entry === name && found[k].runs);
  if (numbers.length === 0) continue;
  test(`the examples of ${name} run, and give what they say`, () =>
    inWorkshop(async (folder) => {
      mkdirSync(join(folder, 'run'));
      for (const k of numbers) writeFileSync(join(folder, 'run', fileOf(k)), found[k].run);
      writeFileSync(join(folder, 'run/all.ts'), programFor(numbers));
      const { stderr } = await runIn(folder, 'run/all.ts');
      const file = join(folder, 'outcome.json');
      assert.ok(existsSync(file), `The examples did not come to their end: ${stderr}`);
      const outcome = JSON.parse(readFileSync(file, 'utf8')) as Outcome;
      const faults = numbers.flatMap((k) => {
        const { shown, fault } = outcome[k];
        const example = found[k];
        if (fault !== undefined) return [{ example, text: `: ${fault}` }];
        return example.expected.flatMap((text, at) =>
          matches(text.replace(/\s+/g, ' '), shown[at])
            ? []
            : [{ example, text: `: expected \`${text}\`, got \`${shown[at]}\`` }],
        );
      });
      expectNone(faults, 'Examples');
    }));
}

test.run();
