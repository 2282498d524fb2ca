/** Facts of data sets as files: explain.md to read, explain.csv to compute with, and a picture of each set. */
import { join } from 'node:path';
import { type Facts, type Quantity, totalOf } from '../../data/facts.ts';
import { differentNames } from '../../data/names.ts';
import { type Entry, writeCsv, writeText } from '../../files/tables.ts';
import { arrange, histogramPanel, savePicture } from '../../plots/index.ts';
import { markdownText } from './lines.ts';

const known = ({ values }: Quantity): number[] => values.filter((x) => x !== undefined);

/** Sizes that span more than two powers of ten are told apart on a logarithmic axis only. */
function wide({ spread }: Quantity): boolean {
  return spread !== undefined && spread.low > 0 && spread.max > 100 * spread.low;
}

/** A data set in pictures: its labels, its sizes, how close atoms are, and its neighbours. */
export function histograms(facts: Facts): SVGSVGElement {
  const { labels, property, atoms, shortest, rule, degrees } = facts;
  const ofStructures = (one: Quantity) =>
    histogramPanel(known(one), {
      counted: 'structures',
      quantity: one.name,
      unit: one.unit,
      scale: wide(one) ? 'log' : 'linear',
    });
  const panels = [...(property ? [property] : []), ...labels, atoms, ...(shortest.spread ? [shortest] : [])].map(
    ofStructures,
  );
  panels.push(histogramPanel(degrees, { counted: 'atoms', quantity: `neighbours within ${rule.cutoff} Å`, unit: '' }));
  return arrange(panels, { title: `${facts.name}: ${facts.structures.length} structures`, columns: 2 });
}

type Line = readonly [quantity: string, statistic: string, value: number | undefined, unit: string];

function quantityRows({ name, unit, spread, limits, outliers }: Quantity): Line[] {
  if (!spread) return [];
  const { count, ...numbers } = spread;
  return [
    [name, 'count', count, ''],
    ...Object.entries(numbers).map(([statistic, x]): Line => [name, statistic, x, unit]),
    ...(limits ? [[name, 'outliers', outliers.length, ''] as const] : []),
  ];
}

/** Every number of the facts: quantity, statistic, value, unit. */
export function factRows(facts: Facts): Entry[][] {
  const { neighbours, rule } = facts;
  const { count: atoms, ...degrees } = neighbours;
  const lines: Line[] = [
    ['structures', 'count', facts.structures.length, ''],
    ['structures', 'one atom', facts.oneAtom, ''],
    ['structures', 'not periodic', facts.notPeriodic, ''],
    ['structures', 'sharing their formula', facts.sharedFormula, ''],
    ['structures', 'different formulas', new Set(facts.formulas).size, ''],
    ['structures', 'overlapping', facts.overlapping.length, ''],
    ['structures', 'with isolated atoms', facts.isolated, ''],
    ['structures', 'relaxed', facts.labelled.forces === 0 ? undefined : facts.relaxed, ''],
    ...Object.entries(facts.labelled).map(([label, n]): Line => ['structures', `with ${label}`, n, '']),
    ['elements', 'count', facts.elements.length, ''],
    ...facts.elements.map(({ symbol, structures }): Line => ['element', symbol, structures, '']),
    ...quantityRows(facts.atoms),
    ['atoms', 'total', atoms, ''],
    ['neighbours', 'cutoff', rule.cutoff, 'Å'],
    ...Object.entries(degrees).map(([statistic, x]): Line => ['neighbours', statistic, x, '']),
    ['neighbours', 'isolated atoms', facts.isolatedAtoms, ''],
    ['edges', 'total', totalOf(facts, 'edges'), ''],
    ['edges', `lost to a limit of ${rule.most}`, totalOf(facts, 'truncatedEdges'), ''],
    ['atoms', `truncated by a limit of ${rule.most}`, totalOf(facts, 'truncatedAtoms'), ''],
    ['edges', `lost to an image cap of ${rule.imageCap}`, totalOf(facts, 'cappedEdges'), ''],
    ['atoms', `truncated by an image cap of ${rule.imageCap}`, totalOf(facts, 'cappedAtoms'), ''],
    ...quantityRows(facts.shortest),
    ...facts.labels.flatMap(quantityRows),
    ['force component', 'mean size', facts.zeroErrors.forces, 'eV/Å'],
    ['stress component', 'mean size', facts.zeroErrors.stress, 'GPa'],
    ...(facts.property
      ? [...quantityRows(facts.property), [facts.property.name, 'missing', facts.property.missing, ''] as const]
      : []),
  ];
  return lines.flatMap(([quantity, statistic, x, unit]) =>
    x === undefined ? [] : [[facts.name, quantity, statistic, x, unit]],
  );
}

export async function saveFacts(folder: string, all: readonly Facts[]): Promise<void> {
  const names = differentNames(all.map(({ name }) => name));
  for (const [k, facts] of all.entries()) await savePicture(join(folder, names[k]), histograms(facts));
  const markdown = all.map((facts, k) => markdownText(facts, `${names[k]}.svg`)).join('\n\n');
  await writeText(join(folder, 'explain.md'), `${markdown}\n`);
  const header = ['dataset', 'quantity', 'statistic', 'value', 'unit'];
  await writeCsv(join(folder, 'explain.csv'), [header, ...all.flatMap(factRows)]);
}
