/**
 * A run's metrics.jsonl as curves against the epoch. Pure data: nothing is drawn, nothing is rescaled.
 *
 * Of an epoch that was written twice (a resumed run) the last row counts. NaN comes out of JSON as null: both are gaps.
 */

import { drawable } from './style.ts';

export interface EpochRow {
  readonly kind: 'epoch';
  readonly epoch: number;
  readonly step: number;
  readonly rate: number;
  readonly training: number;
  readonly validation?: Readonly<Record<string, number>>;
}

export interface StepRow {
  readonly kind: 'step';
  readonly step: number;
  readonly loss: number;
  readonly norm: number;
  readonly rate: number;
}

export type MetricsRow = EpochRow | StepRow;

/** x in epochs; y is NaN in a gap. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface RunCurves {
  readonly name: string;
  readonly training: readonly Point[];
  /** Loss of single steps, averaged over spans of the run. */
  readonly steps: readonly Point[];
  readonly rate: readonly Point[];
  readonly validation: ReadonlyMap<string, readonly Point[]>;
  /** The epoch of the lowest value of `monitor`, if it has any. */
  readonly best: number | undefined;
}

/** So many points show all that a panel can. */
const MOST_POINTS = 300;

const last = <T>(rows: readonly T[], key: (row: T) => number): T[] =>
  [...new Map(rows.map((row) => [key(row), row])).entries()]
    .filter(([k]) => Number.isFinite(k))
    .sort(([a], [b]) => a - b)
    .map(([, row]) => row);

const value = (y: number | null | undefined): number => (typeof y === 'number' && drawable(y) ? y : Number.NaN);

/** At most MOST_POINTS points, each the mean of neighbouring ones. */
export function thin(points: readonly Point[]): Point[] {
  const size = Math.ceil(points.length / MOST_POINTS);
  if (size <= 1) return [...points];
  return Array.from({ length: Math.ceil(points.length / size) }, (_, k) => {
    const part = points.slice(k * size, (k + 1) * size).filter(({ y }) => Number.isFinite(y));
    const mean = (pick: (p: Point) => number) => part.reduce((sum, p) => sum + pick(p), 0) / part.length;
    return { x: part.length === 0 ? points[k * size].x : mean((p) => p.x), y: mean((p) => p.y) };
  });
}

/** Epochs passed at a step: straight between the rows of epochs, and on at the same pace after the last. */
function epochAt(epochs: readonly EpochRow[], step: number): number {
  const known = [{ epoch: 0, step: 0 }, ...epochs.filter((row) => row.step > 0)];
  let k = 1;
  while (k < known.length - 1 && known[k].step < step) k++;
  const [a, b] = [known[k - 1], known[k] ?? { epoch: 1, step: 1 }];
  return a.epoch + ((step - a.step) / (b.step - a.step || 1)) * (b.epoch - a.epoch);
}

/** The curves of a run; `monitor` names the validation quantity whose lowest value is best (training loss if absent). */
export function readRun(name: string, rows: readonly MetricsRow[], monitor: string | undefined): RunCurves {
  const epochs = last(
    rows.filter((row) => row.kind === 'epoch'),
    (row) => row.epoch,
  );
  const steps =
    epochs.length === 0
      ? []
      : last(
          rows.filter((row) => row.kind === 'step'),
          (row) => row.step,
        ).map((row) => ({ x: epochAt(epochs, row.step), row }));
  const curve = (pick: (row: EpochRow) => number | undefined): Point[] =>
    epochs.map((row) => ({ x: row.epoch, y: value(pick(row)) }));
  const keys = new Set(epochs.flatMap((row) => Object.keys(row.validation ?? {})));
  const validation = new Map([...keys].map((key) => [key, curve((row) => row.validation?.[key])]));
  const training = curve((row) => row.training);
  const judged = (monitor === undefined ? training : (validation.get(monitor) ?? [])).filter((p) =>
    Number.isFinite(p.y),
  );
  return {
    name,
    training,
    steps: thin(steps.map(({ x, row }) => ({ x, y: value(row.loss) }))),
    rate: steps.length > 0 ? thin(steps.map(({ x, row }) => ({ x, y: value(row.rate) }))) : curve((row) => row.rate),
    validation,
    best: judged.reduce<Point | undefined>((best, p) => (best && best.y <= p.y ? best : p), undefined)?.x,
  };
}
