/**
 * The kernel IR: what the compiler makes and the engines print.
 *
 * A sweep visits the rows of one row space in order. For each row it runs stages; a stage is a loop nest over
 * trailing indices whose body writes values of scalar expressions. Writes go to a row's temporaries, to the same
 * row of a buffer, to a row named by an index (sums at a target), or to a fixed place (sums over rows).
 * A matrix product is a kernel of its own.
 */
import { product, type Size } from '../dimension.ts';
import type { Expr, Place } from './expr.ts';

export interface Write {
  readonly to: Place;
  /** `add` and `max` combine with what is there; buffers so written are set to 0 or -Infinity before the sweep. */
  readonly mode: 'set' | 'add' | 'max';
  readonly value: Expr;
}

export interface Stage {
  /** Extents of the loops, outermost first; no loop for an empty list. */
  readonly extents: readonly number[];
  readonly writes: readonly Write[];
}

export interface Sweep {
  readonly kind: 'sweep';
  readonly rows: Size;
  /** Buffer numbers of the plan, in the order in which the printed kernel takes them. */
  readonly buffers: readonly number[];
  /** Elements of each temporary, private to a row. */
  readonly temps: readonly number[];
  readonly stages: readonly Stage[];
  /** Buffers to fill before the sweep, because its writes combine or leave gaps. */
  readonly fills: readonly { readonly buffer: number; readonly value: number }[];
}

/** c[rows, n] = a[rows, k] b, with b [k, n] or, transposed, [n, k]; or c[m, n] = a[rows, m]^T b[rows, n]. */
export interface Product {
  readonly kind: 'matmul' | 'matmulTN';
  /** The leading sizes of `a`; their product is the number of rows. */
  readonly leading: readonly Size[];
  /** Columns of a and columns of c. */
  readonly inner: number;
  readonly outer: number;
  readonly transposed: boolean;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export type Kernel = Sweep | Product;

/** Rows of a matrix product in one row of its row space: the leading sizes but the first. */
export const productRows = ({ leading }: Product): number => product(leading.slice(1) as number[]);

/** An array of a plan. */
export interface BufferInfo {
  /** Leading size and elements per row. */
  readonly rows: Size;
  readonly width: number;
  readonly type: 'real' | 'index';
  /** Why a wide streamed array is stored, where one is. */
  readonly reason?: string;
}

/** Loads of an expression, each once. */
export function loadsOf(expr: Expr, visit: (place: Place) => void, seen = new Set<Expr>()): void {
  if (seen.has(expr)) return;
  seen.add(expr);
  if (expr.op === 'load') visit(expr.place);
  else if (expr.op !== 'literal') for (const arg of expr.args) loadsOf(arg, visit, seen);
}
