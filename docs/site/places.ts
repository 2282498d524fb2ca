/**
 * Where things of the repository are on the site. Pages link to one another, and to the code, as they lie in the
 * repository, so that they can be read there, too; on the site the same link leads to a page, or to a copy.
 */
import { statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { ROOT } from './entries.ts';

/** The folder of the pages. */
export const DOCS: string = join(ROOT, 'docs');
/** Pages that the site makes before it is built: the reference, and copies of pages at the root of the repository. */
export const GENERATED: string = join(DOCS, 'generated');
/** Files that are served as they are: sources as pages, and pictures and tables that pages link to. */
export const PUBLIC: string = join(DOCS, 'public');
/** The path below which the site is served; a site in a folder of a server sets LATTIGRAD_DOCS_BASE, such as /lattigrad/. */
export const BASE: string = process.env.LATTIGRAD_DOCS_BASE ?? '/';

/** Folders below docs/ that hold no pages of the site. */
export const NO_PAGES: readonly string[] = [
  'node_modules',
  'public',
  'site',
  '.vitepress',
  'study/finetune',
  'study/pretrain',
];

/** Pages at the root of the repository that the site shows, and their names there. */
export const ROOT_PAGES: Readonly<Record<string, string>> = {
  'README.md': 'about/readme.md',
  'CONTRIBUTING.md': 'about/contributing.md',
  'CHANGELOG.md': 'about/changelog.md',
};

const slashes = (path: string): string => path.replaceAll('\\', '/');

/** The path on the site of a page below docs/, given from there: `how-to/README.md` is `how-to/index.md`. */
export const sitePath = (page: string): string =>
  page.replace(/^generated\//, '').replace(/(^|\/)README\.md$/, '$1index.md');

const asPage = (page: string): string => `/${sitePath(page).replace(/\.md$/, '.html')}`;

export interface Place {
  readonly href: string;
  /** A file as it is, not a page that the site's program can show in place of the present one. */
  readonly asIs: boolean;
  /** The file or folder of the repository, from its root, that is to be copied for this. */
  readonly needs?: string;
}

/**
 * Where a link leads on the site. `from`: the folder, from the root of the repository, from which it is meant.
 * Addresses elsewhere, anchors of the same page and paths of the site stay as they are.
 */
export function place(from: string, link: string): Place {
  if (/^\/(source|files)\//.test(link)) return { href: link, asIs: true };
  if (/^([a-z][a-z+.-]*:|#|\/)/i.test(link)) return { href: link, asIs: false };
  const [path, anchor] = link.split('#');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const target = slashes(relative(ROOT, resolve(ROOT, from, decodeURIComponent(path)))) || '.';
  const below = posix.relative('docs', target);
  if (target in ROOT_PAGES) return { href: `/${ROOT_PAGES[target].replace(/\.md$/, '.html')}${hash}`, asIs: false };
  if (!below.startsWith('..') && !NO_PAGES.some((folder) => below === folder || below.startsWith(`${folder}/`))) {
    if (below.endsWith('.md')) return { href: `${asPage(below)}${hash}`, asIs: false };
    if (!isFolder(target)) return { href: `/files/${below}`, asIs: true, needs: target };
    if (isFile(`${target}/README.md`)) return { href: `/${below}/${hash}`, asIs: false };
  }
  const href = isFolder(target) ? posix.join('/source', target, 'index.html') : `/source/${target}.html${hash}`;
  return { href, asIs: true, needs: target };
}

/** The folder from which links of a page are meant, from the root: that of the page it was copied from, or its own. */
export const folderOf = (pagePath: string, copiedFrom?: string): string =>
  slashes(dirname(copiedFrom ?? relative(ROOT, resolve(DOCS, pagePath))));

const isFolder = (path: string): boolean =>
  statSync(join(ROOT, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
const isFile = (path: string): boolean => statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile() ?? false;
