/**
 * Embeddings of atoms by several networks as principal components: one panel each, coloured by element, and tables.
 *
 * Every network has components of its own: panels share atoms and colours, not axes.
 */

import { familyOf } from '../../data/families.ts';
import { type LabelledStructure, symbolOf } from '../../data/index.ts';
import { type Principal, principal } from '../../data/principal.ts';
import { type Entry, type Table, writeCsv, writeTable } from '../../files/tables.ts';
import { arrange, COLOURS, count, groupColours, legendPanel, savePicture, scatterPanel } from '../../plots/index.ts';
import type { Embeddings } from '../../training/embeddings.ts';

export interface Embedded {
  readonly title: string;
  readonly embeddings: Embeddings;
}

const WIDTH = 226;
const COLUMNS = 3;
const percent = (share: number): string =>
  Number.isNaN(share) ? '—' : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** What atoms are coloured by: their element, or its family where there are more elements than colours. */
function groupsOf(numbers: readonly number[]): string[] {
  return new Set(numbers).size > COLOURS.length ? numbers.map(familyOf) : numbers.map(symbolOf);
}

/** Writes PATH.svg, PATH.png, PATH-scores.csv and PATH-variance.md|csv|tex; all networks have seen the same atoms. */
export async function reportEmbeddings(
  path: string,
  structures: readonly LabelledStructure[],
  networks: readonly Embedded[],
): Promise<void> {
  const { atoms } = networks[0].embeddings;
  const numbers = atoms.map(({ structure, atom }) => structures[structure].numbers[atom]);
  const groups = groupsOf(numbers);
  const colours = groupColours(groups);
  const found = networks.map(({ title, embeddings: { vectors, channels } }) => ({
    title,
    parts: principal(vectors, channels, Math.min(2, channels)),
  }));
  const panels = found.map(({ title, parts: { scores, explained } }) =>
    scatterPanel(
      groups.map((group, k) => ({ x: scores[2 * k], y: scores[2 * k + 1], group })),
      {
        heading: title,
        xLabel: `${percent(explained[0])} along, ${percent(explained[1])} upwards`,
        width: WIDTH,
        colours,
      },
    ),
  );
  // In the place left beside the last panels, or below them.
  const room = panels.length % COLUMNS > 0 ? 1 : COLUMNS;
  const picture = arrange([...panels, legendPanel(colours, room * WIDTH, room)], {
    title: `Embeddings of ${count(atoms.length)} atoms: first two principal components`,
    columns: COLUMNS,
    notes: [
      'Below each panel: shares of the variance. Components belong to one network each; a square has the colour of ' +
        'most of its atoms.',
    ],
  });
  await savePicture(path, picture);
  await writeCsv(`${path}-scores.csv`, scoreRows(structures, atoms, groups, found));
  await writeTable(`${path}-variance`, varianceTable(found));
}

type Found = readonly { readonly title: string; readonly parts: Principal }[];

function scoreRows(
  structures: readonly LabelledStructure[],
  atoms: Embeddings['atoms'],
  groups: readonly string[],
  found: Found,
): Entry[][] {
  const header = [
    ...['structure', 'atom', 'element', 'group'],
    ...found.flatMap(({ title }) => [`${title}, 1`, `${title}, 2`]),
  ];
  const rows = atoms.map(({ structure, atom }, k) => {
    const { id, numbers } = structures[structure];
    const scores = found.flatMap(({ parts }) => [parts.scores[2 * k], parts.scores[2 * k + 1]]);
    return [id, atom, symbolOf(numbers[atom]), groups[k], ...scores.map((x) => x.toPrecision(6))];
  });
  return [header, ...rows];
}

/** How many of the components are needed for a share of the variance. */
export function needed(variances: Float64Array, share: number): number {
  const total = variances.reduce((a, b) => a + b, 0);
  let sum = 0;
  const at = variances.findIndex((x) => {
    sum += x;
    return sum >= share * total * (1 - 1e-12);
  });
  return total > 0 ? at + 1 : 0;
}

function varianceTable(found: Found): Table {
  return {
    caption:
      'Principal components of atom embeddings: share of the variance along the first two, and how many components ' +
      'explain 90 % and 99 % of it.',
    header: ['network', 'first', 'second', 'for 90 %', 'for 99 %', 'channels'],
    rows: found.map(({ title, parts: { explained, variances } }) => [
      ...[title, percent(explained[0]), percent(explained[1])],
      ...[needed(variances, 0.9), needed(variances, 0.99), variances.length].map(String),
    ]),
    csv: [
      ['network', 'component', 'variance', 'share'],
      ...found.flatMap(({ title, parts: { variances } }) => {
        const total = variances.reduce((a, b) => a + b, 0);
        return Array.from(variances, (x, k) => [title, k + 1, x, x / total]);
      }),
    ],
  };
}
