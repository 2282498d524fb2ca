/** The texts at the top of an archive of runs: what it is, how to check and to use it, whose it is. */
import { posix } from 'node:path';
import type { RunRecord } from '../training/run-folder/record.ts';

export interface ArchiveAbout {
  readonly title: string;
  /** `Family, Given`, or the name of a group. */
  readonly authors: readonly string[];
  /** SPDX identifier. */
  readonly licence: string;
  /** YYYY-MM-DD. */
  readonly date?: string;
}

/** The names of licences of data, by which people know them. */
const NAMES: Readonly<Record<string, string>> = {
  'CC-BY-4.0': 'Creative Commons Attribution 4.0 International, https://creativecommons.org/licenses/by/4.0/',
  'CC-BY-SA-4.0':
    'Creative Commons Attribution-ShareAlike 4.0 International, https://creativecommons.org/licenses/by-sa/4.0/',
  'CC0-1.0': 'Creative Commons Zero 1.0 Universal, https://creativecommons.org/publicdomain/zero/1.0/',
};

const licenceText = ({ title, licence }: ArchiveAbout): string => `${title}

Licence of the data in this archive: ${licence}
${NAMES[licence] ?? `Its text: https://spdx.org/licenses/${licence}.html`}

Labels in predictions/*.csv were taken from the data sets that data.json and config.json of a run name; what their
licences ask for holds for these labels too.
`;

/** A YAML text: JSON's is one. */
const quoted = (text: string): string => JSON.stringify(text);

function citation({ title, authors, licence, date }: ArchiveAbout): string {
  const people = authors.flatMap((author) => {
    const [family, ...given] = author.split(',').map((part) => part.trim());
    if (given.length === 0) return [`  - name: ${quoted(family)}`];
    return [`  - family-names: ${quoted(family)}`, `    given-names: ${quoted(given.join(', '))}`];
  });
  return `${[
    'cff-version: 1.2.0',
    'message: "If you use these data, please cite them as below."',
    'type: dataset',
    `title: ${quoted(title)}`,
    'authors:',
    // The name that the format asks for where nobody is named.
    ...(people.length === 0 ? ['  - name: anonymous'] : people),
    `license: ${licence}`,
    ...(date === undefined ? [] : [`date-released: ${date}`]),
  ].join('\n')}\n`;
}

/** A word as a shell takes it. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The different commands of the runs, as one types them. */
function commandsOf(runs: readonly RunRecord[]): string[] {
  const all = runs.flatMap(({ environment }) =>
    environment.map(({ command: [script, ...flags] }) => {
      const name = posix.basename(script).replace(/\.[jt]s$/, '');
      // The script of all tables is told which one it is first; `main` is what `start` was called.
      const [first, ...others] = name === 'table' ? flags : [name === 'main' ? 'start' : name, ...flags];
      return [`npm run ${first} --`, ...others.map(word)].join(' ');
    }),
  );
  return [...new Set(all)].sort();
}

const readme = ({ title }: ArchiveAbout, runs: readonly RunRecord[]): string => `# ${title}

${runs.length} finished runs of lattigrad, with tables and pictures of them in [runs](runs/). A run is a folder: \`config.json\` (what it
was told), \`data.json\` (fingerprints and split of its data), \`environment.json\` (where and for how long it ran),
\`metrics.jsonl\` (one line an epoch), \`best.safetensors\` (its network), \`predictions\` and \`result.json\`.
\`runs/runs.jsonl.gz\` tells of every run in one line. [manifest.json](manifest.json) lists all files with their SHA-256, the version and
commit of the program that packed them, and what was left out. The licence is named in [LICENSE](LICENSE), how to cite in
[CITATION.cff](CITATION.cff).

## Whether it arrived whole

\`\`\`sh
sha256sum --check --quiet SHA256SUMS
\`\`\`

## The tables again

In a checkout of lattigrad, a command that made runs draws its table again from this folder, without the data and without
running anything, if it is given this folder and \`--no-run\`:

\`\`\`sh
npm run table2 -- --out FOLDER/runs --no-run ...
\`\`\`

Its other flags are those of the command that made the runs. These commands made them; a table drawn from runs of several
takes all seeds and data sets together:

\`\`\`sh
${commandsOf(runs).join('\n')}
\`\`\`
`;

/** Names and contents. */
export const archiveTexts = (about: ArchiveAbout, runs: readonly RunRecord[]): Record<string, string> => ({
  'README.md': readme(about, runs),
  LICENSE: licenceText(about),
  'CITATION.cff': citation(about),
});
