/**
 * The interface explains itself: every value that an entry of the package exports has a docstring with an `@example`.
 *
 * The reference pages are made of these docstrings (docs/site/api.ts); `npm run docs:build` checks that each of these
 * values has its place there.
 */
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { entries } from '../docs/site/entries.ts';
import { withSlashes } from '../files/slashes.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** How many values of an entry still lack an example. These numbers may only shrink; an entry without one has none. */
const MISSING: Readonly<Record<string, number>> = {
  lattigrad: 78,
};

/** A program of all entries, with more files of these texts. */
function programOf(names: readonly string[], texts: ReadonlyMap<string, string> = new Map()): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.getSourceFile = (name, target) =>
    texts.has(name) ? ts.createSourceFile(name, texts.get(name)!, target) : getSourceFile(name, target);
  return ts.createProgram([...names], options, host);
}

interface Exported {
  readonly name: string;
  /** Its place: file and line. */
  readonly place: string;
  readonly isExplained: boolean;
}

/** The values that a module exports, those that it passes on included. */
function valuesOf(program: ts.Program, path: string): Exported[] {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!);
  return checker.getExportsOfModule(module!).flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target.declarations?.[0];
    if ((target.flags & ts.SymbolFlags.Value) === 0 || declaration === undefined) return [];
    const file = declaration.getSourceFile();
    const line = file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
    const says = target.getDocumentationComment(checker).length > 0;
    const example = target.getJsDocTags(checker).some(({ name, text }) => name === 'example' && text !== undefined);
    const place = `${withSlashes(relative(root, file.fileName))}:${line}`;
    return [{ name: symbol.name, place, isExplained: says && example }];
  });
}

const explained = '/** Adds.\n * @example\n * add(1, 2)\n */\n';

test('what lacks an example is found, also where it is passed on', () => {
  const [a, b] = ['a.ts', 'b.ts'].map((name) => join(root, name));
  const program = programOf(
    [a, b],
    new Map([
      [a, `${explained}export const add = (x: number) => x;\n/** Only words. */\nexport function sub(): void {}\n`],
      [
        b,
        "/** A type needs none. */\nexport type T = number;\nexport class Bare {}\nexport { add as plus, sub } from './a.ts';\n",
      ],
    ]),
  );
  const found = Object.fromEntries(valuesOf(program, b).map(({ name, isExplained }) => [name, isExplained]));
  assert.equal(found, { Bare: false, plus: true, sub: false });
});

const all = entries();
const program = programOf(all.map(({ file }) => join(root, file)));

for (const { name, file } of all) {
  test(`values of ${name} have docstrings with examples`, () => {
    const values = valuesOf(program, join(root, file));
    assert.ok(values.length > 0, `${file} exports nothing`);
    const bare = values.filter(({ isExplained }) => !isExplained);
    const allowed = MISSING[name] ?? 0;
    if (bare.length < allowed) console.log(`MISSING of ${name} can go down to ${bare.length}`);
    const list = bare.map((one) => `${one.place} ${one.name}`).join('\n  ');
    assert.ok(
      bare.length <= allowed,
      `${bare.length} of ${values.length} lack a docstring with an @example:\n  ${list}`,
    );
  });
}

test.run();
