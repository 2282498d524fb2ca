/** Errors of pre-trainings on the test part of every source, beside those of predicting zero, from their results. */

import { type Column, type Table, tableOf } from '../../files/tables.ts';
import { significant } from '../../plots/index.ts';
import type { ErrorColumn, ErrorReport } from '../../training/task.ts';
import { STRATEGY_NAMES, strategyOf } from '../../training/tasks/index.ts';
import type { PretrainedRun } from './runs.ts';

interface ErrorRow {
  readonly title: string;
  readonly source: string;
  readonly structures: number;
  readonly error: unknown;
  readonly zero: unknown;
}

/** A row for each source of a run; the whole test part comes last, where there are several. */
function rowsOf({ title, result }: PretrainedRun): ErrorRow[] {
  const own = Object.entries(result.testBySource);
  const all = own.length > 1 ? [...own, ['all', result.test] as const] : own;
  return all.map(([source, { structures, error, zero }]) => ({ title, source, structures, error, zero }));
}

/** Columns of a quantity: for reading its error beside that of predicting zero, and each of them in the CSV file. */
function columnsOf({ title, unit, scale, of }: ErrorColumn<unknown>, rows: readonly ErrorRow[]) {
  const scaled = (errors: unknown) => {
    const x = of(errors);
    return x === null ? null : scale * x;
  };
  const name = `${title} (${unit})`;
  /** The lowest error of a source, if it is better than zero. */
  const isBest = (source: string, error: number): boolean =>
    rows.every((one) => one.source !== source || error <= (scaled(one.error) ?? Number.POSITIVE_INFINITY));
  const shown: Column<ErrorRow> = {
    title: name,
    of(row) {
      const [error, zero] = [scaled(row.error), scaled(row.zero)];
      if (error === null || zero === null) return undefined;
      const text = `${significant(error)} [${significant(zero)}]`;
      return { text, bold: error < zero && isBest(row.source, error) };
    },
  };
  const error: Column<ErrorRow> = { csv: name, of: (row) => scaled(row.error) };
  const zero: Column<ErrorRow> = { csv: `predicting zero: ${name}`, of: (row) => scaled(row.zero) };
  return { shown, error, zero };
}

function tableOfReport(runs: readonly PretrainedRun[], report: ErrorReport<unknown>): Table | undefined {
  const rows = runs.filter(({ config }) => strategyOf(config).errors === report).flatMap(rowsOf);
  if (rows.length === 0) return undefined;
  const quantities = report.columns.map((column) => columnsOf(column, rows));
  const columns: Column<ErrorRow>[] = [
    { title: 'network', csv: 'network', of: ({ title }) => title },
    { title: 'source', csv: 'source', of: ({ source }) => source },
    { title: 'structures', csv: 'structures', of: ({ structures }) => structures },
    ...quantities.flatMap(({ shown, error }) => [shown, error]),
    ...quantities.map(({ zero }) => zero),
  ];
  return tableOf(`${report.caption} Bold: the best of a source, where it is better than zero.`, columns, rows);
}

/** The reports of all strategies, each once. */
const REPORTS = [...new Set(STRATEGY_NAMES.map((strategy) => strategyOf({ strategy }).errors))];
/** What tables of errors are called. */
export const ERROR_TABLES = REPORTS.map(({ table }) => table);

/** Tables by the endings of their names; those without rows are left out. */
export const errorTables = (runs: readonly PretrainedRun[]): [string, Table][] =>
  REPORTS.flatMap((report) => {
    const table = tableOfReport(runs, report);
    return table ? [[report.table, table] as [string, Table]] : [];
  });
