/**
 * How training went: loss, validation errors and learning rate against the epoch.
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

const scaled = (points: readonly Point[], scale: number): Point[] =>
  points.map(({ x, y }) => ({ x, y: drawable(y * scale) ? y * scale : Number.NaN }));

/**
 * The training loss, the quantities of `keys` beside those of their unit, and the learning rate. A quantity without a unit
 * stands alone; the training loss alone has the first colour.
 */
function contentsOf(
  run: RunCurves,
  keys: readonly string[],
  training: Quantity,
  quantities: CurveOptions['quantities'],
) {
  const { label = TRAINING, unit = '', scale = 1 } = training;
  const groups: { unit: string | undefined; curves: Curve[] }[] = [
    { unit, curves: [{ label, points: scaled(run.training, scale), colour: colour(0), best: run.best }] },
  ];
  for (const key of keys) {
    const { label = `validation ${key}`, unit, scale = 1 } = quantities?.[key] ?? {};
    const points = scaled(run.validation.get(key) ?? [], scale);
    const shared = unit === undefined ? undefined : groups.find((group) => group.unit === unit);
    const place = shared ? shared.curves.length + (shared === groups[0] ? 0 : 1) : 1;
    const curve = { label, points, colour: colour(place), best: run.best };
    if (shared) shared.curves.push(curve);
    else groups.push({ unit, curves: [curve] });
  }
  const rate: Curve = { label: 'learning rate', points: run.rate, colour: GREY, best: undefined };
  return [
    ...groups.map(({ curves, unit = '' }): Content => ({ curves, unit, height: HEIGHT, plain: false })),
    { curves: [rate], unit: '', height: LOW, plain: true },
  ];
}

/** The contents as panels on one axis of epochs, all with room for the names at the ends of their curves. */
function panelsOf(contents: readonly Content[], epochs: readonly number[]): SVGSVGElement[] {
  const names = contents.map(({ curves }) => curveNames(curves));
  const widths = names.map((own) => labelWidth(own));
  const xEnds = epochs.length === 0 ? ([0, 1] as const) : ([Math.min(0, epochs[0]), largest(epochs)] as const);
  return contents.map(({ curves, height, ...content }, k) =>
    curvePanel(curves, {
      ...content,
      width: PANEL,
      marginRight: largest(widths, 8),
      height: Math.max(height, AROUND + labelHeight(names[k])),
      xEnds,
    }),
  );
}

/**
 * The curves of a run, from its rows, as a picture for savePicture. Throws where `monitor` is nothing that the run
 * validates.
 *
 *   const rows = [{ kind: 'epoch', epoch: 1, step: 100, rate: 1e-3, training: 0.4, validation: { energy: 0.02 } }];
 *   const energy = { label: 'energy error', unit: 'meV/atom', scale: 1000 };
 *   await savePicture('curves', lossCurves(rows, { title: 'Pre-training', quantities: { energy } }));
 */
export function lossCurves(
  rows: readonly MetricsRow[],
  { title = 'Training', training = {}, quantities, monitor }: CurveOptions = {},
): SVGSVGElement {
  const logged = new Set(rows.flatMap((row) => Object.keys(row.validation ?? {})));
  if (monitor !== undefined && logged.size > 0 && !logged.has(monitor)) {
    throw new Error(`monitor: expected one of ${[...logged].join(', ')} (what the run validates), got ${monitor}.`);
  }
  const keys = (quantities ? Object.keys(quantities) : [...logged]).filter((key) => logged.has(key));
  const judge = monitor ?? keys[0];
  const run = readRun(rows, judge);
  const epochs = run.training.map(({ x }) => x);
  const panels = panelsOf(contentsOf(run, keys, training, quantities), epochs);
  const judged =
    judge === undefined ? (training.label ?? TRAINING) : (quantities?.[judge]?.label ?? `validation ${judge}`);
  const notes = run.best === undefined ? [] : [`Circles: the best epoch (lowest ${judged}).`];
  return arrange(panels, { title, columns: 2, notes });
}
