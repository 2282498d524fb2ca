/** Links of the pages, as VitePress shows them: each leads to a page of the site, or to a copy of a file. */
import type { MarkdownEnv } from 'vitepress';
import { BASE, DOCS, folderOf, place } from './places.ts';

/** The part of markdown-it that is used here. */
interface Token {
  readonly type: string;
  readonly children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}
interface Parser {
  readonly core: {
    readonly ruler: {
      push(name: string, rule: (state: { tokens: Token[]; env: MarkdownEnv; src: string }) => void): void;
    };
  };
}

/** Sets the addresses of all links before VitePress looks at them. */
export function siteLinks(parser: Parser): void {
  parser.core.ruler.push('site-links', ({ tokens, env }) => {
    // The title of a page's front matter is parsed alone, without a path; there is no link in it.
    if (env.path === undefined) return;
    const page = env.path.replaceAll('\\', '/').slice(DOCS.replaceAll('\\', '/').length + 1);
    const from = folderOf(page, env.frontmatter?.from as string | undefined);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null;
      if (link === null) continue;
      const { href, asIs } = place(from, link);
      token.attrSet('href', asIs ? `${BASE}${href.replace(/^\//, '')}` : href);
      // A page of the site would be shown in place; with a target, the browser goes there.
      if (asIs) token.attrSet('target', '_self');
    }
  });
}
