/** The pages of the site, and how they are grouped beside the text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { frontMatter, titleOf } from './markdown.ts';
import { DOCS, NO_PAGES, sitePath } from './places.ts';

/** Paths of all pages below a folder of docs/, from docs/. */
export function pagesBelow(folder: string): string[] {
  return readdirSync(join(DOCS, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (NO_PAGES.includes(path)) return [];
    if (entry.isDirectory()) return pagesBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export interface Item {
  readonly text: string;
  readonly link?: string;
  /** `_self` for what is no page of the site. */
  readonly target?: string;
  readonly collapsed?: boolean;
  readonly items?: Item[];
}

const read = (page: string): string => readFileSync(join(DOCS, page), 'utf8');

/** The entry of a page: its title, or another text. */
function item(page: string, text = titleOf(read(page)) ?? tableTitle(page)): Item {
  return { text, link: `/${sitePath(page).replace(/(index)?\.md$/, '')}` };
}

const byText = (a: Item, b: Item): number => (a.text < b.text ? -1 : 1);

/** Pages of a folder that pass a test, by `order` in their front matter, then by title. */
function folder(path: string, chosen: (matter: Record<string, string>) => boolean = () => true): Item[] {
  if (!existsSync(join(DOCS, path))) return [];
  return readdirSync(join(DOCS, path))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => ({ page: posix.join(path, name), matter: frontMatter(read(posix.join(path, name))) }))
    .filter(({ matter }) => chosen(matter))
    .map(({ page, matter }) => ({ order: Number(matter.order ?? 99), item: item(page) }))
    .sort((a, b) => a.order - b.order || byText(a.item, b.item))
    .map((sorted) => sorted.item);
}

/** Pages of the interface: one for each entry. */
const interfacePages = (): Item[] =>
  existsSync(join(DOCS, 'generated/api'))
    ? pagesBelow('generated/api')
        .map((page) => item(page, page.endsWith('README.md') ? 'All entries' : undefined))
        .sort(byText)
    : [];

/** What has been generated is listed; before that, nothing of it. */
const generated = (page: string, text?: string): Item[] =>
  existsSync(join(DOCS, 'generated', page)) ? [item(`generated/${page}`, text)] : [];

/** The list beside every page. Tutorials and how-to pages appear by being in their folders. */
export function sidebar(): Item[] {
  const how = 'how-to';
  return [
    { text: 'Start', items: [item('start.md'), ...generated('about/readme.md', 'Everything on one page')] },
    { text: 'Learn', items: [...folder('learn'), item('walk.md'), item('compiler.md')] },
    { text: 'How to use it', items: folder(how, ({ group }) => group === 'use') },
    {
      text: 'How to add to it',
      collapsed: true,
      items: [item('how-to/README.md', 'Overview'), ...folder(how, ({ group }) => group !== 'use')],
    },
    {
      text: 'Reference',
      items: [
        { text: 'Interface', collapsed: true, items: interfacePages() },
        ...generated('reference/commands.md'),
        item('reference/glossary.md'),
        item('data.md', 'Limits of data'),
        item('numbers.md', 'Numbers'),
        item('derivatives.md', 'Kinks'),
        item('performance.md'),
        item('gpu.md'),
        item('decisions.md'),
      ],
    },
    {
      text: 'Study',
      collapsed: true,
      items: [item('study/README.md', 'Text'), ...folder('study')],
    },
    {
      text: 'Contribute',
      collapsed: true,
      items: [
        ...generated('about/contributing.md'),
        ...generated('about/changelog.md'),
        { text: 'The sources', link: '/source/index.html', target: '_self' },
      ],
    },
  ];
}

/** The title of a page without a heading, from its name: `study/table2-laptop-times.md` is `Table 2, laptop, times`. */
export function tableTitle(page: string): string {
  const words = page
    .replace(/^.*\//, '')
    .replace(/\.md$/, '')
    .replace(/(\D)(\d)/, '$1 $2')
    .split('-');
  return `${words[0][0].toUpperCase()}${words.join(', ').slice(1)}`;
}

/** Where the first page of a group of the list is. */
export const firstOf = (group: string): string => sidebar().find(({ text }) => text === group)!.items![0].link!;
