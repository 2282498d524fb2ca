/** Which files do something when they are imported, as far as that can be seen in their text. */
import ts from 'typescript';
import type { Files } from './compile.ts';

/** Statements that only say what there is: imports, exports, functions, classes, constants. */
const isDefinition = (statement: ts.Statement): boolean =>
  ts.isImportDeclaration(statement) ||
  ts.isExportDeclaration(statement) ||
  ts.isExportAssignment(statement) ||
  ts.isFunctionDeclaration(statement) ||
  ts.isClassDeclaration(statement) ||
  ts.isVariableStatement(statement) ||
  ts.isEmptyStatement(statement);

/** `import './methods.js'`: for what the file does, not for what it exports. */
const isForEffect = (statement: ts.Statement): boolean =>
  ts.isImportDeclaration(statement) && statement.importClause === undefined;

/**
 * JavaScript files with a statement that does something, or that import another for what it does. An initial value of a
 * constant counts as nothing done: nobody misses a constant that nobody uses.
 */
export const filesWithEffects = (files: Files): string[] =>
  [...files]
    .filter(([path]) => path.endsWith('.js'))
    .filter(([path, text]) =>
      ts
        .createSourceFile(path, text, ts.ScriptTarget.Latest)
        .statements.some((statement) => !isDefinition(statement) || isForEffect(statement)),
    )
    .map(([path]) => path)
    .sort();
