/**
 * Which writes of a sweep reach an element, and from where: a contribution is one such write with the tests under which it
 * reaches the element, the loop indices at which it does, and the rows that it comes from.
 */
import type { Place } from '../../compile/expr.ts';
import type { Stage, Sweep, Write } from '../../compile/kernel.ts';
import { type Size, sameSize } from '../../dimension.ts';
import type { KernelContext } from './context.ts';
import { type Inverse, inverseOf, within, zero } from './inverse.ts';
import { fixed, type Position, plus, showPosition, times } from './position.ts';

/** The rows of a sweep from which a write reaches an element. */
export type SourceRows =
  | { readonly kind: 'one'; readonly row: Position }
  | { readonly kind: 'all' }
  /** The rows of one part, for sums in two passes (parts.ts). */
  | { readonly kind: 'part'; readonly part: Position }
  /** The rows for which the index at slot `index` holds the row number `here`. */
  | { readonly kind: 'pointing'; readonly index: number; readonly here: Position };

export interface Contribution extends Inverse {
  readonly stage: Stage;
  readonly write: Write;
  readonly rows: SourceRows;
  /** Those of its tests that are about rows; they are the last ones of `tests`. */
  readonly rowTests: readonly string[];
}

interface WriteOfStage {
  readonly stage: Stage;
  readonly write: Write;
}

/** Slots of the buffers that a sweep writes. */
export function resultsOf(sweep: Sweep): number[] {
  const places = sweep.stages.flatMap((stage) => stage.writes.map(({ to }) => to));
  return [...new Set(places.filter(({ space }) => space === 'buffer').map(({ slot }) => slot))];
}

/** The writes to a buffer (given by its slot) or to a temporary (given by its number), without those of empty loops. */
function writesTo({ stages }: Sweep, space: Place['space'], slot: number): WriteOfStage[] {
  return stages
    .filter((stage) => !stage.extents.includes(0))
    .flatMap((stage) => stage.writes.map((write) => ({ stage, write })))
    .filter(({ write }) => write.to.space === space && write.to.slot === slot);
}

/** What reaches element `at` of the temporary `temp` of `row`. */
export function contributionsToTemporary(
  { sweep, split }: KernelContext,
  temp: number,
  at: Position,
  row: Position,
): Contribution[] {
  return writesTo(sweep, 'temp', temp).map(({ stage, write }) => {
    const { index } = write.to;
    const inverse = inverseOf(plus(at, fixed(-index.base)), index, stage.extents, split);
    return { stage, write, ...inverse, rowTests: [], rows: { kind: 'one', row } };
  });
}

/** What reaches element [row][column] of the kernel's output. */
export function contributionsToOutput(context: KernelContext, row: Position, column: Position): Contribution[] {
  return writesTo(context.sweep, 'buffer', context.slot).map((source) =>
    source.write.to.index.row === 0
      ? fromManyRows(context, source, row, column)
      : fromMatchingRows(context, source, row, column),
  );
}

/** A write to the same place from every row, as for a sum over all rows. */
function fromManyRows(
  context: KernelContext,
  { stage, write }: WriteOfStage,
  row: Position,
  column: Position,
): Contribution {
  const { index } = write.to;
  // A part of the rows has one row of the output, in which all elements of the result lie side by side.
  const rowStart = context.parts ? fixed(0) : times(row, context.resultWidth);
  const at = plus(plus(rowStart, column), fixed(-index.base));
  const rows: SourceRows = context.parts ? { kind: 'part', part: row } : { kind: 'all' };
  return { stage, write, ...inverseOf(at, index, stage.extents, context.split), rowTests: [], rows };
}

/** A write that goes to the row of the sweep, to a row at a fixed distance or stride, or to the row that an index names. */
function fromMatchingRows(
  context: KernelContext,
  { stage, write }: WriteOfStage,
  row: Position,
  column: Position,
): Contribution {
  const { index, gather } = write.to;
  const { sweep, resultRows, resultWidth: width, split } = context;
  if (index.row % width !== 0) throw new Error(`internal: a write steps ${index.row} in rows of ${width}`);
  const startRow = Math.floor(index.base / width);
  const columnFromStart = plus(column, fixed(startRow * width - index.base));
  const { tests, loops } = inverseOf(columnFromStart, index, stage.extents, split);
  const { quotient: from, rest } = split(plus(row, fixed(-startRow)), index.row / width);
  const contribution = (rows: SourceRows, rangeTests: readonly string[]): Contribution => {
    const rowTests = [...zero(rest), ...rangeTests];
    return { stage, write, tests: [...tests, ...rowTests], rowTests, loops, rows };
  };
  const inRange = (p: Position, rows: Size): string[] => [...within(p), `${showPosition(p)}<${context.sizeText(rows)}`];
  if (gather) {
    const here = plus(from, fixed(-gather.shift));
    return contribution(
      { kind: 'pointing', index: gather.index, here },
      gather.shift === 0 ? [] : inRange(here, resultRows),
    );
  }
  const isOwnRow = sameSize(sweep.rows, resultRows) && showPosition(from) === showPosition(row);
  return contribution({ kind: 'one', row: from }, isOwnRow ? [] : inRange(from, sweep.rows));
}
