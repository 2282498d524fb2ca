/**
 * A run's metrics.jsonl as curves against the epoch. Pure data: nothing is drawn, nothing is rescaled.
 *
 * Of an epoch that was written twice (a resumed run) the last row counts. NaN comes out of JSON as null: both are gaps.
 */
import { drawable } from './style.ts';

export interface MetricsRow {
  readonly kind: 'epoch';
  readonly epoch: number;
  readonly step: number;
  readonly rate: number;
  /** null before the first epoch. */
  readonly training: number | null;
  readonly validation?: Readonly<Record<string, number | null>> | undefined;
}

/** x in epochs; y is NaN in a gap. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface RunCurves {
  readonly training: readonly Point[];
  readonly rate: readonly Point[];
  readonly validation: ReadonlyMap<string, readonly Point[]>;
  /** The epoch of the lowest value of `monitor`, if it has any. */
  readonly best: number | undefined;
}

const value = (y: number | null | undefined): number => (typeof y === 'number' && drawable(y) ? y : Number.NaN);

/** The curves of a run; `monitor` names the validation quantity whose lowest value is best (training loss if absent). */
export function readRun(rows: readonly MetricsRow[], monitor: string | undefined): RunCurves {
  const byEpoch = new Map(rows.map((row) => [row.epoch, row]));
  const epochs = [...byEpoch.values()].filter(({ epoch }) => Number.isFinite(epoch)).sort((a, b) => a.epoch - b.epoch);
  const curve = (pick: (row: MetricsRow) => number | null | undefined): Point[] =>
    epochs.map((row) => ({ x: row.epoch, y: value(pick(row)) }));
  const keys = new Set(epochs.flatMap((row) => Object.keys(row.validation ?? {})));
  const validation = new Map([...keys].map((key) => [key, curve((row) => row.validation?.[key])]));
  const training = curve((row) => row.training);
  const watched = monitor === undefined ? training : (validation.get(monitor) ?? []);
  const judged = watched.filter(({ y }) => Number.isFinite(y));
  return {
    training,
    rate: curve((row) => row.rate),
    validation,
    best: judged.reduce<Point | undefined>((best, p) => (best && best.y <= p.y ? best : p), undefined)?.x,
  };
}
