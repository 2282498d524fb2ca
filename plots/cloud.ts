/**
 * Points of a parity plot as they are computed: all of up to MOST are kept; of more, an even sample of at most that many,
 * and the errors of all. Memory is bounded, however many there are.
 *
 * Which points are kept depends only on their places in the order of arrival: equal points give equal pictures. A point
 * is kept while a hash of its place is below a limit; the limit is halved whenever more than MOST are kept.
 */
import type { Agreement, ParityPoint } from './range.ts';
import { drawable } from './style.ts';

/** Far more points than a picture can show. */
const MOST = 2 ** 20;

/** A hash of 32 bits, one to one (the last steps of MurmurHash3, Appleby 2011). */
function hash(number: number): number {
  let h = number >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Collects points for `parity` one by one.
 *
 *   const cloud = new Cloud();
 *   for await (const { label, predicted } of predictions) cloud.add({ label, predicted });
 *   await savePicture('parity', parity(cloud, { title: 'Test part', quantity: 'energy', unit: 'eV' }));
 */
export class Cloud {
  private count = 0;
  private limit = 2 ** 32;
  private kept: ParityPoint[] = [];
  private hashes: number[] = [];
  /** Of the finite points, in Welford's way. */
  private finite = 0;
  private mae = 0;
  private squares = 0;
  private mean = 0;
  private spread = 0;

  constructor(private readonly most = MOST) {}

  get size(): number {
    return this.count;
  }

  add(point: ParityPoint): void {
    const own = hash(this.count++);
    this.measure(point);
    if (own >= this.limit) return;
    this.kept.push(point);
    this.hashes.push(own);
    while (this.kept.length > this.most) {
      this.limit /= 2;
      this.kept = this.kept.filter((_, k) => this.hashes[k] < this.limit);
      this.hashes = this.hashes.filter((one) => one < this.limit);
    }
  }

  private measure({ label, predicted }: ParityPoint): void {
    if (!drawable(label) || !drawable(predicted)) return;
    const n = ++this.finite;
    const error = predicted - label;
    this.mae += (Math.abs(error) - this.mae) / n;
    this.squares += error ** 2;
    const away = label - this.mean;
    this.mean += away / n;
    this.spread += away * (label - this.mean);
  }

  /** Those that are kept, in the order in which they came. */
  get points(): readonly ParityPoint[] {
    return this.kept;
  }

  /** What all points say together; undefined where `points` are all of them and say it themselves. */
  get all(): Agreement | undefined {
    if (this.kept.length === this.count) return undefined;
    const { finite: n, squares, spread } = this;
    return {
      count: n,
      notFinite: this.count - n,
      mae: n === 0 ? Number.NaN : this.mae,
      r2: n < 2 || spread === 0 ? Number.NaN : 1 - squares / spread,
    };
  }
}
