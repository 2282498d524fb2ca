/**
 * Prints one result of a sweep as a gpu.js kernel string. Pure text: nothing here knows gpu.js itself.
 *
 * A GPU thread computes one element of one result and cannot scatter, so the direction is reversed: from the
 * element to the writes that reach it, from a write to the rows and loop indices that it comes from (for an index,
 * the rows that point here), and from a temporary to the stages that write it, again inside the thread. Sums run
 * in row order, so equal inputs give equal bits.
 */
import type { Expr, Place } from '../../compile/expr.ts';
import type { BufferInfo, Stage, Sweep, Write } from '../../compile/kernel.ts';
import { type Size, sameSize } from '../../dimension.ts';
import { Emitter, type Value } from './emitter.ts';
import { exactly, isComposed } from './exact.ts';
import { type Origin, originOf, type Split, within, zero } from './origin.ts';
import type { Packed, Parameter } from './parameter.ts';
import {
  divide,
  fixed,
  type Position,
  plus,
  positionAt,
  positionOf,
  rangeOf,
  showPosition,
  times,
} from './position.ts';
import { reverseLength } from './reverse.ts';
import { literalText, scalarOps } from './scalar.ts';
import { ABREAST, isNarrow, SLAB_ROWS } from './slab.ts';
import { groupsOf, shareMost } from './together.ts';

export interface GpuKernel {
  /** A JavaScript function in gpu.js' subset; its threads are those of threadShape (slab.ts). */
  readonly source: string;
  readonly parameters: readonly Parameter[];
  /** The buffer that it computes. */
  readonly output: number;
}

/** WGSL divides within 2.5 units in the last place: the floor of (n + 1/2) / d is right for n below 2^23 / 5. */
const EXACT = 2 ** 20;

/** Where an expression is evaluated: its row, its loop indices, and what is evaluated already. */
interface Site {
  readonly row: Position;
  readonly loops: readonly Position[];
  readonly done: Map<Expr, Value>;
}

/** A write that reaches an element: when, for which loop indices, and from which rows. */
interface Hit extends Origin {
  /** Those of its tests that are about rows. */
  readonly rowTests: readonly string[];
  readonly stage: Stage;
  readonly write: Write;
  readonly rows:
    | { readonly kind: 'one'; readonly row: Position }
    | { readonly kind: 'all' }
    /** Those of one part (parts.ts). */
    | { readonly kind: 'part'; readonly part: Position }
    /** The rows that this index (a slot) sends to a destination. */
    | { readonly kind: 'pointing'; readonly index: number; readonly here: Position };
}

/** What the printer is told about buffers. */
export interface Surroundings {
  readonly buffers: readonly BufferInfo[];
  /** Buffers of one number each whose values the host knows; they are passed as numbers. */
  readonly numbers: ReadonlySet<number>;
  /** Of index buffers: the number of rows that they point into. */
  readonly counts: ReadonlyMap<number, Size>;
  /** Buffers that are read from a wider array (pack.ts). */
  readonly packed: ReadonlyMap<number, Packed>;
}

/** Slots of the buffers that a sweep writes. */
export function resultsOf(sweep: Sweep): number[] {
  const places = sweep.stages.flatMap((stage) => stage.writes.map(({ to }) => to));
  return [...new Set(places.filter(({ space }) => space === 'buffer').map(({ slot }) => slot))];
}

/** The kernel that computes one result (a slot) of a sweep; or, into buffer `to`, its sums over parts of the rows. */
export function printResult(
  sweep: Sweep,
  slot: number,
  { buffers, numbers, counts, packed }: Surroundings,
  parts?: { readonly length: number; readonly to: number },
): GpuKernel {
  const out = new Emitter();
  const parameters = new Map<string, { readonly name: string; readonly made: Parameter }>();
  /** Names count parameters, not buffers: kernels that do the same are the same text, and are compiled once. */
  const parameter = (key: string, made: Parameter): string => {
    const known = parameters.get(key) ?? { name: `u${parameters.size}`, made };
    parameters.set(key, known);
    return known.name;
  };
  const sizeText = (size: Size): string =>
    typeof size === 'number' ? String(size) : parameter(`n ${size.name}`, { kind: 'size', size });
  /** A number in float32. */
  const numberText = (value: number): string => {
    const held = Number.isFinite(Math.fround(value)) ? value : Math.fround(value);
    return literalText(held) ?? parameter(`c ${held}`, { kind: 'constant', value: held });
  };
  const lastOf = (size: Size): number => (typeof size === 'number' ? size - 1 : Number.POSITIVE_INFINITY);
  const target = sweep.buffers[slot];
  const { rows: targetRows, width } = buffers[target];
  const output = parts?.to ?? target;

  /** Computed by the kernel where it cannot be read off. */
  const split: Split = (p, divisor) => {
    const known = divide(p, divisor);
    if (known) return known;
    if (rangeOf(p).some((n) => Math.abs(n) >= EXACT)) {
      throw new Error(
        `GPU: position ${showPosition(p)} has to be divided by ${divisor}, which is not exact in float32. ` +
          'This comes from a reshape that regroups the rows of a large tensor; run this program on the CPU engine.',
      );
    }
    const [low, high] = rangeOf(p).map((n) => Math.floor(n / divisor)) as [number, number];
    const name = out.define(`Math.floor((${showPosition(p)}+0.5)/${divisor})`, p.level, 'i').text;
    const quotient = positionOf({ name, low, high }, p.level);
    const rest = out.define(showPosition(plus(p, times(quotient, -divisor))), p.level, 'i').text;
    return { quotient, rest: positionOf({ name: rest, low: 0, high: divisor - 1 }, p.level) };
  };

  /** Element [row][column] of a buffer. */
  function read(buffer: number, row: Position, column: Position): Value {
    const { array, column: first } = packed.get(buffer) ?? { array: buffer, column: 0 };
    const name = parameter(`b${array}`, { kind: 'buffer', buffer: array });
    return element(name, buffers[buffer].rows, row, plus(column, fixed(first)));
  }

  /** Element [row][column] of a slab of `rows` rows (Infinity: any number). */
  function element(name: string, rows: Size, row: Position, column: Position): Value {
    const [at, x] = [showPosition(row), showPosition(column)];
    const level = Math.max(row.level, column.level);
    if (typeof rows === 'number' && rows <= SLAB_ROWS) return out.define(`${name}[0][${at}][${x}]`, level);
    // A product with a power of two is exact everywhere, a quotient is not.
    const slab = out.define(`Math.floor((${at})*${1 / SLAB_ROWS})`, row.level, 'i').text;
    const inSlab = out.define(`${at}-${SLAB_ROWS}*${slab}`, row.level, 'i').text;
    return out.define(`${name}[${slab}][${inSlab}][${x}]`, level);
  }

  function load({ space, slot, gather, index }: Place, { row, loops }: Site): Value {
    if (space === 'temp') return temporary(slot, positionAt(index, row, loops), row);
    const buffer = sweep.buffers[slot];
    if (numbers.has(buffer)) return { text: parameter(`s${buffer}`, { kind: 'number', buffer }), level: 0 };
    const from = gather ? plus(destination(gather.index, row), fixed(gather.shift)) : row;
    const { quotient, rest } = split(positionAt(index, from, loops), buffers[buffer].width);
    return read(buffer, quotient, rest);
  }

  /** The row number that an index (a slot) holds for `row`. */
  function destination(index: number, row: Position): Position {
    const buffer = sweep.buffers[index];
    const { text, level } = read(buffer, row, fixed(0));
    return positionOf({ name: text, low: 0, high: lastOf(counts.get(buffer)!) }, level);
  }

  function evaluate(expr: Expr, site: Site): Value {
    if (expr.op === 'literal') return { text: numberText(expr.value), level: 0 };
    const known = site.done.get(expr);
    if (known) return known;
    let value: Value;
    if (expr.op === 'load') value = load(expr.place, site);
    else if (isComposed(expr)) value = evaluate(exactly[expr.op](expr.args[0], expr.args[1]), site);
    else {
      const args = expr.args.map((arg) => evaluate(arg, site));
      const [a, b, c, d] = args.map(({ text }) => text) as [string, string, string, string];
      value = out.define(
        scalarOps[expr.op as keyof typeof scalarOps](a, b, c, d),
        Math.max(...args.map(({ level }) => level)),
      );
    }
    site.done.set(expr, value);
    return value;
  }

  /** Element `at` of a temporary of `row`, recomputed from the stages that write it. */
  function temporary(temp: number, at: Position, row: Position): Value {
    const key = `t${temp} ${showPosition(at)} of ${showPosition(row)}`;
    return out.remember(key, Math.max(at.level, row.level), () => {
      const hits = writesTo('temp', temp).map(({ stage, write }): Hit => {
        const { index } = write.to;
        const origin = originOf(plus(at, fixed(-index.base)), index, stage.extents, split);
        return { stage, write, ...origin, rowTests: [], rows: { kind: 'one', row } };
      });
      return combine(hits, 0);
    });
  }

  const writesTo = (space: Place['space'], number: number): { stage: Stage; write: Write }[] =>
    sweep.stages
      .filter((stage) => !stage.extents.includes(0))
      .flatMap((stage) => stage.writes.map((write) => ({ stage, write })))
      .filter(({ write }) => write.to.space === space && write.to.slot === number);

  /** How a write to the result reaches row y, column x. */
  function hitOf({ stage, write }: { stage: Stage; write: Write }, x: Position, y: Position): Hit {
    const { index, gather } = write.to;
    if (index.row === 0) {
      // Parts have a row each, with all elements of the result side by side.
      const at = plus(plus(parts ? fixed(0) : times(y, width), x), fixed(-index.base));
      const rows = parts ? ({ kind: 'part', part: y } as const) : ({ kind: 'all' } as const);
      return { stage, write, ...originOf(at, index, stage.extents, split), rowTests: [], rows };
    }
    if (index.row % width !== 0) throw new Error(`internal: a write steps ${index.row} in rows of ${width}`);
    const startRow = Math.floor(index.base / width);
    const column = plus(x, fixed(startRow * width - index.base));
    const { tests, loops } = originOf(column, index, stage.extents, split);
    const { quotient: row, rest } = split(plus(y, fixed(-startRow)), index.row / width);
    if (gather) {
      const here = plus(row, fixed(-gather.shift));
      const isDestination =
        gather.shift === 0 ? [] : [...within(here), `${showPosition(here)}<${sizeText(targetRows)}`];
      const rows = { kind: 'pointing', index: gather.index, here } as const;
      const rowTests = [...zero(rest), ...isDestination];
      return { stage, write, tests: [...tests, ...rowTests], rowTests, loops, rows };
    }
    const isSame = sameSize(sweep.rows, targetRows) && showPosition(row) === showPosition(y);
    const isRow = isSame ? [] : [...within(row), `${showPosition(row)}<${sizeText(sweep.rows)}`];
    const rowTests = [...zero(rest), ...isRow];
    return { stage, write, tests: [...tests, ...rowTests], rowTests, loops, rows: { kind: 'one', row } };
  }

  /** `start`, changed by each write in turn. */
  function combine(hits: readonly Hit[], start: number): string {
    const [first, ...others] = hits;
    let [from, rest] = [numberText(start), hits];
    if (first && isPlain(first)) {
      visit(first, (site) => {
        from = evaluate(first.write.value, site).text;
      });
      if (others.length === 0) return from;
      rest = others;
    }
    const name = out.fresh('a');
    out.line(`let ${name}=${from};`);
    const groups = groupsOf(rest, blockKey).flatMap((group) =>
      shareMost(
        group.map(({ write }) => write.value),
        sweep.stages,
      )
        ? [group]
        : group.map((hit) => [hit]),
    );
    for (const group of groups) {
      if (group.length === 1) visit(group[0], (site) => accumulate(name, group[0], site));
      else visitTogether(group, name);
    }
    return name;
  }

  function accumulate(name: string, { write: { mode, value } }: Hit, site: Site): void {
    const { text } = evaluate(value, site);
    if (mode === 'add') out.line(`${name}+=${text};`);
    else if (mode === 'set') out.line(`${name}=${text};`);
    else {
      // Neither is larger where one is NaN: the sum then is NaN, too. (Math.max of a GPU may forget it.)
      const rest = out.fresh('m');
      out.line(`const ${rest}=${text}<=${name}?${name}:${name}+${text};`);
      out.line(`${name}=${name}<${text}?${text}:${rest};`);
    }
  }

  /** Equal for sums over the same rows that differ in columns alone. */
  const blockKey = ({ write, rows, rowTests, loops, stage }: Hit): string | undefined =>
    rows.kind === 'pointing' && write.mode === 'add'
      ? [
          ...[rows.index, showPosition(rows.here), rowTests.join(), stage.extents.join()],
          loops.map((p) => p !== undefined).join(),
        ].join(' ')
      : undefined;

  /** Sums over the same rows into blocks of columns: one loop over rows, in which each block has its own term. */
  function visitTogether(group: readonly Hit[], name: string): void {
    const [{ rows, rowTests, loops, stage }] = group as [Hit];
    if (rows.kind !== 'pointing') throw new Error('internal: only sums at destinations are printed together');
    const inBlock = group.map(({ tests }) => tests.slice(0, tests.length - rowTests.length));
    guarded(rowTests, () => {
      const known = loops.map((first, k): Position | undefined => {
        if (!first) return undefined;
        const at = out.fresh('c');
        out.line(`let ${at}=0;`);
        group.forEach((hit, i) => {
          guarded(inBlock[i], () => out.line(`${at}=${showPosition(hit.loops[k]!)};`));
        });
        return positionOf({ name: at, low: 0, high: stage.extents[k] - 1 }, out.level);
      });
      const here = out.define(showPosition(rows.here), out.level, 'i').text;
      pointingAt(rows.index, positionOf({ name: here, low: 0, high: lastOf(targetRows) }, out.level), (row) =>
        runLoops(known, stage.extents, 0, (all) => {
          const site = { row, loops: all, done: new Map() };
          const terms = group.map(({ write }) => evaluate(write.value, site).text);
          terms.forEach((term, i) => {
            guarded(inBlock[i], () => out.line(`${name}+=${term};`));
          });
        }),
      );
    });
  }

  /** Does the write set the element, once, whatever the position? */
  const isPlain = ({ write, tests, loops, rows }: Hit): boolean =>
    write.mode === 'set' && tests.length === 0 && rows.kind === 'one' && loops.every((p) => p !== undefined);

  /** Prints `body` inside the tests and loops that a write needs. */
  function visit({ tests, loops, rows, stage }: Hit, body: (site: Site) => void): void {
    guarded(tests, () => {
      // A name of its own keeps what depends on a tested position inside the test, and carries the proven range.
      const proven = (p: Position, last: number): Position => {
        if (tests.length === 0) return p;
        const name = out.define(showPosition(p), out.level, 'i').text;
        const [low, high] = rangeOf(p);
        return positionOf({ name, low: Math.max(0, low), high: Math.min(last, high) }, out.level);
      };
      const known = loops.map((p, k) => p && proven(p, stage.extents[k] - 1));
      const inRow = (row: Position): void =>
        runLoops(known, stage.extents, 0, (all) => body({ row, loops: all, done: new Map() }));
      if (rows.kind === 'one') inRow(proven(rows.row, lastOf(sweep.rows)));
      else if (rows.kind === 'all') loopOver('r', '0', sizeText(sweep.rows), lastOf(sweep.rows), inRow);
      else if (rows.kind === 'part') {
        const from = out.define(showPosition(times(rows.part, parts!.length)), rows.part.level, 'i');
        const to = out.define(`Math.min(${from.text}+${parts!.length},${sizeText(sweep.rows)})`, rows.part.level, 'i');
        loopOver('r', from.text, to.text, lastOf(sweep.rows), inRow);
      } else pointingAt(rows.index, proven(rows.here, lastOf(targetRows)), inRow);
    });
  }

  /** The rows whose index is `here`, in row order. */
  function pointingAt(index: number, here: Position, body: (row: Position) => void): void {
    const buffer = sweep.buffers[index];
    const reverse = parameter(`q${buffer}`, { kind: 'reverse', buffer });
    const isKnown = typeof targetRows === 'number' && typeof sweep.rows === 'number';
    const length = isKnown ? reverseLength(sweep.rows, targetRows) : Number.POSITIVE_INFINITY;
    const from = element(reverse, length, here, fixed(0)).text;
    const to = element(reverse, length, plus(here, fixed(1)), fixed(0)).text;
    loopOver('e', from, to, Number.POSITIVE_INFINITY, (entry) => {
      const { text, level } = element(reverse, length, entry, fixed(0));
      body(positionOf({ name: text, low: 0, high: lastOf(sweep.rows) }, level));
    });
  }

  function guarded(tests: readonly string[], body: () => void): void {
    if (tests.length === 0) body();
    else out.block(`if(${tests.join('&&')})`, body);
  }

  function runLoops(
    loops: readonly (Position | undefined)[],
    extents: readonly number[],
    k: number,
    body: (loops: readonly Position[]) => void,
  ): void {
    if (k === loops.length) body(loops as readonly Position[]);
    else if (loops[k]) runLoops(loops, extents, k + 1, body);
    else
      loopOver('c', '0', String(extents[k]), extents[k] - 1, (at) => runLoops(loops.with(k, at), extents, k + 1, body));
  }

  function loopOver(prefix: string, from: string, to: string, high: number, body: (at: Position) => void): void {
    const name = out.fresh(prefix);
    out.block(`for(let ${name}=${from};${name}<${to};${name}+=1)`, () =>
      body(positionOf({ name, low: 0, high }, out.level)),
    );
  }

  /** Row and column of the element that a thread computes (threadShape of slab.ts). */
  function place(columns: number): { row: string; column: Position } {
    const x = out.define('this.thread.x', 0, 'x').text;
    if (!isNarrow(columns)) {
      const row = out.define(`${SLAB_ROWS}*this.thread.z+this.thread.y`, 0, 'y').text;
      return { row, column: positionOf({ name: x, low: 0, high: columns - 1 }, 0) };
    }
    const start = `${SLAB_ROWS}*this.thread.z+${ABREAST}*this.thread.y`;
    if (columns <= 1) return { row: out.define(`${start}+${x}`, 0, 'y').text, column: fixed(0) };
    const abreast = out.define(`Math.floor((${x}+0.5)/${columns})`, 0, 'i').text;
    const name = out.define(`${x}-${columns}*${abreast}`, 0, 'x').text;
    const row = out.define(`${start}+${abreast}`, 0, 'y').text;
    return { row, column: positionOf({ name, low: 0, high: columns - 1 }, 0) };
  }

  const { row, column } = place(buffers[output].width);
  const start = sweep.fills.find(({ buffer }) => buffer === target)?.value ?? 0;
  const result = out.fresh('a');
  out.line(`let ${result}=${numberText(start)};`);
  out.block(`if(${row}<${sizeText(buffers[output].rows)})`, () => {
    const y = positionOf({ name: row, low: 0, high: lastOf(buffers[output].rows) }, out.level);
    const hits = writesTo('buffer', slot).map((source) => hitOf(source, column, y));
    out.line(`${result}=${combine(hits, start)};`);
  });
  return {
    source: `function(${[...parameters.values()].map(({ name }) => name).join(',')}){\n${out.text}\nreturn ${result};\n}`,
    parameters: [...parameters.values()].map(({ made }) => made),
    output,
  };
}
