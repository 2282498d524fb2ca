/**
 * Facts of a data set in words, for the terminal and Markdown: sections of lines, each a name and what is so.
 */

import { AT_REST, type Facts, type Quantity, TOO_CLOSE, totalOf } from '../../data/facts.ts';
import { largest } from '../../data/index.ts';
import type { Spread } from '../../data/spread.ts';
import { markdownEscaped as escaped } from '../../files/tables.ts';

type Line = readonly [name: string, text: string];

interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** The line where there is something to say, and none elsewhere. */
const lineIf = (is: boolean, name: string, text: () => string): Line[] => (is ? [[name, text()]] : []);

/** Four digits, plain. */
const digits = (x: number): string => {
  if (Number.isInteger(x) && Math.abs(x) < 1e6) return String(x);
  const text = x.toPrecision(4);
  return text.includes('e') ? text : String(Number(text));
};
const share = (part: number, whole: number): string => {
  const percent = (100 * part) / whole;
  return `${part} (${part > 0 && percent < 0.1 ? '< 0.1' : percent.toFixed(1)} %)`;
};
const withUnit = (text: string, unit: string): string => (unit === '' ? text : `${text} ${unit}`);

const range = ({ min, median, mean, max }: Spread, unit: string): string =>
  withUnit(`${digits(min)} to ${digits(max)}, median ${digits(median)}, mean ${digits(mean)}`, unit);

/** The worst of a list of structures, with a number each. */
function worst(facts: Facts, which: readonly number[], value: (k: number) => string): string {
  const shown = which.slice(0, 5).map((k) => `${facts.structures[k].id} ${facts.formulas[k]} (${value(k)})`);
  return shown.join(', ') + (which.length > 5 ? ', ...' : '');
}

/** How many outliers and the worst of them; nothing where limits were not looked for. */
function outlierLines(facts: Facts, { name, unit, limits, outliers, values, spread }: Quantity): Line[] {
  if (!limits) {
    const isFlat = spread !== undefined && spread.low === spread.high;
    return lineIf(isFlat, `${name}, outliers`, () => 'not told: quartiles are equal');
  }
  const { low, high } = limits;
  const outside =
    low === Number.NEGATIVE_INFINITY ? `above ${digits(high)}` : `outside ${digits(low)} to ${digits(high)}`;
  return [
    [`${name}, outliers`, `${share(outliers.length, spread!.count)} ${withUnit(outside, unit)}`],
    ...lineIf(outliers.length > 0, '  the worst', () => worst(facts, outliers, (k) => digits(values[k]!))),
  ];
}

function what(facts: Facts): Section {
  const { structures, elements, atoms, formulas } = facts;
  const n = structures.length;
  return {
    title: 'Structures',
    lines: [
      ['structures', String(n)],
      ['different formulas', String(new Set(formulas).size)],
      ['sharing their formula', share(facts.sharedFormula, n)],
      ...lineIf(facts.repeats > 0, 'the same as an earlier one', () => share(facts.repeats, n)),
      ['atoms', range(atoms.spread!, '')],
      ['one atom only', share(facts.oneAtom, n)],
      ...lineIf(facts.notPeriodic > 0, 'not periodic in 3 directions', () => share(facts.notPeriodic, n)),
      ['elements', `${elements.length}; structures with each:`],
      ['', elements.map(({ symbol, structures: m }) => `${symbol} ${m}`).join(', ')],
    ],
  };
}

function neighbours(facts: Facts): Section {
  const { rule, neighbourhoods, structures, shortest, overlapping } = facts;
  const edges = totalOf(facts, 'edges');
  const losing = (by: 'truncated' | 'capped'): string =>
    `${share(totalOf(facts, `${by}Atoms`), facts.neighbours.count)} of the atoms lose neighbours, ` +
    `${share(totalOf(facts, `${by}Edges`), Math.max(1, edges))} of all edges`;
  const closest = (k: number) =>
    neighbourhoods[k].coincident > 0 ? 'at one place' : `${digits(shortest.values[k]!)} Å`;
  return {
    title: `Neighbours within ${rule.cutoff} Å`,
    lines: [
      ['neighbours of an atom', range(facts.neighbours, '')],
      [
        'edges of a structure',
        `mean ${digits(edges / structures.length)}, most ${largest(neighbourhoods.map((one) => one.edges))}`,
      ],
      [`with at most ${rule.most}`, losing('truncated')],
      [`with images up to ${rule.imageCap} cells`, losing('capped')],
      ['isolated atoms', `${share(facts.isolatedAtoms, facts.neighbours.count)}, in ${facts.isolated} structures`],
      ['shortest distances', shortest.spread ? range(shortest.spread, 'Å') : 'no two atoms are neighbours'],
      [`closer than ${TOO_CLOSE} Å`, share(overlapping.length, structures.length)],
      ...lineIf(overlapping.length > 0, '  the worst', () => worst(facts, overlapping, closest)),
    ],
  };
}

function labels(facts: Facts): Section {
  const { labelled, structures, zeroErrors } = facts;
  const missing = (['energy', 'forces', 'stress'] as const).flatMap((label) =>
    labelled[label] < structures.length ? [`${label} ${structures.length - labelled[label]}`] : [],
  );
  const zeroes = [
    ...(zeroErrors.forces === undefined ? [] : [`of forces ${digits(zeroErrors.forces)} eV/Å`]),
    ...(zeroErrors.stress === undefined ? [] : [`of stress ${digits(zeroErrors.stress)} GPa`]),
  ];
  return {
    title: 'Energies, forces, stress',
    lines: [
      ['missing', missing.length === 0 ? 'none' : `${missing.join(', ')} of ${structures.length}`],
      ...facts.labels.flatMap((one): Line[] => [[one.name, range(one.spread!, one.unit)], ...outlierLines(facts, one)]),
      ...lineIf(zeroes.length > 0, 'predicting zero', () => `error ${zeroes.join(', ')} a component`),
      ...lineIf(labelled.forces > 0, `forces below ${AT_REST} eV/Å (relaxed)`, () =>
        share(facts.relaxed, labelled.forces),
      ),
    ],
  };
}

function property(facts: Facts, one: NonNullable<Facts['property']>): Section {
  const { deviation, medianError } = one.spread!;
  return {
    title: `Property: ${withUnit(one.name, `(${one.unit})`)}`,
    lines: [
      ['missing', one.missing === 0 ? 'none' : share(one.missing, facts.structures.length)],
      ['range', range(one.spread!, one.unit)],
      ['standard deviation', withUnit(digits(deviation), one.unit)],
      ['always the median', withUnit(`error ${digits(medianError)}`, one.unit)],
      ...outlierLines(facts, one),
    ],
  };
}

const sections = (facts: Facts): Section[] => [
  what(facts),
  neighbours(facts),
  ...(facts.labels.length > 0 ? [labels(facts)] : []),
  ...(facts.property ? [property(facts, facts.property)] : []),
];

/** Columns of a terminal that longer lines are broken at. */
const WIDTH = 110;

/** A list broken between its entries. */
function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const entry of text.split(', ')) {
    const longer = lines.length === 0 ? entry : `${lines.at(-1)}, ${entry}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else {
      if (lines.length > 0) lines[lines.length - 1] += ',';
      lines.push(entry);
    }
  }
  return lines;
}

/** For a terminal. */
export function plainText(facts: Facts): string {
  const all = sections(facts);
  const width = largest(all.flatMap(({ lines }) => lines.map(([name]) => name.length))) + 2;
  return [
    `== ${facts.name}`,
    ...all.flatMap(({ title, lines }) => [
      '',
      title,
      ...lines.flatMap(([name, text]) =>
        broken(text, WIDTH - width - 2).map((part, k) => `  ${(k === 0 ? name : '').padEnd(width)}${part}`),
      ),
    ]),
  ].join('\n');
}

/** A section of a Markdown page; `picture`: a file beside it. */
export function markdownText(facts: Facts, picture: string): string {
  const row = ([name, text]: Line) => `| ${escaped(name.trim())} | ${escaped(text)} |`;
  return [
    `# ${escaped(facts.name)}`,
    ...sections(facts).flatMap(({ title, lines }) => [
      `## ${escaped(title)}`,
      ['| | |', '|---|---|', ...lines.map(row)].join('\n'),
    ]),
    `![histograms](${encodeURI(picture)})`,
  ].join('\n\n');
}
