/** The site of docs/: what is on it, and how its pages are read and shown. */
import { defineConfig } from 'vitepress';
import { siteLinks } from '../site/links.ts';
import { anchorOf } from '../site/markdown.ts';
import { firstOf, sidebar, tableTitle } from '../site/pages.ts';
import { BASE, NO_PAGES, sitePath } from '../site/places.ts';

const DESCRIPTION =
  'Tensors with gradients of any order, compiled to WebAssembly, and graph neural networks for crystals that learn from forces.';

/** The mark in the browser's tab: a curve with its tangent, in the accent colour. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M3 5C8 34 17 32 29 11" fill="none" stroke="#0f7c8c" stroke-width="4" stroke-linecap="round"/><path d="M6 27h22" stroke="#d07a1f" stroke-width="3" stroke-linecap="round"/></svg>`;

export default defineConfig({
  lang: 'en',
  title: 'lattigrad',
  description: DESCRIPTION,
  base: BASE,
  srcExclude: NO_PAGES.map((folder) => `${folder}/**`),
  rewrites: sitePath,
  // Copies of files are checked with everything else when the site has been built (site/check.ts).
  ignoreDeadLinks: [/^\/?(source|files)\//],
  head: [
    ['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }],
    // Without JavaScript nothing opens the list of pages on a narrow screen: it is shown below the text.
    [
      'noscript',
      {},
      '<style>@media (max-width:959px){.VPSidebar{order:9;position:static!important;transform:none!important;opacity:1!important;visibility:visible!important;width:auto!important;max-width:none!important}.VPSidebarItem.collapsed .items{display:block!important}}</style>',
    ],
  ],
  markdown: {
    math: true,
    theme: { light: 'github-light', dark: 'github-dark' },
    anchor: { slugify: anchorOf },
    config: (parser) => siteLinks(parser),
  },
  transformPageData(page) {
    const title = page.title || tableTitle(page.filePath);
    return { title: page.relativePath === 'index.md' ? 'lattigrad' : title };
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Learn', link: firstOf('Learn'), activeMatch: '^/learn/' },
      { text: 'How to', link: firstOf('How to use it'), activeMatch: '^/how-to/' },
      { text: 'Reference', link: '/api/', activeMatch: '^/(reference|api)/' },
      { text: 'Study', link: '/study/', activeMatch: '^/study/' },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3], label: 'On this page' },
    search: { provider: 'local' },
    docFooter: { prev: 'Before', next: 'Next' },
    externalLinkIcon: true,
  },
});
