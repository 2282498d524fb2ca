/**
 * What the pages say about the repository is there: links lead to files and headings, paths in the text to files or
 * folders, and `npm run NAME` to scripts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anchorsOf, linksOf, prose } from '../docs/site/markdown.ts';
import { withSlashes } from '../files/slashes.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Folders whose paths are recognised in a text by their first part. */
const ROOMS = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|dist$|runs$)/.test(entry.name))
  .map(({ name }) => name);

function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // What the site is built from, besides these pages, is generated; `npm run docs:build` checks the links of that.
    if (entry.isDirectory())
      return /^(node_modules|dist|runs|generated|public|cache|\.git)$/.test(entry.name) ? [] : pages(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** What is wrong with a link of the page at `path` (from the root); undefined if it leads somewhere. */
function broken(path: string, page: string, link: string): string | undefined {
  // A path such as /api/ is one of the site; `npm run docs:build` checks it.
  if (/^([a-z][a-z+.-]*:|\/)/i.test(link)) return undefined;
  const [place, anchor] = link.split('#');
  const target = place === '' ? join(root, path) : resolve(root, dirname(path), decodeURIComponent(place));
  if (!existsSync(target)) return `${path}: ${link} leads to no file`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  const headings = anchorsOf(place === '' ? page : readFileSync(target, 'utf8'));
  return headings.has(anchor) ? undefined : `${path}: ${link} leads to no heading`;
}

/** Fails with all offences at once. */
const none = (offences: readonly (string | undefined)[], law: string): void => {
  const found = offences.filter((one) => one !== undefined);
  assert.is(found.length, 0, `${law}:\n  ${found.join('\n  ')}`);
};

const all = pages(root).map((path) => ({
  path: withSlashes(relative(root, path)),
  text: readFileSync(path, 'utf8'),
}));

test('links, anchors and code are told apart', () => {
  const page = [
    '# One *two*, `three`!',
    '[a](b.md#c) ![d](e.png "title") `[no](link)`',
    '```sh',
    '# no heading, [no](link)',
    '```',
    '## One two three',
    '[f]: g.md',
  ].join('\n');
  assert.equal(linksOf(page), ['b.md#c', 'e.png', 'g.md']);
  assert.equal([...anchorsOf(page)], ['one-two-three', 'one-two-three-1']);
  assert.is(broken('README.md', page, '#one-two-three-1'), undefined);
  assert.match(broken('README.md', page, '#four')!, 'no heading');
  assert.match(broken('README.md', page, 'nowhere.md')!, 'no file');
  assert.ok(all.length > 6 && all.some(({ path }) => path === 'docs/study/README.md'));
});

test('every relative link leads to a file, and every anchor to a heading', () => {
  none(
    all.flatMap(({ path, text }) => linksOf(text).map((link) => broken(path, text, link))),
    'Links that lead nowhere',
  );
});

test('every path of the repository that a page names is there', () => {
  const named = /`([\w.-]+(?:\/[\w.-]+)*\/?)`/g;
  const offences = all.flatMap(({ path, text }) =>
    [...prose(text).matchAll(named)]
      .map(([, name]) => name)
      .filter((name) => name.includes('/') && ROOMS.includes(name.split('/')[0]))
      .filter((name) => !name.includes('...') && !/\/dist(\/|$)/.test(name) && !existsSync(join(root, name)))
      .map((name) => `${path}: ${name}`),
  );
  none(offences, 'Paths that are not there');
});

test('every script that a page names is in package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const offences = all.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)]
      .filter(([, name]) => !(name in scripts))
      .map(([, name]) => `${path}: npm run ${name}`),
  );
  none(offences, 'Scripts that are not there');
});

test.run();
