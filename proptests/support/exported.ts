/** What entries of the package export, with the docstrings of it. */
import { join, relative } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../docs/site/entries.ts';
import { withSlashes } from '../../files/slashes.ts';

/** A program of these files, some of which may be texts. */
export function programOf(names: readonly string[], texts: ReadonlyMap<string, string> = new Map()): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.getSourceFile = (name, target) =>
    texts.has(name) ? ts.createSourceFile(name, texts.get(name)!, target) : getSourceFile(name, target);
  return ts.createProgram([...names], options, host);
}

/** The code of an `@example`, and where that stands: file and line. */
export interface Example {
  readonly place: string;
  readonly text: string;
}

export interface Exported {
  readonly name: string;
  /** Its place: file and line. */
  readonly place: string;
  /** Whether it has a docstring with an example. */
  readonly isExplained: boolean;
  readonly examples: readonly Example[];
}

const placeOf = (node: ts.Node): string => {
  const file = node.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  return `${withSlashes(relative(ROOT, file.fileName))}:${line}`;
};

/** Where the docstring of a declaration stands: before it, or before the statement `export * as name` that makes it. */
const documented = (declaration: ts.Declaration): ts.Node =>
  ts.isNamespaceExport(declaration) ? declaration.parent : declaration;

const textOf = (comment: ts.JSDoc['comment']): string => (ts.getTextOfJSDocComment(comment) ?? '').trim();

/** The values that a module exports, those that it passes on included. */
export function valuesOf(program: ts.Program, path: string): Exported[] {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!);
  return checker.getExportsOfModule(module!).flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if ((target.flags & ts.SymbolFlags.Value) === 0 || target.declarations === undefined) return [];
    const spaces = symbol.declarations?.filter(ts.isNamespaceExport) ?? [];
    const nodes = (spaces.length > 0 ? spaces : target.declarations).map(documented);
    const parts = nodes.flatMap((node) => ts.getJSDocCommentsAndTags(node));
    const comments = [...new Set(parts.filter(ts.isJSDoc))];
    const examples = comments
      .flatMap(({ tags = [] }) => tags)
      .filter(({ tagName }) => tagName.text === 'example')
      .map((tag) => ({ place: placeOf(tag), text: textOf(tag.comment) }))
      .filter(({ text }) => text !== '');
    const isExplained = examples.length > 0 && comments.some(({ comment }) => textOf(comment) !== '');
    return [{ name: symbol.name, place: placeOf(nodes[0]), isExplained, examples }];
  });
}

/** The names that a module exports, those of types included, and whether they name values. */
export function namesOf(program: ts.Program, path: string): Map<string, { readonly isValue: boolean }> {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!);
  return new Map(
    checker.getExportsOfModule(module!).map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [symbol.name, { isValue: (target.flags & ts.SymbolFlags.Value) !== 0 }];
    }),
  );
}
