/**
 * Prints the tests and loops around a contribution: first the tests under which it reaches the element, then loops over the
 * rows that it comes from, then those loops of its stage whose indices the element does not determine.
 */
import { type KernelContext, lastRow } from './context.ts';
import type { Contribution, SourceRows } from './contribution.ts';
import { slabElement } from './load.ts';
import { fixed, type Position, plus, positionOf, rangeOf, showPosition, times } from './position.ts';
import { reverseLength } from './reverse-index.ts';

/** Prints `body` where all tests hold. */
export function guarded({ out }: KernelContext, tests: readonly string[], body: () => void): void {
  if (tests.length === 0) body();
  else out.block(`if(${tests.join('&&')})`, body);
}

/** Prints `body` for each row and all loop indices of a contribution. */
export function visit(
  context: KernelContext,
  { tests, loops, rows, stage }: Contribution,
  body: (row: Position, loops: readonly Position[]) => void,
): void {
  // Under a test a position gets a name of its own: what depends on it then stays inside the test, and its range is known.
  const proven = (p: Position, last: number): Position => {
    if (tests.length === 0) return p;
    const [low, high] = rangeOf(p);
    return context.named(p, Math.max(0, low), Math.min(last, high));
  };
  guarded(context, tests, () => {
    const known = loops.map((p, k) => p && proven(p, stage.extents[k] - 1));
    overRows(context, rows, proven, (row) => runLoops(context, known, stage.extents, (all) => body(row, all)));
  });
}

function overRows(
  context: KernelContext,
  rows: SourceRows,
  proven: (p: Position, last: number) => Position,
  body: (row: Position) => void,
): void {
  const { sweep, parts, resultRows } = context;
  const last = lastRow(sweep.rows);
  if (rows.kind === 'one') body(proven(rows.row, last));
  else if (rows.kind === 'all') loopOver(context, 'r', '0', context.sizeText(sweep.rows), last, body);
  else if (rows.kind === 'pointing')
    overPointingRows(context, rows.index, proven(rows.here, lastRow(resultRows)), body);
  else {
    const { length } = parts!;
    const { part } = rows;
    const from = context.defineInteger(showPosition(times(part, length)), part.level);
    const to = context.defineInteger(`Math.min(${from}+${length},${context.sizeText(sweep.rows)})`, part.level);
    loopOver(context, 'r', from, to, last, body);
  }
}

/** Prints `body` for the rows at which an index (given by its slot) holds `here`, in row order. */
export function overPointingRows(
  context: KernelContext,
  index: number,
  here: Position,
  body: (row: Position) => void,
): void {
  const { sweep, resultRows } = context;
  const buffer = sweep.buffers[index];
  const reverse = context.nameOf(`q${buffer}`, { kind: 'reverse', buffer });
  const isKnown = typeof resultRows === 'number' && typeof sweep.rows === 'number';
  const length = isKnown ? reverseLength(sweep.rows, resultRows) : Number.POSITIVE_INFINITY;
  const entry = (at: Position) => slabElement(context, reverse, length, at, fixed(0));
  const from = entry(here).text;
  const to = entry(plus(here, fixed(1))).text;
  loopOver(context, 'e', from, to, Number.POSITIVE_INFINITY, (at) => {
    const { text, level } = entry(at);
    body(positionOf({ name: text, low: 0, high: lastRow(sweep.rows) }, level));
  });
}

/** Prints `body` inside a loop for each index that is not known. */
export function runLoops(
  context: KernelContext,
  loops: readonly (Position | undefined)[],
  extents: readonly number[],
  body: (loops: readonly Position[]) => void,
): void {
  const k = loops.indexOf(undefined);
  if (k < 0) body(loops as readonly Position[]);
  else {
    loopOver(context, 'c', '0', String(extents[k]), extents[k] - 1, (at) =>
      runLoops(context, loops.with(k, at), extents, body),
    );
  }
}

/** Prints a loop from `from` to before `to`, of which `high` is the largest index if it is known. */
function loopOver(
  { out }: KernelContext,
  prefix: string,
  from: string,
  to: string,
  high: number,
  body: (at: Position) => void,
): void {
  const name = out.fresh(prefix);
  out.block(`for(let ${name}=${from};${name}<${to};${name}+=1)`, () =>
    body(positionOf({ name, low: 0, high }, out.level)),
  );
}
