/** Mean absolute errors of predicted displacements, beside those of predicting none. All in Angstrom. */

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

function compare(list: readonly DenoisedStructure[]): NoiseComparison {
  let [error, zero, count] = [0, 0, 0];
  for (const { noise, predicted } of list) {
    noise.forEach((x, c) => {
      error += Math.abs(predicted[c]! - x);
      zero += Math.abs(x);
    });
    count += noise.length;
  }
  return { structures: list.length, error: error / count, zero: zero / count };
}

export function noiseErrors(list: readonly DenoisedStructure[], sourceOf: (structure: number) => string) {
  const names = [...new Set(list.map(({ structure }) => sourceOf(structure)))];
  return {
    all: compare(list),
    bySource: Object.fromEntries(
      names.map((name) => [name, compare(list.filter(({ structure }) => sourceOf(structure) === name))]),
    ) as Record<string, NoiseComparison>,
  };
}
