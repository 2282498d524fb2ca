/**
 * How training went: loss, validation errors and learning rate against the epoch, of one run or of several.
 *
 * Quantities of one unit share a panel, others have their own. Values are drawn as logged, times the scale of their
 * quantity; an axis is logarithmic where its values are positive and span a decade. Values that are not finite are gaps.
 */

import { largest } from '../data/index.ts';
import { type Curve, curveNames, curvePanel } from './curve-panel.ts';
import { labelHeight, labelWidth } from './labels.ts';
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
  /** Panels side by side: 1 for one column of a paper, 2 (default) for two. */
  readonly columns?: number;
}

/** A quantity of a panel with its curve in each run. */
interface Group {
  readonly unit: string | undefined;
  readonly members: { label: string; scale: number; of: (run: RunCurves) => readonly Point[]; training?: true }[];
}

const HEIGHT = 190;
const LOW = 110;

/** One run's rows, or the rows of several by name, as a picture for savePicture. */
export function lossCurves(
  rows: readonly MetricsRow[] | Readonly<Record<string, readonly MetricsRow[]>>,
  { title = 'Training', training = {}, quantities, monitor, columns = 2 }: CurveOptions = {},
): SVGSVGElement {
  const byName = Array.isArray(rows) ? { '': rows as MetricsRow[] } : (rows as Record<string, readonly MetricsRow[]>);
  const logged = new Set(
    Object.values(byName).flatMap((all) =>
      all.flatMap((row) => (row.kind === 'epoch' ? Object.keys(row.validation ?? {}) : [])),
    ),
  );
  const keys = quantities ? Object.keys(quantities) : [...logged];
  if (monitor !== undefined && logged.size > 0 && !logged.has(monitor)) {
    throw new Error(`monitor: expected one of ${[...logged].join(', ')} (what the runs validate), got ${monitor}.`);
  }
  const judge = monitor ?? keys.find((key) => logged.has(key));
  const runs = Object.entries(byName).map(([name, all]) => readRun(name, all, judge));

  const { label = 'training loss', unit = '', scale = 1 } = training;
  const groups: Group[] = [{ unit, members: [{ label, scale, of: (run) => run.training, training: true }] }];
  for (const key of keys.filter((k) => logged.has(k))) {
    const { label = `validation ${key}`, unit, scale = 1 } = quantities?.[key] ?? {};
    const member = { label, scale, of: (run: RunCurves) => run.validation.get(key) ?? [] };
    const shared = unit === undefined ? undefined : groups.find((group) => group.unit === unit);
    if (shared) shared.members.push(member);
    else groups.push({ unit, members: [member] });
  }

  const several = runs.length > 1;
  const scaled = (points: readonly Point[], scale: number) =>
    points.map(({ x, y }) => ({ x, y: drawable(y * scale) ? y * scale : Number.NaN }));
  const contents = groups.map(({ unit, members }, g) => {
    const curves = members.flatMap((member, m) =>
      runs.map(
        (run, r): Curve => ({
          run: run.name,
          label: member.label,
          points: scaled(member.of(run), member.scale),
          faint: member.training ? scaled(run.steps, member.scale) : [],
          // Of one run, the training loss alone has the first colour.
          colour: colour(several ? r : g === 0 ? m : m + 1),
          dash: several ? m : 0,
          best: run.best,
        }),
      ),
    );
    return { curves, unit: unit ?? '', height: HEIGHT, plain: false };
  });
  const rates = runs.map((run, r): Curve => {
    const tone = several ? colour(r) : GREY;
    return {
      run: run.name,
      label: 'learning rate',
      points: run.rate,
      faint: [],
      colour: tone,
      dash: 0,
      best: undefined,
    };
  });
  contents.push({ curves: rates, unit: '', height: LOW, plain: true });

  // Steps go on after the last epoch of a run that was stopped.
  const epochs = runs.flatMap(({ training, steps }) => [...training, ...steps].map((p) => p.x));
  const xEnds: [number, number] =
    epochs.length === 0 ? [0, 1] : [epochs.reduce((a, b) => Math.min(a, b), 0), largest(epochs)];
  const marginRight = largest(
    contents.map(({ curves }) => labelWidth(curveNames(curves, several))),
    8,
  );
  const panels = contents.map(({ curves, height, ...content }) => {
    const room = AROUND + labelHeight(curveNames(curves, several));
    return curvePanel(curves, {
      ...content,
      height: Math.max(height, room),
      width: PANEL,
      marginRight,
      xEnds,
      several,
    });
  });
  const judged = judge === undefined ? label : (quantities?.[judge]?.label ?? `validation ${judge}`);
  const best = runs.some((run) => run.best !== undefined);
  const there = several ? '; numbers: the values there' : '';
  const notes = best ? [`Circles: the best epoch (lowest ${judged})${there}.`] : [];
  return arrange(panels, { title, columns: Math.min(columns, panels.length), notes });
}
