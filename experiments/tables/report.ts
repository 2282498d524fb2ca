/** A table from its finished runs. */
import type { PaperSet } from '../datasets.ts';
import type { PaperValue } from './paper.ts';
import type { TablePlan } from './plan.ts';

export interface TableText {
  /** Of its files. */
  readonly name: string;
  readonly caption: string;
  /** The paper's number for a row and column. */
  readonly paper: (row: string, set: PaperSet) => PaperValue | undefined;
}

export async function reportTable(_out: string, _plan: TablePlan, _text: TableText): Promise<string> {
  return '';
}
