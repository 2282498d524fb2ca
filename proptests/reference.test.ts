/**
 * The interface explains itself: every value that an entry of the package exports has a docstring with an `@example`.
 *
 * The reference pages are made of these docstrings (docs/site/api.ts); `npm run docs:build` checks that each of these
 * values has its place there.
 */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { entries, ROOT } from '../docs/site/entries.ts';
import { programOf, valuesOf } from './support/exported.ts';

const explained = '/** Adds.\n * @example\n * add(1, 2)\n */\n';

test('what lacks an example is found, also where it is passed on', () => {
  const [a, b] = ['a.ts', 'b.ts'].map((name) => join(ROOT, name));
  const program = programOf(
    [a, b],
    new Map([
      [a, `${explained}export const add = (x: number) => x;\n/** Only words. */\nexport function sub(): void {}\n`],
      [
        b,
        "/** A type needs none. */\nexport type T = number;\nexport class Bare {}\nexport { add as plus, sub } from './a.ts';\n" +
          "/** All. @example space.add(1, 2) */\nexport * as space from './a.ts';\n",
      ],
    ]),
  );
  const values = valuesOf(program, b);
  const found = Object.fromEntries(values.map(({ name, isExplained }) => [name, isExplained]));
  assert.equal(found, { Bare: false, plus: true, space: true, sub: false });
  const examples = values.flatMap(({ examples }) => examples);
  assert.equal(examples, [
    { place: 'a.ts:2', text: 'add(1, 2)' },
    { place: 'b.ts:5', text: 'space.add(1, 2)' },
  ]);
});

const all = entries();
const program = programOf(all.map(({ file }) => join(ROOT, file)));

for (const { name, file } of all) {
  test(`values of ${name} have docstrings with examples`, () => {
    const values = valuesOf(program, join(ROOT, file));
    assert.ok(values.length > 0, `${file} exports nothing`);
    const bare = values.filter(({ isExplained }) => !isExplained);
    const list = bare.map((one) => `${one.place} ${one.name}`).join('\n  ');
    assert.is(bare.length, 0, `${bare.length} of ${values.length} lack a docstring with an @example:\n  ${list}`);
  });
}

test.run();
