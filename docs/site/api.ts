/** The reference of the interface: one page for each entry of the package, made by TypeDoc from its docstrings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, Comment, type DeclarationReflection, type ProjectReflection } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { type Entry, entries, ROOT } from './entries.ts';
import { BASE, GENERATED } from './places.ts';

/** How TypeDoc reads the sources. */
const reading = (files: readonly string[]) => ({
  entryPoints: files.map((file) => join(ROOT, file)),
  tsconfig: join(ROOT, 'tsconfig.json'),
  // Types are checked before; errors here would be those of another version of TypeScript.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  readme: 'none',
  disableGit: true,
  basePath: ROOT,
  sourceLinkTemplate: `${BASE}source/{path}.html#L{line}`,
  sort: ['alphabetical'] as 'alphabetical'[],
  groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases'],
  name: 'Interface',
  logLevel: 'Error' as const,
});

/** How its plugin writes Markdown. */
const writing: Partial<PluginOptions> = {
  outputFileStrategy: 'modules',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  useHTMLEncodedBrackets: true,
  expandObjects: true,
  expandParameters: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  indexFormat: 'table',
  excludeScopesInPaths: true,
  // Its numbers of headings of one name are not those of VitePress.
  useHTMLAnchors: true,
  tableColumnSettings: { hideModifiers: true, hideSources: true, hideDefaults: true },
};

/** The text of the comment with which a file begins. */
function header(file: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(ROOT, file), 'utf8')) ?? [];
  return comment.replace(/^[ \t]*\* ?/gm, '').trim();
}

const textOf = (comment: Comment): string => comment.summary.map(({ text }) => text).join('');
const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A module is called like the entry through which programs import it, and is described by its file's first comment. */
function describeModule(module: DeclarationReflection, all: readonly Entry[]): void {
  const file = module.sources?.[0]?.fileName;
  const entry = all.find((one) => one.file === file);
  if (entry === undefined) throw new Error(`TypeDoc made a module of ${file ?? module.name}, which is no entry.`);
  module.name = entry.name;
  const text = header(entry.file);
  module.comment = new Comment([{ kind: 'text', text }]);
  // TypeDoc takes that comment for one of the first line of exports.
  for (const child of module.children ?? []) {
    if (child.comment !== undefined && squeezed(textOf(child.comment)) === squeezed(text)) delete child.comment;
  }
}

/** Parameters that are taken apart in the signature have no name of their own. */
function nameOptions(project: ProjectReflection): void {
  for (const found of Object.values(project.reflections)) {
    if (found.name === '__namedParameters') found.name = 'options';
  }
}

/** Writes the pages of all entries into docs/generated/api. */
export async function writeApi(): Promise<void> {
  const all = entries();
  const folder = join(GENERATED, 'api');
  const app = await Application.bootstrapWithPlugins({
    ...reading(all.map(({ file }) => file)),
    ...writing,
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: folder }],
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc cannot read the sources; `npm run typecheck` may say why.');
  for (const module of project.children ?? []) describeModule(module, all);
  nameOptions(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error('TypeDoc could not write the reference; see the messages above.');
}
