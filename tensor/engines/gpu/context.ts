/**
 * What all steps of printing one kernel share: the sweep that it belongs to, the text written so far, and the list of its
 * parameters.
 */
import type { BufferInfo, Sweep } from '../../compile/kernel.ts';
import type { Size } from '../../dimension.ts';
import { Emitter } from './emitter.ts';
import type { Split } from './inverse.ts';
import type { Packed, Parameter } from './parameter.ts';
import { divide, type Position, plus, positionOf, rangeOf, showPosition, times } from './position.ts';
import { literalText } from './scalar.ts';

/** What is known about the buffers of a program while its kernels are printed. */
export interface BufferTable {
  readonly buffers: readonly BufferInfo[];
  /** Buffers of one number each whose values the host knows; a kernel gets them as numbers, not as arrays. */
  readonly numbers: ReadonlySet<number>;
  /** For each index buffer, the number of rows that it points into. */
  readonly counts: ReadonlyMap<number, Size>;
  /** Buffers whose numbers are read from columns of a wider array (pack.ts). */
  readonly packed: ReadonlyMap<number, Packed>;
}

/** The first pass of a sum in two passes (parts.ts): `length` rows are summed at a time, into a row of buffer `to`. */
export interface PartialSums {
  readonly length: number;
  readonly to: number;
}

/**
 * Positions of this size and more are not divided in a kernel. The printed division is floor((n + 1/2) / d); WGSL divides
 * within 2.5 units in the last place, so the result is right for n below 2^23 / 5.
 */
const DIVISIBLE_BELOW = 2 ** 20;

/** The last row number of so many rows; Infinity where their number is known only when a plan runs. */
export const lastRow = (rows: Size): number => (typeof rows === 'number' ? rows - 1 : Number.POSITIVE_INFINITY);

export class KernelContext {
  readonly out = new Emitter();
  private readonly known = new Map<string, { readonly name: string; readonly parameter: Parameter }>();

  constructor(
    readonly sweep: Sweep,
    /** The slot of the result that the kernel computes. */
    readonly slot: number,
    readonly table: BufferTable,
    /** Undefined where the kernel computes the result itself. */
    readonly parts: PartialSums | undefined,
  ) {}

  /** The buffer of the result. */
  get result(): number {
    return this.sweep.buffers[this.slot];
  }

  get resultRows(): Size {
    return this.table.buffers[this.result].rows;
  }

  get resultWidth(): number {
    return this.table.buffers[this.result].width;
  }

  /** The buffer that the kernel stores: the result, or the sums of its parts. */
  get output(): number {
    return this.parts?.to ?? this.result;
  }

  /** Name and meaning of each parameter, in the order of the kernel's arguments. */
  get parameters(): { readonly name: string; readonly parameter: Parameter }[] {
    return [...this.known.values()];
  }

  /**
   * The name of the parameter that `key` stands for; the first use of a key adds the parameter. Names count parameters, not
   * buffers: kernels that do the same work are then the same text, which is compiled once.
   */
  nameOf(key: string, parameter: Parameter): string {
    const { name } = this.known.get(key) ?? { name: `u${this.known.size}` };
    if (!this.known.has(key)) this.known.set(key, { name, parameter });
    return name;
  }

  /** A number of rows as text. */
  sizeText(size: Size): string {
    return typeof size === 'number' ? String(size) : this.nameOf(`n ${size.name}`, { kind: 'size', size });
  }

  /** A number of a formula as text; what is infinite in float32 becomes a parameter. */
  numberText(value: number): string {
    const held = Number.isFinite(Math.fround(value)) ? value : Math.fround(value);
    return literalText(held) ?? this.nameOf(`c ${held}`, { kind: 'constant', value: held });
  }

  /** Quotient and rest of a position: worked out here if ranges allow it, otherwise computed by the kernel. */
  readonly split: Split = (p, divisor) => {
    const known = divide(p, divisor);
    if (known) return known;
    const range = rangeOf(p);
    if (range.some((n) => Math.abs(n) >= DIVISIBLE_BELOW)) {
      throw new Error(
        `GPU: position ${showPosition(p)} has to be divided by ${divisor}, which is not exact in float32. ` +
          'This comes from a reshape that regroups the rows of a large tensor; run this program on the CPU engine.',
      );
    }
    const [low, high] = range.map((n) => Math.floor(n / divisor));
    const name = this.defineInteger(`Math.floor((${showPosition(p)}+0.5)/${divisor})`, p.level);
    const quotient = positionOf({ name, low, high }, p.level);
    const rest = this.defineInteger(showPosition(plus(p, times(quotient, -divisor))), p.level);
    return { quotient, rest: positionOf({ name: rest, low: 0, high: divisor - 1 }, p.level) };
  };

  /** The name of a constant that holds a whole number, defined in block `level` of the text. */
  defineInteger(text: string, level: number): string {
    return this.out.define(text, level, 'i').text;
  }

  /** A position under a name of its own, defined in the innermost block; `low` and `high` are its proven range. */
  named(p: Position, low: number, high: number): Position {
    const { level } = this.out;
    return positionOf({ name: this.defineInteger(showPosition(p), level), low, high }, level);
  }
}
