/**
 * What lowering collects while it turns tensors into one sweep: the buffers and temporaries in use, the computations met
 * so far, and one object for each distinct expression.
 */
import { literalValue } from '../leaves.ts';
import type { Tensor } from '../tensor.ts';
import { crossesRows } from './access.ts';
import type { Computation, Scope } from './computations.ts';
import { type Expr, literal, type Place } from './expr.ts';
import { Interner } from './intern.ts';

export class SweepContext {
  /** Numbers of the buffers in use, in the order in which the kernel takes them. */
  readonly buffers: number[] = [];
  /** Elements of the temporaries. */
  readonly temporaries: number[] = [];
  /** All computations, inputs before users. */
  readonly order: Computation[] = [];
  private readonly computations = new Map<string, Computation>();
  private readonly interner = new Interner();
  private readonly own: ReadonlySet<Tensor>;

  /** A sweep that computes `roots`; `isStored` and `bufferOf` tell what other kernels leave in buffers. */
  constructor(
    roots: readonly Tensor[],
    private readonly isStored: (tensor: Tensor) => boolean,
    private readonly bufferOf: (tensor: Tensor) => number,
  ) {
    this.own = new Set(roots);
  }

  /** The place of a tensor's buffer among those in use. */
  slot(tensor: Tensor): number {
    const buffer = this.bufferOf(tensor);
    const known = this.buffers.indexOf(buffer);
    return known >= 0 ? known : this.buffers.push(buffer) - 1;
  }

  readonly load = (place: Place): Expr => this.interner.intern({ op: 'load', place });

  /** The one object that stands for this expression. */
  shared(expr: Expr): Expr {
    return this.interner.internDeep(expr);
  }

  /** Is a tensor read from a buffer? Of the results of this sweep only those in other row spaces are. */
  isLoaded(tensor: Tensor): boolean {
    if (tensor.op.lowering.kind === 'leaf') return literalValue(tensor) === undefined;
    return this.isStored(tensor) && (!this.own.has(tensor) || crossesRows(tensor));
  }

  /** The temporary of a computation's result number k, made when first asked for. */
  readonly temporaryOf = (computation: Computation, k: number): number => {
    computation.temporaries ??= computation.sizes.map((size) => this.temporaries.push(size) - 1);
    return computation.temporaries[k];
  };

  find(key: string): Computation | undefined {
    return this.computations.get(key);
  }

  /** Adds a computation, at `level` or the level above everything that it reads through temporaries. */
  define(computation: Omit<Computation, 'level' | 'temporaries' | 'reads'>, level = 0): Computation {
    const made: Computation = { ...computation, level, temporaries: undefined, reads: [] };
    this.computations.set(made.key, made);
    // Its writes are built once without effect, only to find what it reads.
    const scope: Scope = {
      extents: made.extents,
      reach: (other, _, natural) => {
        made.reads.push({ computation: other, natural });
        made.level = Math.max(made.level, other.level + (natural ? 0 : 1));
        return literal(0);
      },
    };
    made.writes(
      scope,
      made.sizes.map(() => 0),
    );
    this.order.push(made);
    return made;
  }
}
