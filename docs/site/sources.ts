/**
 * The sources as pages to read: a page for each file, with numbered lines that can be linked to, imports that lead to
 * the files that they name, and a page for each folder with the first sentence of each of its files.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ROOT } from './entries.ts';
import { BASE, PUBLIC } from './places.ts';

const SKIPPED = /^(\.|node_modules$|dist$|runs$|study$|generated$|public$|trained$)/;
const TEXT = /\.(ts|mts|js|json|css|html|sh|md|yml|csv|cff)$/;
const LARGEST = 200_000;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const KEYWORDS = new Set(
  `abstract as async await break case catch class const continue default delete do else export extends false finally for
  from function if implements import in instanceof interface is keyof let new null of private readonly return satisfies
  static super switch this throw true try type typeof undefined void while yield`.split(/\s+/),
);
const TOKEN = /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)|('(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|([A-Za-z_$][\w$]*)/g;

/** TypeScript as HTML: comments, texts and keywords are told apart, and names of imported files are links. */
function highlighted(code: string, path: string): string {
  let html = '';
  let end = 0;
  for (const token of code.matchAll(TOKEN)) {
    const [text, comment, string, word] = token;
    html += escaped(code.slice(end, token.index));
    end = token.index + text.length;
    const file = string === undefined ? undefined : /^'(\.{1,2}\/.*\.ts)'$/.exec(string)?.[1];
    const target = file === undefined ? '' : posix.join(posix.dirname(path), file);
    if (file !== undefined && existsSync(join(ROOT, target))) {
      html += `<a href="${BASE}source/${target}.html">${escaped(text)}</a>`;
    } else if (comment !== undefined || string !== undefined) {
      const kind = comment === undefined ? 's' : 'c';
      html += text
        .split('\n')
        .map((line) => `<i class="${kind}">${escaped(line)}</i>`)
        .join('\n');
    } else html += word !== undefined && KEYWORDS.has(word) ? `<b>${word}</b>` : escaped(text);
  }
  return html + escaped(code.slice(end));
}

const STYLE = `
:root { color-scheme: light dark; --text: #23272e; --back: #fff; --faint: #8a919c; --comment: #57606c; --accent: #0f6674; --soft: #f5f6f7; }
@media (prefers-color-scheme: dark) {
  :root { --text: #d9dde3; --back: #17191d; --faint: #7d8590; --comment: #a3acb8; --accent: #6cc3d1; --soft: #1f2227; } }
body { margin: 0; color: var(--text); background: var(--back); font: 15px/1.6 system-ui, sans-serif; }
header { padding: 12px 20px; background: var(--soft); }
main { padding: 8px 20px 60px; overflow-x: auto; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
pre { margin: 0; font: 13px/1.55 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; tab-size: 2; }
pre span { display: block; min-height: 1.55em; padding-left: 4.5em; }
pre span::before { content: attr(data-n); float: left; width: 3em; margin-left: -4.5em; text-align: right; color: var(--faint); }
pre span:target { background: var(--soft); }
i { font-style: normal; } .c { color: var(--comment); } .s { color: var(--accent); } b { font-weight: 600; }
td { padding: 2px 16px 2px 0; vertical-align: top; } td:first-child { white-space: nowrap; }
`;

/** The way from the root to a path, each folder a link. */
function trail(path: string): string {
  const parts = path === '' ? [] : path.split('/');
  const links = parts.slice(0, -1).map((part, k) => {
    const folder = parts.slice(0, k + 1).join('/');
    return SKIPPED.test(parts[0]) ? escaped(part) : `<a href="${BASE}source/${folder}/index.html">${escaped(part)}</a>`;
  });
  const last = parts.length > 0 ? [escaped(parts.at(-1)!)] : [];
  return [`<a href="${BASE}">lattigrad</a>`, `<a href="${BASE}source/index.html">source</a>`, ...links, ...last].join(
    ' / ',
  );
}

function writePage(name: string, path: string, body: string): void {
  const file = join(PUBLIC, 'source', name);
  mkdirSync(dirname(file), { recursive: true });
  const title = path === '' ? 'source' : path;
  writeFileSync(
    file,
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>${escaped(title)} | lattigrad</title><link rel="stylesheet" href="${BASE}source.css">` +
      `<header>${trail(path)}</header><main>${body}</main></html>\n`,
  );
}

function writeFilePage(path: string): void {
  const code = readFileSync(join(ROOT, path), 'utf8');
  const html = /\.(ts|mts|js)$/.test(path) ? highlighted(code, path) : escaped(code);
  const lines = html.replace(/\n$/, '').split('\n');
  const numbered = lines.map((line, k) => `<span id="L${k + 1}" data-n="${k + 1}">${line}</span>`);
  writePage(`${path}.html`, path, `<pre>${numbered.join('')}</pre>`);
}

/** The first sentence of the comment with which a file begins. */
function says(path: string): string {
  const comment = /^(?:#![^\n]*\n)?\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1] ?? '';
  const text = comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return /^.*?[.:](?= |$)/.exec(text)?.[0] ?? text;
}

/** Writes pages of a folder and of all below it; returns whether there was anything to show. */
function writeFolder(folder: string): boolean {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter(({ name }) => !SKIPPED.test(name));
  const rows: string[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    if (writeFolder(posix.join(folder, name))) rows.push(row(posix.join(folder, name, 'index.html'), `${name}/`, ''));
  }
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    const path = posix.join(folder, name);
    const isShown = TEXT.test(name) && name !== 'package-lock.json' && statSync(join(ROOT, path)).size <= LARGEST;
    if (!isShown) continue;
    writeFilePage(path);
    rows.push(row(`${path}.html`, name, says(path)));
  }
  if (rows.length > 0) writePage(posix.join(folder, 'index.html'), folder, `<table>${rows.join('')}</table>`);
  return rows.length > 0;
}

const row = (path: string, name: string, text: string): string =>
  `<tr><td><a href="${BASE}source/${path}">${escaped(name)}</a><td>${escaped(text)}`;

/** Writes pages of all sources, and of the files that pages link to besides. */
export function writeSources(linked: readonly string[]): void {
  mkdirSync(PUBLIC, { recursive: true });
  writeFileSync(join(PUBLIC, 'source.css'), STYLE);
  writeFolder('');
  for (const path of linked) {
    if (statSync(join(ROOT, path)).isFile()) writeFilePage(path);
  }
}
