/** Mean absolute errors of predicted displacements, added up as these come, beside those of predicting none; Angstrom. */

/** Displacements of structure `structure` and what the network makes of them, 3 an atom. */
export interface DenoisedStructure {
  readonly structure: number;
  readonly noise: Float64Array;
  readonly predicted: Float64Array;
}

export interface NoiseComparison {
  readonly structures: number;
  /** Of a component, in Angstrom. */
  readonly error: number;
  readonly zero: number;
}

interface Sums {
  structures: number;
  error: number;
  zero: number;
  count: number;
}

const empty = (): Sums => ({ structures: 0, error: 0, zero: 0, count: 0 });
const compare = ({ structures, error, zero, count }: Sums): NoiseComparison => ({
  structures,
  error: error / count,
  zero: zero / count,
});

export interface NoiseErrors {
  add(source: string, one: DenoisedStructure): void;
  all(): NoiseComparison;
  bySource(): Record<string, NoiseComparison>;
}

export function noiseErrors(): NoiseErrors {
  const total = empty();
  const groups = new Map<string, Sums>();
  return {
    add(source, { noise, predicted }) {
      if (!groups.has(source)) groups.set(source, empty());
      for (const sums of [groups.get(source)!, total]) {
        sums.structures++;
        sums.count += noise.length;
        noise.forEach((x, c) => {
          sums.error += Math.abs(predicted[c] - x);
          sums.zero += Math.abs(x);
        });
      }
    },
    all: () => compare(total),
    bySource: () => Object.fromEntries([...groups].map(([name, sums]) => [name, compare(sums)])),
  };
}
