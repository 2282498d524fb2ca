/**
 * Checks the built site: every link, picture and script leads to a file of the site, every anchor to an element, nothing
 * is fetched from elsewhere, and every value that an entry exports has its place in the reference.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Entry, entries, ROOT } from './entries.ts';
import { anchorOf } from './markdown.ts';
import { BASE, DOCS } from './places.ts';

const DIST = join(DOCS, '.vitepress/dist');

function filesBelow(folder: string): string[] {
  return readdirSync(join(DIST, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const decoded = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");

interface Page {
  /** Where links lead, as written. */
  readonly links: readonly string[];
  /** What the page loads: pictures, scripts, styles. */
  readonly loads: readonly string[];
  readonly ids: ReadonlySet<string>;
}

function read(path: string): Page {
  const html = readFileSync(join(DIST, path), 'utf8');
  const all = (pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([, value]) => decoded(value));
  return {
    links: all(/<a\b[^>]*?\shref="([^"]*)"/g),
    loads: [...all(/<(?:img|script|source)\b[^>]*?\ssrc="([^"]*)"/g), ...all(/<link\b[^>]*?\shref="([^"]*)"/g)],
    ids: new Set(all(/\sid="([^"]*)"/g)),
  };
}

/** The file of the site that an address of a page leads to, and the anchor; undefined if it is not there. */
function target(page: string, address: string, files: ReadonlySet<string>): { file?: string; anchor: string } {
  const url = new URL(address, `http://site${BASE}${page}`);
  const path = decodeURIComponent(url.pathname).slice(BASE.length);
  const file = [path, `${path}index.html`, posix.join(path, 'index.html')].find((one) => files.has(one));
  return { anchor: decodeURIComponent(url.hash.slice(1)), ...(file !== undefined && { file }) };
}

/** Values that an entry exports and that its page of the reference lacks. */
async function undescribed({ name, file }: Entry, pages: ReadonlyMap<string, Page>): Promise<string[]> {
  // An entry that exports a namespace has a folder, in which its own page comes first.
  const first = `api/${name}/index.html`;
  const page = pages.has(first) ? first : `api/${name}.html`;
  const ids = pages.get(page)?.ids ?? new Set();
  const values = Object.keys((await import(join(ROOT, file))) as object);
  return values.filter((value) => !ids.has(anchorOf(value))).map((value) => `${page} lacks ${value} of ${file}`);
}

/** Ends the process with a list of what is wrong, if anything is. */
export async function checkSite(): Promise<void> {
  const files = new Set(filesBelow('.'));
  const pages = new Map([...files].filter((file) => file.endsWith('.html')).map((file) => [file, read(file)]));
  const wrong = new Set<string>();
  let links = 0;
  for (const [name, page] of pages) {
    for (const address of page.loads) {
      if (/^(https?:)?\/\//.test(address)) wrong.add(`${name} loads ${address} from elsewhere`);
      else if (!address.startsWith('data:') && target(name, address, files).file === undefined)
        wrong.add(`${name} loads ${address}, which is not there`);
    }
    for (const address of page.links) {
      if (/^(https?:|mailto:)/.test(address)) continue;
      links++;
      const { file, anchor } = target(name, address, files);
      if (file === undefined) wrong.add(`${name} links to ${address}, which is not there`);
      else if (anchor !== '' && pages.has(file) && !pages.get(file)!.ids.has(anchor))
        wrong.add(`${name} links to ${address}: ${file} has no such anchor`);
    }
  }
  for (const entry of entries()) for (const fault of await undescribed(entry, pages)) wrong.add(fault);
  for (const file of files) {
    if (!file.endsWith('.css')) continue;
    if (/url\(["']?(https?:)?\/\//.test(readFileSync(join(DIST, file), 'utf8')))
      wrong.add(`${file} loads from elsewhere`);
  }
  if (wrong.size > 0) {
    console.error(`The site has ${wrong.size} faults:\n  ${[...wrong].sort().join('\n  ')}`);
    process.exit(1);
  }
  const bytes = [...files].reduce((sum, file) => sum + statSync(join(DIST, file)).size, 0);
  console.log(
    `${pages.size} pages, ${links} links lead somewhere, ${(bytes / 1e6).toFixed(1)} MB in docs/.vitepress/dist`,
  );
}
