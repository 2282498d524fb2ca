/** Makes what the site shows besides the pages of docs/: reference, sources, copies of other pages and of linked files. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeApi } from './api.ts';
import { commandsPage } from './commands.ts';
import { ROOT } from './entries.ts';
import { frontMatter, linksOf } from './markdown.ts';
import { pagesBelow } from './pages.ts';
import { picture } from './picture.ts';
import { DOCS, folderOf, GENERATED, PUBLIC, place, ROOT_PAGES } from './places.ts';
import { writeSources } from './sources.ts';

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Copies the pages at the root; their links are meant from there, and their pictures are shown from where they lie. */
function copyRootPages(): void {
  for (const [file, page] of Object.entries(ROOT_PAGES)) {
    const up = '../'.repeat(page.split('/').length);
    const text = readFileSync(join(ROOT, file), 'utf8').replace(/(!\[[^\]]*\]\()docs\//g, `$1${up}`);
    write(join(GENERATED, page), `---\nfrom: ${file}\n---\n\n${text}`);
  }
}

/** Files and folders that pages link to and that are no pages. */
function linked(): string[] {
  const needs = pagesBelow('.').flatMap((page) => {
    const text = readFileSync(join(DOCS, page), 'utf8');
    const from = folderOf(page, frontMatter(text).from);
    return linksOf(text).map((link) => place(from, link).needs);
  });
  return [...new Set(needs)].filter((path) => path !== undefined).filter((path) => existsSync(join(ROOT, path)));
}

/** Copies linked files of docs/, and writes pages of all sources. */
function writeCopies(): void {
  const needs = linked();
  const inDocs = needs.filter((path) => path.startsWith('docs/') && statSync(join(ROOT, path)).isFile());
  for (const path of inDocs) {
    const target = join(PUBLIC, 'files', path.slice('docs/'.length));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(ROOT, path), target);
  }
  writeSources(needs.filter((path) => !inDocs.includes(path)));
}

/** Whether everything has been made before. */
export const isGenerated = (): boolean => existsSync(join(GENERATED, 'reference/commands.md'));

/** Makes everything anew. */
export async function generate(): Promise<void> {
  for (const folder of [GENERATED, PUBLIC]) rmSync(folder, { recursive: true, force: true });
  copyRootPages();
  write(join(GENERATED, 'picture.svg'), await picture());
  const commands = commandsPage();
  await Promise.all([writeApi(), commands]);
  writeCopies();
  write(join(GENERATED, 'reference/commands.md'), await commands);
}
