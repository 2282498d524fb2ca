/** Errors of pre-trainings on the test part of every source, beside those of predicting zero, from their results. */
import { significant } from '../../plots/style.ts';
import type { Comparison, ErrorReport } from '../../training/task.ts';
import { STRATEGY_NAMES, strategyOf } from '../../training/tasks/index.ts';
import type { Cell, Table } from '../tables/write.ts';
import type { PretrainedRun } from './runs.ts';

interface Value {
  readonly error: number | null;
  readonly zero: number | null;
}

interface Row {
  readonly title: string;
  readonly source: string;
  readonly structures: number;
  /** By quantity, in the unit that is shown; null where there is no label. */
  readonly values: readonly Value[];
}

/** A row for each source of a run; the whole test part comes last, where there are several. */
function rowsOf({ title, result }: PretrainedRun, { columns }: ErrorReport<unknown>): Row[] {
  const own = Object.entries(result.testBySource);
  const all: [string, Comparison<unknown>][] = own.length > 1 ? [...own, ['all', result.test]] : own;
  return all.map(([source, { structures, error, zero }]) => ({
    ...{ title, source, structures },
    values: columns.map(({ of, scale }) => {
      const scaled = (x: number | null) => (x === null ? null : scale * x);
      return { error: scaled(of(error)), zero: scaled(of(zero)) };
    }),
  }));
}

function tableOf(runs: readonly PretrainedRun[], report: ErrorReport<unknown>): Table | undefined {
  const rows = runs.filter(({ config }) => strategyOf(config).errors === report).flatMap((run) => rowsOf(run, report));
  if (rows.length === 0) return undefined;
  const header = report.columns.map(({ title, unit }) => `${title} (${unit})`);
  /** The lowest error of a source, if it is better than zero. */
  const isBest = (source: string, k: number, error: number): boolean =>
    rows.every((one) => one.source !== source || error <= (one.values[k].error ?? Number.POSITIVE_INFINITY));
  const cell = (source: string, { error, zero }: Value, k: number): Cell => {
    if (error === null || zero === null) return { text: '—' };
    return {
      text: `${significant(error)} [${significant(zero)}]`,
      bold: error < zero && isBest(source, k, error),
    };
  };
  return {
    caption: `${report.caption} Bold: the best of a source, where it is better than zero.`,
    header: ['network', 'source', 'structures', ...header],
    rows: rows.map(({ title, source, structures, values }) => ({
      cells: [
        ...[title, source, String(structures)].map((text) => ({ text })),
        ...values.map((value, k) => cell(source, value, k)),
      ],
    })),
    csv: [
      ['network', 'source', 'structures', ...header, ...header.map((name) => `predicting zero: ${name}`)],
      ...rows.map(({ title, source, structures, values }) => [
        ...[title, source, String(structures)],
        ...values.map(({ error }) => (error === null ? '' : String(error))),
        ...values.map(({ zero }) => (zero === null ? '' : String(zero))),
      ]),
    ],
  };
}

/** The reports of all strategies, each once. */
const REPORTS = [...new Set(STRATEGY_NAMES.map((strategy) => strategyOf({ strategy }).errors))];
/** What tables of errors are called. */
export const ERROR_TABLES = REPORTS.map(({ table }) => table);

/** Tables by the endings of their names; those without rows are left out. */
export const errorTables = (runs: readonly PretrainedRun[]): [string, Table][] =>
  REPORTS.flatMap((report) => {
    const table = tableOf(runs, report);
    return table ? [[report.table, table] as [string, Table]] : [];
  });
