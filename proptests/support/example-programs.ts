/**
 * Programs of the examples in docstrings: each is a module of its own, after imports of the exported names that it uses.
 *
 * `expression; // value` at its outermost level says what the expression gives; how, CONTRIBUTING.md says.
 */
import ts from 'typescript';

/** What examples may import: the names that each entry exports, in the order in which they are looked for. */
export type Importable = readonly (readonly [
  entry: string,
  names: ReadonlyMap<string, { readonly isValue: boolean }>,
])[];

export interface ExampleProgram {
  /** What is checked for types. */
  readonly checked: string;
  /** What is run: it calls `shows(k, value)` with the value of the k-th comment. */
  readonly run: string;
  /** Whether it is run. */
  readonly runs: boolean;
  /** The texts of the comments that say values. */
  readonly expected: readonly string[];
}

/** The name of the function to which a program gives its values. */
export const SHOWS = '__shows';

/** Identifiers of a file that may mean something outside of it; names after a dot and before a colon do not. */
function usedIn(file: ts.SourceFile): Set<string> {
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    const { parent } = node;
    if (ts.isIdentifier(node)) {
      const isName = (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node;
      if (!isName) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return used;
}

/** Names that the outermost level of a file declares or imports. */
function declaredIn(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) bind(name);
    else if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) bind(name);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) bind(namedBindings.name);
      if (namedBindings && ts.isNamedImports(namedBindings)) for (const { name } of namedBindings.elements) bind(name);
    } else if ('name' in statement && ts.isIdentifier(statement.name as ts.Node))
      names.add((statement.name as ts.Identifier).text);
  }
  return names;
}

/** The statements that import what a file uses and does not declare. */
function importsOf(file: ts.SourceFile, importable: Importable): string {
  const declared = declaredIn(file);
  const used = usedIn(file);
  const from = new Map<string, string[]>();
  for (const name of used) {
    const found = declared.has(name) ? undefined : importable.find(([, names]) => names.has(name));
    if (found === undefined) continue;
    const [entry, names] = found;
    from.set(entry, [...(from.get(entry) ?? []), names.get(name)!.isValue ? name : `type ${name}`]);
  }
  // fast-check, beside which lattigrad/testing is used, has this name in all its own documentation.
  const fastCheck = used.has('fc') && !declared.has('fc') ? ["import fc from 'fast-check';"] : [];
  const lines = [...from].map(([entry, names]) => `import { ${names.join(', ')} } from '${entry}';`);
  return [...fastCheck, ...lines].join(' ');
}

/** The program of an example. */
export function exampleProgram(text: string, importable: Importable): ExampleProgram {
  const code = text.replace(/^```\w*$/gm, '').trim();
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const imports = importsOf(file, importable);
  const expected: string[] = [];
  let run = '';
  let end = 0;
  for (const statement of file.statements) {
    if (!ts.isExpressionStatement(statement)) continue;
    const comment = /^[ \t]*\/\/ ?(.*)/.exec(code.slice(statement.end))?.[1];
    if (comment === undefined) continue;
    const value = statement.expression.getText(file);
    run += `${code.slice(end, statement.getStart(file))}await ${SHOWS}(${expected.length}, ${value});`;
    end = statement.end;
    expected.push(comment.trim());
  }
  const whole = (body: string) => `${imports}\n${body}\nexport {};\n`;
  return {
    checked: whole(code),
    run: whole(run + code.slice(end)),
    runs: !/^\/\/ no-run\b/.test(code),
    expected,
  };
}
