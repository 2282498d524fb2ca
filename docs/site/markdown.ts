/** What the site and the tests read from a page: front matter, title, headings with their anchors, and blocks of code. */

/** The lines `key: value` between two lines of three hyphens with which a page may begin. */
export function frontMatter(text: string): Record<string, string> {
  const [, lines = ''] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  return Object.fromEntries([...lines.matchAll(/^(\w+): *(.*)$/gm)].map(([, key, value]) => [key, value]));
}

/** A page without its blocks of code, in which nothing is a link or a heading. */
export const prose = (text: string): string => text.replace(/^( *)(`{3,}|~{3,}).*\n[\s\S]*?^\1\2 *$/gm, '');

/** The first heading of the first level, without marks of emphasis or code. */
export function titleOf(text: string): string | undefined {
  return /^# +(.+?) *$/m.exec(prose(text))?.[1].replace(/[`*]/g, '');
}

/** The anchor that GitHub gives to a heading: lower case, without punctuation, hyphens for spaces. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

/** The anchors of all headings of a page; twins are numbered. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose(page).matchAll(/^#{1,6} +(.+?) *#* *$/gm)) {
    const name = anchorOf(heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1'));
    let anchor = name;
    for (let twin = 1; anchors.has(anchor); twin++) anchor = `${name}-${twin}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where the inline links of a page lead: `[text](target)`, `![text](target "title")` and `[name]: target`. */
export function linksOf(page: string): string[] {
  const text = prose(page).replace(/`[^`\n]*`/g, 'code');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const named = [...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...named].map(([, target]) => target);
}

export interface CodeBlock {
  /** The word behind the fence, such as `ts`. */
  readonly language: string;
  /** The rest of that line. */
  readonly mark: string;
  /** The line of the page, counted from 1, on which the code begins. */
  readonly line: number;
  readonly code: string;
}

/** All fenced blocks of code, in order. */
export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(/^( *)(`{3,}|~{3,})([\w-]*)[ \t]*(.*)\n([\s\S]*?)^\1\2 *$/gm)].map((found) => {
    const [, indent, , language, mark, code] = found;
    return {
      language,
      mark: mark.trim(),
      line: page.slice(0, found.index).split('\n').length + 1,
      code: indent === '' ? code : code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    };
  });
}
