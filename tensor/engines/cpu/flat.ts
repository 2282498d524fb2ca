/**
 * Sweeps that may be seen as sweeps over single numbers: everything they read and write runs through the arrays without a
 * gap (or is one number for all rows), as in a function of every element of a tensor [n] or [n, 3]. Narrow rows would leave
 * lanes of the vectors empty, so such a sweep is rewritten to take many numbers at a time, wherever rows begin and end.
 */
import type { Affine, Expr, Place } from '../../compile/expr.ts';
import { loadsOf, type Sweep } from '../../compile/kernel.ts';
import { product } from '../../dimension.ts';
import { strides } from '../../primitives/movement.ts';

const isOneNumber = ({ space, index, gather }: Place): boolean =>
  space === 'buffer' && !gather && index.row === 0 && index.coefs.every((c) => c === 0);

/** Numbers in a row of a sweep that may be seen as one over numbers; undefined for any other sweep. */
export function flatWidth({ stages, temps }: Sweep): number | undefined {
  const width = product(stages[0]?.extents ?? [0]);
  if (width === 0 || temps.some((elements) => elements !== width)) return undefined;
  for (const { extents, writes } of stages) {
    if (product(extents) !== width) return undefined;
    const steps = strides(extents);
    const isAlong = ({ space, index, gather }: Place): boolean =>
      !gather &&
      index.base === 0 &&
      index.row === (space === 'buffer' ? width : 0) &&
      index.coefs.every((c, k) => c === steps[k]);
    let fits = true;
    const seen = new Set<Expr>();
    for (const { to, mode, value } of writes) {
      fits &&= isAlong(to) || (isOneNumber(to) && mode !== 'set');
      loadsOf(
        value,
        (place) => {
          fits &&= isAlong(place) || isOneNumber(place);
        },
        seen,
      );
    }
    if (!fits) return undefined;
  }
  return width;
}

/** A flat sweep over single numbers, `size` of them in a row that starts at any number: its rows count numbers. */
export function inBlocks(sweep: Sweep, size: number): Sweep {
  const loops = size === 1 ? 0 : 1;
  const coefs = (c: number): number[] => new Array<number>(loops).fill(c);
  const moved = (place: Place): Place => {
    const index: Affine = isOneNumber(place)
      ? { base: place.index.base, row: 0, coefs: coefs(0) }
      : { base: 0, row: place.space === 'buffer' ? 1 : 0, coefs: coefs(1) };
    return { space: place.space, slot: place.slot, index };
  };
  // What is shared stays shared.
  const known = new Map<Expr, Expr>();
  const rewritten = (expr: Expr): Expr => {
    if (expr.op === 'literal') return expr;
    const found = known.get(expr);
    if (found) return found;
    const made: Expr =
      expr.op === 'load'
        ? { op: 'load', place: moved(expr.place) }
        : { op: expr.op, args: expr.args.map((arg) => rewritten(arg)) };
    known.set(expr, made);
    return made;
  };
  return {
    ...sweep,
    temps: sweep.temps.map(() => size),
    stages: sweep.stages.map(({ writes }) => ({
      extents: size === 1 ? [] : [size],
      writes: writes.map(({ to, mode, value }) => ({ to: moved(to), mode, value: rewritten(value) })),
    })),
  };
}
