/**
 * Rows of the tables: ways to start a network. Strategies say their own (training/tasks/); a row's pre-training is any
 * part of a configuration.
 */
import { STRATEGY_NAMES, strategyOf } from '../../training/tasks/index.ts';
import type { Tree } from '../config/resolve.ts';
import { named } from '../datasets.ts';

export interface Row {
  /** Also the name of its folders. */
  readonly name: string;
  readonly title: string;
  /** What its pre-training is told; null: random weights. */
  readonly pretrain: Tree | null;
  /** Where a row is one of several lengths (Table 5): the paper's epochs that it stands for. */
  readonly paperEpochs?: number;
}

/** The untrained network, and the rows of each strategy: the eight of the paper's Tables 2 and 3, and what was added since. */
export const ROWS: readonly Row[] = [
  { name: 'none', title: 'untrained', pretrain: null },
  ...STRATEGY_NAMES.flatMap((strategy) => strategyOf({ strategy }).rows),
];

/** Rows by name; the untrained network comes first in any case: improvements are measured against it. */
export function rowsNamed(names: readonly string[]): readonly Row[] {
  const asked = names.map((name) => named(ROWS, name, 'strategy'));
  return ROWS.filter((row) => row.pretrain === null || asked.includes(row));
}
