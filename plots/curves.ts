/**
 * How training went: loss, validation errors and learning rate against the epoch, of one run or of several.
 *
 * Quantities of one unit share a panel, others have their own. Values are drawn as logged, times the scale of their
 * quantity; an axis is logarithmic where its values are positive and span a decade. Values that are not finite are gaps.
 */
import { largest } from '../data/index.ts';
import { type Curve, curveNames, curvePanel } from './curve-panel.ts';
import { labelHeight, labelWidth } from './end-labels.ts';
import { AROUND, arrange } from './panel.ts';
import { type MetricsRow, type Point, type RunCurves, readRun } from './series.ts';
import { colour, drawable, GREY, PANEL } from './style.ts';

export interface Quantity {
  /** As in "energy error"; default: "validation KEY". */
  readonly label?: string;
  /** After the scale, e.g. meV/atom. */
  readonly unit?: string;
  /** What a logged value is multiplied by, e.g. 1000 from eV to meV. */
  readonly scale?: number;
}

export interface CurveOptions {
  readonly title?: string;
  readonly training?: Quantity;
  /** The keys of `validation` to draw, in this order; default: all, as logged. */
  readonly quantities?: Readonly<Record<string, Quantity>>;
  /** The validation quantity whose lowest value marks the best epoch; default: the first, or the training loss. */
  readonly monitor?: string;
}

/** The quantities that share a panel, each with its curve in a run. */
interface Group {
  readonly unit: string | undefined;
  readonly members: { label: string; scale: number; of: (run: RunCurves) => readonly Point[] }[];
}

/** What a panel shows, before its size is known. */
interface Content {
  readonly curves: readonly Curve[];
  readonly unit: string;
  readonly height: number;
  readonly plain: boolean;
}

const TRAINING = 'training loss';
const HEIGHT = 190;
const LOW = 110;

/** The keys of all validation quantities that any of the runs has logged. */
const loggedKeys = (runs: readonly (readonly MetricsRow[])[]): Set<string> =>
  new Set(runs.flat().flatMap((row) => Object.keys(row.validation ?? {})));

/** The training loss, and the quantities of `keys` beside those of their unit; a quantity without a unit stands alone. */
function groupsOf(keys: readonly string[], training: Quantity, quantities: CurveOptions['quantities']): Group[] {
  const { label = TRAINING, unit = '', scale = 1 } = training;
  const groups: Group[] = [{ unit, members: [{ label, scale, of: (run) => run.training }] }];
  for (const key of keys) {
    const { label = `validation ${key}`, unit, scale = 1 } = quantities?.[key] ?? {};
    const member = { label, scale, of: (run: RunCurves) => run.validation.get(key) ?? [] };
    const shared = unit === undefined ? undefined : groups.find((group) => group.unit === unit);
    if (shared) shared.members.push(member);
    else groups.push({ unit, members: [member] });
  }
  return groups;
}

const scaled = (points: readonly Point[], scale: number): Point[] =>
  points.map(({ x, y }) => ({ x, y: drawable(y * scale) ? y * scale : Number.NaN }));

/** The panel of a group. Of several runs, colours tell the runs apart; of one run, the quantities. */
function contentOf({ unit, members }: Group, isFirst: boolean, runs: readonly RunCurves[]): Content {
  const several = runs.length > 1;
  const curves = members.flatMap((member, m) =>
    runs.map(
      (run, r): Curve => ({
        run: run.name,
        label: member.label,
        points: scaled(member.of(run), member.scale),
        // Of one run, the training loss alone has the first colour.
        colour: colour(several ? r : isFirst ? m : m + 1),
        dash: several ? m : 0,
        best: run.best,
      }),
    ),
  );
  return { curves, unit: unit ?? '', height: HEIGHT, plain: false };
}

/** The panel of the learning rates. */
function ratesOf(runs: readonly RunCurves[]): Content {
  const shared = { label: 'learning rate', dash: 0, best: undefined };
  const curves = runs.map(({ name, rate }, r): Curve => {
    return { ...shared, run: name, points: rate, colour: runs.length > 1 ? colour(r) : GREY };
  });
  return { curves, unit: '', height: LOW, plain: true };
}

/** The first and last epoch of all runs. */
function epochRange(runs: readonly RunCurves[]): [number, number] {
  const epochs = runs.flatMap(({ training }) => training.map((p) => p.x));
  return epochs.length === 0 ? [0, 1] : [epochs.reduce((a, b) => Math.min(a, b), 0), largest(epochs)];
}

/** The contents as panels on one axis of epochs, all with room for the names at the ends of their curves. */
function panelsOf(contents: readonly Content[], runs: readonly RunCurves[]): SVGSVGElement[] {
  const several = runs.length > 1;
  const names = contents.map(({ curves }) => curveNames(curves, several));
  const shared = {
    width: PANEL,
    marginRight: largest(
      names.map((own) => labelWidth(own)),
      8,
    ),
    several,
  };
  return contents.map(({ curves, height, ...content }, k) =>
    curvePanel(curves, {
      ...content,
      ...shared,
      height: Math.max(height, AROUND + labelHeight(names[k])),
      xEnds: epochRange(runs),
    }),
  );
}

/** What circles are, if there are any. */
function notesOf(runs: readonly RunCurves[], judged: string): string[] {
  const there = runs.length > 1 ? '; numbers: the values there' : '';
  return runs.some(({ best }) => best !== undefined) ? [`Circles: the best epoch (lowest ${judged})${there}.`] : [];
}

/**
 * The curves of one run (its rows), or of several (their rows by name), as a picture for savePicture. Throws where
 * `monitor` is nothing that the runs validate.
 *
 *   const rows = [{ kind: 'epoch', epoch: 1, step: 100, rate: 1e-3, training: 0.4, validation: { energy: 0.02 } }];
 *   const energy = { label: 'energy error', unit: 'meV/atom', scale: 1000 };
 *   await savePicture('curves', lossCurves(rows, { title: 'Pre-training', quantities: { energy } }));
 */
export function lossCurves(
  rows: readonly MetricsRow[] | Readonly<Record<string, readonly MetricsRow[]>>,
  { title = 'Training', training = {}, quantities, monitor }: CurveOptions = {},
): SVGSVGElement {
  const byName = Array.isArray(rows) ? { '': rows as MetricsRow[] } : (rows as Record<string, readonly MetricsRow[]>);
  const logged = loggedKeys(Object.values(byName));
  if (monitor !== undefined && logged.size > 0 && !logged.has(monitor)) {
    throw new Error(`monitor: expected one of ${[...logged].join(', ')} (what the runs validate), got ${monitor}.`);
  }
  const keys = (quantities ? Object.keys(quantities) : [...logged]).filter((key) => logged.has(key));
  const judge = monitor ?? keys[0];
  const runs = Object.entries(byName).map(([name, all]) => readRun(name, all, judge));
  const groups = groupsOf(keys, training, quantities);
  const panels = panelsOf([...groups.map((group, k) => contentOf(group, k === 0, runs)), ratesOf(runs)], runs);
  const judged =
    judge === undefined ? (training.label ?? TRAINING) : (quantities?.[judge]?.label ?? `validation ${judge}`);
  return arrange(panels, { title, columns: 2, notes: notesOf(runs, judged) });
}
