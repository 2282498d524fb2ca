/**
 * Sources of the repository as JavaScript and declarations, by their paths with `/`, kept in memory: `nn/index.ts` gives
 * `nn/index.js` and `nn/index.d.ts`.
 */
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { withSlashes } from '../files/slashes.ts';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Contents by path. */
export type Files = Map<string, string>;

/** Compiles files below some folders and single files; throws with the compiler's words where a type is wrong. */
export function compiled(sources: readonly string[]): Files {
  const read = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const config = { ...read.config, include: sources, compilerOptions: read.config.compilerOptions };
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const files: Files = new Map();
  const program = ts.createProgram(fileNames, {
    ...options,
    noEmit: false,
    declaration: true,
    rootDir: ROOT,
    outDir: ROOT,
  });
  const { diagnostics } = program.emit(undefined, (path, text) => {
    files.set(withSlashes(relative(ROOT, path)), path.endsWith('.js') ? withoutComments(path, text) : text);
  });
  const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (faults.length > 0) {
    const host = { getCanonicalFileName: String, getCurrentDirectory: () => ROOT, getNewLine: () => '\n' };
    throw new Error(`The sources do not compile:\n${ts.formatDiagnostics(faults, host)}`);
  }
  return files;
}

/** JavaScript without comments: editors show those of the declarations, which keep them. */
const withoutComments = (path: string, text: string): string =>
  ts.createPrinter({ removeComments: true }).printFile(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));

/** Every place of a JavaScript or declaration text that names a module, replaced by what `rename` makes of the name. */
export function renameModules(path: string, text: string, rename: (module: string) => string): string {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: ts.StringLiteral[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
            ? node.arguments[0]
            : undefined;
    if (named && ts.isStringLiteral(named)) found.push(named);
    ts.forEachChild(node, visit);
  };
  visit(source);
  // From the last to the first, so that places stay where they are.
  return found.reduceRight(
    (all, name) => `${all.slice(0, name.getStart() + 1)}${rename(name.text)}${all.slice(name.getEnd() - 1)}`,
    text,
  );
}

/** The modules that a text names, in its order. */
export function modulesOf(path: string, text: string): string[] {
  const names: string[] = [];
  renameModules(path, text, (name) => {
    names.unshift(name);
    return name;
  });
  return names;
}

/** The file that a relative module name means, seen from a file; undefined for packages and modules of Node. */
export const targetOf = (from: string, module: string): string | undefined =>
  module.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), module)) : undefined;

/** The package that a module belongs to: `zod`, `@resvg/resvg-js`; undefined for files and modules of Node. */
export function packageOf(module: string): string | undefined {
  if (module.startsWith('.') || module.startsWith('node:')) return undefined;
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}
