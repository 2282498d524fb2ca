/**
 * Prints matrix products: register-tiled, on packed panels, with all strides as constants.
 *
 * The right side is packed into panels, two vectors wide and padded with zeros, so that the inner loop reads it in order. A
 * tile of 4 rows by one panel is held in registers. Every element of the result is a sum over the contracted side in
 * order, wherever the element lies and whichever rows a thread takes, so results depend on neither.
 *
 *   matmul   (first, end, unused, a, panels, c)   rows first to end of c[rows, outer] = a[rows, inner] b[inner, outer]
 *   matmulTN (first, end, rows, a, b, c)          rows first to end of c[inner, outer] = a[rows, inner]^T b[rows, outer];
 *                                                 b is read in place, a block of rows at a time
 */
// biome-ignore-all format: a line of instructions reads as a line
import type { VectorLanes } from './lanes.ts';
import { FunctionBuilder, I32 } from './wasm.ts';

/** Rows of a tile. */
const ROWS = 4;
/** Contracted rows of one block of matmulTN: a block of a panel stays in the first-level cache. */
const BLOCK = 256;

const panelWidth = (vector: VectorLanes): number => 2 * vector.count;
const panelCount = (vector: VectorLanes, columns: number): number => Math.ceil(columns / panelWidth(vector));

/** Elements of the packed form of a right side [inner, outer]. */
export const packedElements = (vector: VectorLanes, inner: number, outer: number): number =>
  panelCount(vector, outer) * panelWidth(vector) * inner;

/** Parameters of the functions. */
const [FIRST, END, LENGTH, A, B, C] = [0, 1, 2, 3, 4, 5];

export interface ProductShape {
  readonly kind: 'matmul' | 'matmulTN';
  /** Columns of a and columns of c. */
  readonly inner: number;
  readonly outer: number;
  readonly transposed: boolean;
}

/** The function of the product itself. */
export function printProduct(shape: ProductShape, vector: VectorLanes): FunctionBuilder {
  const printer = new ProductPrinter(shape, vector);
  if (shape.kind === 'matmulTN') printer.blocks();
  else printer.whole();
  return printer.f;
}

/** The registers of one tile. */
interface Tile {
  readonly rows: number;
  /** Columns in each of the panel's vectors that has any. */
  readonly columns: readonly number[];
  /** Two accumulators a row. */
  readonly sums: readonly number[];
  readonly right: readonly number[];
  readonly left: number;
}

class ProductPrinter {
  readonly f = FunctionBuilder.ofIntegers(6);
  private readonly outer: number;
  /** Is `a` read down its columns (matmulTN)? */
  private readonly transposedLeft: boolean;
  private readonly bytes: number;
  private readonly align: number;
  private readonly width: number;
  /** Row of c; position on the contracted side, which goes from `start` to `stop`. */
  private readonly i: number;
  private readonly k: number;
  private readonly stop: number;
  private readonly start: number;
  /** Addresses in a, b and c. */
  private readonly a: number;
  private readonly b: number;
  private readonly c: number;
  /** First byte of the panel at hand in a row of c, and its address in b. */
  private readonly column: number;
  private readonly panel: number;
  /** Bytes between rows of a that a tile reads at once; between steps along the contracted side in a, and in b. */
  private readonly rowStep: number;
  private readonly innerStep: number;
  private readonly panelStep: number;

  constructor(
    private readonly shape: ProductShape,
    private readonly vector: VectorLanes,
  ) {
    const { kind, inner, outer } = shape;
    const { bytes } = vector;
    this.outer = outer;
    this.bytes = bytes;
    this.align = Math.log2(bytes);
    this.width = panelWidth(vector);
    this.transposedLeft = kind === 'matmulTN';
    [this.i, this.k, this.stop, this.start] = this.f.newLocals(4, I32);
    [this.a, this.b, this.c] = this.f.newLocals(3, I32);
    [this.column, this.panel] = this.f.newLocals(2, I32);
    [this.rowStep, this.innerStep] = this.transposedLeft ? [bytes, inner * bytes] : [inner * bytes, bytes];
    this.panelStep = (this.transposedLeft ? outer : this.width) * bytes;
  }

  /** The product over the whole contracted side. */
  whole(): void {
    const { f, start, stop, shape } = this;
    f.i32(0).set(start).i32(shape.inner).set(stop);
    this.tiles();
  }

  /** The product over blocks of the contracted side, each added to those before it. */
  blocks(): void {
    const { f, start, stop } = this;
    const block = f.local(I32);
    // At least one block: a sum over no rows is zero, not what the array held before.
    const end = () => f.get(LENGTH).get(LENGTH).op('i32.eqz', 'i32.add');
    f.loop(block, () => f.i32(0), end, BLOCK, () => {
      f.get(block).set(start);
      // stop = min(block + BLOCK, LENGTH)
      f.get(block).i32(BLOCK).op('i32.add').get(LENGTH);
      f.get(block).i32(BLOCK).op('i32.add').get(LENGTH).op('i32.lt_s', 'select').set(stop);
      this.tiles();
    });
  }

  /** All tiles of the rows from FIRST to END for the contracted range [start, stop). */
  private tiles(): void {
    const { f, width, bytes, outer, panel, column } = this;
    f.get(B).set(panel);
    const panelBytes = width * bytes * (this.transposedLeft ? 1 : this.shape.inner);
    const whole = Math.floor(outer / width);
    f.loop(column, () => f.i32(0), () => f.i32(whole * width * bytes), width * bytes, () => {
      this.rowsOf(width);
      f.get(panel).i32(panelBytes).op('i32.add').set(panel);
    });
    // After the loop, column and panel stand at the last panel, which has fewer columns.
    if (outer % width > 0) this.rowsOf(outer % width);
  }

  /** The tiles of one panel with so many columns: of four rows each, then of the single rows that are left. */
  private rowsOf(columns: number): void {
    const { f, i } = this;
    const whole = () => f.wholeSteps(FIRST, END, ROWS);
    f.loop(i, () => f.get(FIRST), whole, ROWS, () => this.tile(ROWS, columns));
    f.loop(i, whole, () => f.get(END), 1, () => this.tile(1, columns));
  }

  /** c[i .. i + rows, this panel] is computed, or added to (from the second block on). */
  private tile(rows: number, columns: number): void {
    const { f, vector } = this;
    const tile: Tile = {
      rows,
      columns: [0, 1].map((v) => Math.max(0, Math.min(vector.count, columns - v * vector.count))).filter((n) => n > 0),
      sums: f.newLocals(2 * rows, vector.type),
      right: f.newLocals(2, vector.type),
      left: f.local(vector.type),
    };
    this.startTile(tile);
    f.loop(this.k, () => f.get(this.start), () => f.get(this.stop), 1, () => this.step(tile));
    if (this.transposedLeft) f.get(this.start).ifElse(() => this.store(tile, true), () => this.store(tile, false));
    else this.store(tile, false);
  }

  /** Sets the addresses of a tile, and its sums to zero. */
  private startTile({ sums }: Tile): void {
    const { f, vector, a, b, c, i, start, transposedLeft } = this;
    f.get(C).get(i).i32(this.outer * this.bytes).op('i32.mul', 'i32.add').get(this.column).op('i32.add').set(c);
    f.get(A).get(i).i32(this.rowStep).op('i32.mul', 'i32.add');
    if (transposedLeft) f.get(start).i32(this.innerStep).op('i32.mul', 'i32.add');
    f.set(a);
    f.get(this.panel);
    if (transposedLeft) f.get(start).i32(this.panelStep).op('i32.mul', 'i32.add');
    f.set(b);
    for (const sum of sums) {
      vector.literal(f, 0);
      f.set(sum);
    }
  }

  /** One step along the contracted side: every number of a column of a times a row of the panel. */
  private step({ rows, columns, sums, right, left }: Tile): void {
    const { f, vector, align, a, b } = this;
    columns.forEach((_, v) => {
      f.get(b).memory(vector.load, align, v * vector.count * this.bytes).set(right[v]);
    });
    for (let r = 0; r < rows; r++) {
      f.get(a).memory(vector.loadSplat, align, r * this.rowStep).set(left);
      for (let v = 0; v < columns.length; v++) this.multiplyAdd(left, right[v], sums[2 * r + v]);
    }
    f.get(a).i32(this.innerStep).op('i32.add').set(a);
    f.get(b).i32(this.panelStep).op('i32.add').set(b);
  }

  /** sum = left right + sum, in one rounding where the machine can. */
  private multiplyAdd(left: number, right: number, sum: number): void {
    const { f, vector } = this;
    f.get(left).get(right);
    if (vector.multiplyAdd) {
      f.get(sum).op(vector.multiplyAdd).set(sum);
      return;
    }
    vector.ops.mul(f);
    f.get(sum);
    vector.ops.add(f);
    f.set(sum);
  }

  /** Writes the sums of a tile to c, or adds them to what is there. */
  private store({ rows, columns, sums }: Tile, accumulate: boolean): void {
    const { f, vector, align, bytes, c } = this;
    const { scalar } = vector;
    for (let r = 0; r < rows; r++) {
      columns.forEach((lanes, v) => {
        const sum = sums[2 * r + v];
        const place = (r * this.outer + v * vector.count) * bytes;
        if (lanes === vector.count) {
          f.get(c);
          if (accumulate) f.get(c).memory(vector.load, align, place);
          f.get(sum);
          if (accumulate) vector.ops.add(f);
          f.memory(vector.store, align, place);
          return;
        }
        for (let lane = 0; lane < lanes; lane++) {
          f.get(c);
          if (accumulate) f.get(c).memory(scalar.load, align, place + lane * bytes);
          f.get(sum);
          vector.extract(f, lane);
          if (accumulate) scalar.ops.add(f);
          f.memory(scalar.store, align, place + lane * bytes);
        }
      });
    }
  }
}

/** `(unused, unused, unused, unused, b, panels)`: the right side of matmul, [inner, outer] or transposed, in panels. */
export function printPack({ inner, outer, transposed }: ProductShape, vector: VectorLanes): FunctionBuilder {
  const { bytes, scalar } = vector;
  const width = panelWidth(vector);
  const align = Math.log2(bytes);
  const f = FunctionBuilder.ofIntegers(6);
  const [k, to, from, panel] = f.newLocals(4, I32);
  /** Bytes between neighbours in a row of b. */
  const between = (transposed ? inner : 1) * bytes;
  const packPanel = (columns: number) => {
    f.get(panel).set(from);
    f.loop(k, () => f.i32(0), () => f.i32(inner), 1, () => {
      for (let column = 0; column < width; column++) {
        f.get(to);
        if (column < columns) f.get(from).memory(scalar.load, align, column * between);
        else scalar.literal(f, 0);
        f.memory(scalar.store, align, column * bytes);
      }
      f.get(to).i32(width * bytes).op('i32.add').set(to);
      f.get(from).i32((transposed ? 1 : outer) * bytes).op('i32.add').set(from);
    });
  };
  f.get(C).set(to).get(B).set(panel);
  const count = f.local(I32);
  f.loop(count, () => f.i32(0), () => f.i32(Math.floor(outer / width)), 1, () => {
    packPanel(width);
    f.get(panel).i32(width * between).op('i32.add').set(panel);
  });
  if (outer % width > 0) packPanel(outer % width);
  return f;
}
