/**
 * How the arbitraries of this folder are made: by a function that draws a value, and one that lists simpler values.
 *
 * fast-check's combinators would do for most of them, but a counterexample is only as readable as what its numbers and
 * atoms shrink to: here 1 is simpler than 0.5, and one atom in a cube simpler than two in a skewed cell.
 */
import fc from 'fast-check';

/** A source of random numbers; everything that is drawn depends on its seed alone. */
export interface Random {
  /** A whole number from low to high, both included, all equally likely. */
  integer(low: number, high: number): number;
  /** A number spread evenly over [low, high]. */
  real(low: number, high: number): number;
}

const STEPS = 2 ** 30;

const randomOf = (source: fc.Random): Random => ({
  integer: (low, high) => source.nextInt(low, high),
  real: (low, high) => low + ((high - low) * source.nextInt(0, STEPS)) / STEPS,
});

class Drawn<T> extends fc.Arbitrary<T> {
  readonly #draw: (random: Random, source: fc.Random) => T;
  readonly #simpler: (value: T) => Iterable<T>;

  constructor(draw: (random: Random, source: fc.Random) => T, simpler: (value: T) => Iterable<T>) {
    super();
    this.#draw = draw;
    this.#simpler = simpler;
  }

  override generate(source: fc.Random): fc.Value<T> {
    return new fc.Value(this.#draw(randomOf(source), source), undefined);
  }

  /** Only values that were drawn here are shrunk: others may break what `simpler` relies on. */
  override canShrinkWithoutContext(_: unknown): _ is T {
    return false;
  }

  override shrink(value: T): fc.Stream<fc.Value<T>> {
    const simpler = this.#simpler(value);
    function* values(): IterableIterator<fc.Value<T>> {
      for (const simple of simpler) yield new fc.Value(simple, undefined);
    }
    return fc.stream(values());
  }
}

/**
 * An arbitrary from its two functions. `simpler` lists the values to try in the place of one that breaks a property, the
 * simplest first. No chain of simpler values may be endless: each must be simpler by a measure that cannot fall for ever.
 */
export const drawn = <T>(
  draw: (random: Random, source: fc.Random) => T,
  simpler: (value: T) => Iterable<T>,
): fc.Arbitrary<T> => new Drawn(draw, simpler);
