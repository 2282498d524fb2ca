/**
 * No assertion without effect: an exclamation mark behind what cannot be null or undefined, and a cast to the type that a
 * value has already, tell readers of a danger that is not there.
 *
 * List elements count as present here (`noUncheckedIndexedAccess` is off), so `list[k]!` is one of them.
 */
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Types of all files that tsconfig.json names, with more files of these texts. */
function programOf(texts: ReadonlyMap<string, string> = new Map()): ts.Program {
  const config = ts.getParsedCommandLineOfConfigFile(`${root}/tsconfig.json`, {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (found) => assert.unreachable(String(found.messageText)),
  } as ts.ParseConfigFileHost)!;
  const host = ts.createCompilerHost(config.options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, options) =>
    texts.has(name) ? ts.createSourceFile(name, texts.get(name)!, options) : getSourceFile(name, options);
  return ts.createProgram(texts.size > 0 ? [...texts.keys()] : config.fileNames, config.options, host);
}

/** Places of assertions without effect in a file. */
function idle(file: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isNonNullExpression(node)) {
      const type = checker.getTypeAtLocation(node.expression);
      const isOpen = (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) !== 0;
      if (!isOpen && checker.getNonNullableType(type) === type) found.push(node.getText(file));
    } else if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) {
      const [from, to] = [checker.getTypeAtLocation(node.expression), checker.getTypeAtLocation(node.type)];
      const isLiteral = ts.isObjectLiteralExpression(node.expression) || ts.isArrayLiteralExpression(node.expression);
      if (from === to && !isLiteral && (from.flags & ts.TypeFlags.Any) === 0) found.push(node.getText(file));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.map((text) => `${relative(root, file.fileName)}: ${text.slice(0, 80)}`);
}

test('assertions without effect are found, others are not', () => {
  const text = `
    declare const list: number[];
    declare const maybe: number | undefined;
    export const all = [list[0]!, maybe!, list.length as number, maybe as number, 3 as const];
  `;
  const program = programOf(new Map([['/probe.ts', text]]));
  const found = idle(program.getSourceFile('/probe.ts')!, program.getTypeChecker());
  assert.equal(
    found.map((place) => place.replace(/^.*: /, '')),
    ['list[0]!', 'list.length as number'],
  );
});

test('no assertion is without effect', () => {
  const program = programOf();
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter(({ fileName: name, isDeclarationFile }) => {
    return !isDeclarationFile && name.startsWith(`${root}/`) && !name.includes('/node_modules/');
  });
  assert.ok(files.length > 300);
  const found = files.flatMap((file) => idle(file, checker));
  assert.is(found.length, 0, `Leave these out:\n  ${found.join('\n  ')}`);
});

test.run();
