/**
 * Prints the value of an element: expressions of a sweep, and sums and maxima over what reaches the element.
 *
 * A temporary of a row is an element, too, and is computed again wherever it is read, by every thread for itself. So
 * expressions need sums, and sums need expressions, and both stand in this file.
 */
import type { Expr, Place } from '../../compile/expr.ts';
import type { Write } from '../../compile/kernel.ts';
import { compositions, isComposed } from './composed.ts';
import { type KernelContext, lastRow } from './context.ts';
import { type Contribution, contributionsToTemporary } from './contribution.ts';
import type { Value } from './emitter.ts';
import { groupsOf, shareMost } from './joint-sums.ts';
import { destinationOf, readElement } from './load.ts';
import { guarded, overPointingRows, runLoops, visit } from './loops.ts';
import { fixed, type Position, plus, positionAt, positionOf, showPosition } from './position.ts';
import { scalarOps } from './scalar.ts';

/** Where an expression is evaluated: at which row and loop indices, and what has been evaluated there already. */
interface Site {
  readonly row: Position;
  readonly loops: readonly Position[];
  readonly done: Map<Expr, Value>;
}

const siteAt = (row: Position, loops: readonly Position[]): Site => ({ row, loops, done: new Map() });

function evaluate(context: KernelContext, expr: Expr, site: Site): Value {
  if (expr.op === 'literal') return { text: context.numberText(expr.value), level: 0 };
  const known = site.done.get(expr);
  if (known) return known;
  const value = evaluateAnew(context, expr, site);
  site.done.set(expr, value);
  return value;
}

function evaluateAnew(context: KernelContext, expr: Exclude<Expr, { op: 'literal' }>, site: Site): Value {
  if (expr.op === 'load') return load(context, expr.place, site);
  if (isComposed(expr)) return evaluate(context, compositions[expr.op](expr.args[0], expr.args[1]), site);
  const args = expr.args.map((arg) => evaluate(context, arg, site));
  const [a, b, c, d] = args.map(({ text }) => text);
  const print = scalarOps[expr.op as keyof typeof scalarOps];
  return context.out.define(print(a, b, c, d), Math.max(...args.map(({ level }) => level)));
}

function load(context: KernelContext, { space, slot, gather, index }: Place, { row, loops }: Site): Value {
  const { sweep, table } = context;
  if (space === 'temp') return temporary(context, slot, positionAt(index, row, loops), row);
  const buffer = sweep.buffers[slot];
  if (table.numbers.has(buffer)) {
    return { text: context.nameOf(`s${buffer}`, { kind: 'number', buffer }), level: 0 };
  }
  const from = gather ? plus(destinationOf(context, gather.index, row), fixed(gather.shift)) : row;
  const { quotient, rest } = context.split(positionAt(index, from, loops), table.buffers[buffer].width);
  return readElement(context, buffer, quotient, rest);
}

/** Element `at` of a temporary of `row`, computed from the stages that write it. */
function temporary(context: KernelContext, temp: number, at: Position, row: Position): Value {
  const key = `t${temp} ${showPosition(at)} of ${showPosition(row)}`;
  return context.out.remember(key, Math.max(at.level, row.level), () =>
    combine(context, contributionsToTemporary(context, temp, at, row), 0),
  );
}

/** The value that an element has after all contributions, if it is `start` before; returned as text. */
export function combine(context: KernelContext, contributions: readonly Contribution[], start: number): string {
  const { out } = context;
  const [first, ...others] = contributions;
  let [from, rest] = [context.numberText(start), contributions];
  if (first && setsOnce(first)) {
    visit(context, first, (row, loops) => {
      from = evaluate(context, first.write.value, siteAt(row, loops)).text;
    });
    if (others.length === 0) return from;
    rest = others;
  }
  const name = out.fresh('a');
  out.line(`let ${name}=${from};`);
  for (const group of jointSums(context, rest)) {
    if (group.length > 1) accumulateTogether(context, name, group);
    else {
      const [{ write }] = group;
      visit(context, group[0], (row, loops) => accumulate(context, name, write, siteAt(row, loops)));
    }
  }
  return name;
}

/** Does this write set the element exactly once, wherever the element lies? */
const setsOnce = ({ write, tests, loops, rows }: Contribution): boolean =>
  write.mode === 'set' && tests.length === 0 && rows.kind === 'one' && loops.every((p) => p !== undefined);

/** Contributions that are printed in one loop, as lists; most lists have one entry. */
function jointSums({ sweep }: KernelContext, contributions: readonly Contribution[]): Contribution[][] {
  return groupsOf(contributions, jointKey).flatMap((group) => {
    const values = group.map(({ write }) => write.value);
    return shareMost(values, sweep.stages) ? [group] : group.map((one) => [one]);
  });
}

/** Equal for sums over the same rows that differ in columns alone; undefined for anything but a sum over pointing rows. */
function jointKey({ write, rows, rowTests, loops, stage }: Contribution): string | undefined {
  if (rows.kind !== 'pointing' || write.mode !== 'add') return undefined;
  const isKnown = loops.map((p) => p !== undefined);
  return [rows.index, showPosition(rows.here), rowTests.join(), stage.extents.join(), isKnown.join()].join(' ');
}

/** Prints how a write changes the variable `name`. */
function accumulate(context: KernelContext, name: string, { mode, value }: Write, site: Site): void {
  const { out } = context;
  const { text } = evaluate(context, value, site);
  if (mode === 'add') out.line(`${name}+=${text};`);
  else if (mode === 'set') out.line(`${name}=${text};`);
  else {
    // A GPU's own maximum may lose NaN. Where one of the two is NaN, neither is larger, and their sum is NaN as well.
    const rest = out.fresh('m');
    out.line(`const ${rest}=${text}<=${name}?${name}:${name}+${text};`);
    out.line(`${name}=${name}<${text}?${text}:${rest};`);
  }
}

/**
 * Prints sums over the same rows into different blocks of columns as one loop over the rows. An element lies in one of the
 * blocks; in each row all terms are computed, and that of the element's block is added.
 */
function accumulateTogether(context: KernelContext, name: string, group: readonly Contribution[]): void {
  const [{ rows, rowTests, loops, stage }] = group;
  if (rows.kind !== 'pointing') throw new Error('internal: only sums over pointing rows are printed together');
  const { out } = context;
  const blockTests = group.map(({ tests }) => tests.slice(0, tests.length - rowTests.length));
  /** The index of loop k, which depends on the block in which the element lies. */
  const indexOf = (k: number): Position => {
    const at = out.fresh('c');
    out.line(`let ${at}=0;`);
    for (const [i, contribution] of group.entries()) {
      guarded(context, blockTests[i], () => out.line(`${at}=${showPosition(contribution.loops[k]!)};`));
    }
    return positionOf({ name: at, low: 0, high: stage.extents[k] - 1 }, out.level);
  };
  guarded(context, rowTests, () => {
    const known = loops.map((first, k) => first && indexOf(k));
    const here = context.named(rows.here, 0, lastRow(context.resultRows));
    overPointingRows(context, rows.index, here, (row) =>
      runLoops(context, known, stage.extents, (all) => {
        const site = siteAt(row, all);
        const terms = group.map(({ write }) => evaluate(context, write.value, site).text);
        for (const [i, term] of terms.entries()) guarded(context, blockTests[i], () => out.line(`${name}+=${term};`));
      }),
    );
  });
}
