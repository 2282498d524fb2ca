/**
 * The programs of the pages. The `ts` blocks of a page, in order, are one program, and what it prints stands in its
 * comments: `// -> text` for each line, where `...` stands for anything. Words behind the language change that:
 *
 *     ```ts new                 begins another program
 *     ```ts no-run: REASON      is checked for types with the rest of the program, but not run
 *     ```ts excerpt: REASON     is a piece of something larger, neither checked nor run
 *
 * A program keeps the line numbers of its page, so that messages name the place on the page.
 */
import ts from 'typescript';
import { codeBlocks } from './markdown.ts';

export interface Expected {
  /** The line of the page. */
  readonly line: number;
  readonly text: string;
}

export interface PageProgram {
  /** The page, from the root of the repository. */
  readonly page: string;
  /** What is run. */
  readonly code: string;
  /** What is checked for types: the same with the blocks that are not run. */
  readonly checked: string;
  /** What it prints, in order. */
  readonly expected: readonly Expected[];
}

const MARK = /^(?:(new)|(no-run|excerpt): *\S.*)?$/;
const OTHER_ARROW = /\/\/ *(=>|→|>|prints?\b|output\b)/i;

/** The part of a line that is a comment; undefined if there is none outside of texts. */
function commentOf(line: string): string | undefined {
  return /^(?:[^'"`/]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|\/(?!\/))*(\/\/.*)$/.exec(line)?.[1];
}

interface Piece {
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
}

/** The code of pieces at their lines. */
function placed(pieces: readonly Piece[]): string {
  const lines: string[] = [];
  for (const { line, code } of pieces) {
    while (lines.length < line - 1) lines.push('');
    for (const text of code.replace(/\n$/, '').split('\n')) lines.push(text);
  }
  return importedOnce(`${lines.join('\n')}\nexport {};\n`);
}

/** The same program where no name is imported twice from a module, as blocks do that each say what they need. */
function importedOnce(code: string): string {
  const file = ts.createSourceFile('page.ts', code, ts.ScriptTarget.ES2022);
  const seen = new Set<string>();
  let text = '';
  let end = 0;
  for (const statement of file.statements) {
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
    if (!ts.isImportDeclaration(statement) || bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const from = statement.moduleSpecifier.getText(file);
    const fresh = bindings.elements.map((one) => one.getText(file)).filter((name) => !seen.has(`${from} ${name}`));
    for (const name of fresh) seen.add(`${from} ${name}`);
    if (fresh.length === bindings.elements.length) continue;
    const written = code.slice(statement.getStart(file), statement.end);
    const typeOnly = /^import\s+type\b/.test(written) ? 'type ' : '';
    const kept = fresh.length === 0 ? '' : `import ${typeOnly}{ ${fresh.join(', ')} } from ${from};`;
    text += code.slice(end, statement.getStart(file)) + kept + '\n'.repeat(written.split('\n').length - 1);
    end = statement.end;
  }
  return text + code.slice(end);
}

/** What is wrong with the comments of a block. */
function commentFaults(page: string, line: number, code: string): string[] {
  return code.split('\n').flatMap((text, k) => {
    const comment = commentOf(text);
    if (comment === undefined || comment.startsWith('// -> ') || comment === '// ->') return [];
    const isOther = OTHER_ARROW.test(comment) || (/\bconsole\.log\(/.test(text) && /^\/\/ *-/.test(comment));
    return isOther ? [`${page}:${line + k}: what is printed is written \`// -> text\`, not \`${comment}\``] : [];
  });
}

/** The programs of a page, and what is wrong with its blocks of code. */
export function programsOf(page: string, text: string): { programs: PageProgram[]; faults: string[] } {
  const faults: string[] = [];
  const groups: Piece[][] = [];
  let isExcerptOnly = true;
  for (const { language, mark, line, code } of codeBlocks(text)) {
    if (/^(typescript|js|javascript|mjs|mts|tsx)$/.test(language))
      faults.push(`${page}:${line}: programs are \`ts\` blocks`);
    if (language !== 'ts') continue;
    const found = MARK.exec(mark);
    if (found === null) {
      faults.push(`${page}:${line}: expected \`new\`, \`no-run: REASON\` or \`excerpt: REASON\`, not \`${mark}\``);
      continue;
    }
    const [, isNew, kind] = found;
    if (kind === 'excerpt') continue;
    faults.push(...commentFaults(page, line, code));
    if (isNew !== undefined || isExcerptOnly) groups.push([]);
    isExcerptOnly = false;
    groups.at(-1)!.push({ line, code, runs: kind === undefined });
  }
  const programs = groups.map((pieces): PageProgram => {
    const run = pieces.filter(({ runs }) => runs);
    const code = placed(run);
    const expected = code.split('\n').flatMap((text, k) => {
      const comment = commentOf(text);
      return comment?.startsWith('// ->') === true ? [{ line: k + 1, text: comment.slice(6) }] : [];
    });
    return { page, code, checked: placed(pieces), expected };
  });
  return { programs, faults };
}

/** Whether a line that was printed is the expected one, in which `...` stands for anything. */
export function matches(expected: string, printed: string): boolean {
  const parts = expected.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(printed);
}

/** Where what a program printed departs from what its page says; undefined if it does not. */
export function difference({ page, expected }: PageProgram, output: string): string | undefined {
  const printed = output === '' ? [] : output.replace(/\n$/, '').split('\n');
  for (let k = 0; k < Math.max(printed.length, expected.length); k++) {
    const [line, want] = [printed[k], expected[k]];
    if (want === undefined) return `${page}: printed \`${line}\` after all that its comments say`;
    if (line === undefined) return `${page}:${want.line}: expected \`${want.text}\`, but nothing more was printed`;
    if (!matches(want.text.trimEnd(), line.trimEnd()))
      return `${page}:${want.line}: expected \`${want.text}\`, printed \`${line}\``;
  }
  return undefined;
}
