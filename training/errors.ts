/**
 * Mean absolute errors of many predictions, for each source of data and in all, added up as the predictions come; beside
 * them those of predicting zero, since predictions that are not better than that are worth nothing.
 */
import type { Comparison } from './task.ts';

/** Mean errors by name; null where there was no label. */
export type NamedErrors<Name extends string> = Readonly<Record<Name, number | null>>;

interface Sum {
  error: number;
  zero: number;
  count: number;
}

interface Group<Name extends string> {
  structures: number;
  readonly sums: Readonly<Record<Name, Sum>>;
}

export class ErrorSums<Name extends string> {
  private readonly total: Group<Name>;
  private readonly groups = new Map<string, Group<Name>>();

  constructor(private readonly names: readonly Name[]) {
    this.total = this.empty();
  }

  /**
   * Adds a structure of a source. Of each quantity: its labels (undefined: there are none), its predictions, and what
   * both are divided by (default 1).
   */
  add(
    source: string,
    quantities: Readonly<Record<Name, readonly [labels: ArrayLike<number> | undefined, ArrayLike<number>, number?]>>,
  ): void {
    const own = this.groups.get(source) ?? this.empty();
    this.groups.set(source, own);
    for (const group of [own, this.total]) {
      group.structures++;
      for (const name of this.names) {
        const [labels, predicted, divisor] = quantities[name];
        addTo(group.sums[name], labels, predicted, divisor);
      }
    }
  }

  all(): Comparison<NamedErrors<Name>> {
    return this.compare(this.total);
  }

  bySource(): Record<string, Comparison<NamedErrors<Name>>> {
    return Object.fromEntries([...this.groups].map(([source, group]) => [source, this.compare(group)]));
  }

  private empty(): Group<Name> {
    const sums = this.names.map((name) => [name, { error: 0, zero: 0, count: 0 }]);
    return { structures: 0, sums: Object.fromEntries(sums) };
  }

  private compare({ structures, sums }: Group<Name>): Comparison<NamedErrors<Name>> {
    const means = (kind: 'error' | 'zero') =>
      Object.fromEntries(
        this.names.map((name) => [name, sums[name].count > 0 ? sums[name][kind] / sums[name].count : null]),
      ) as Record<Name, number | null>;
    return { structures, error: means('error'), zero: means('zero') };
  }
}

function addTo(sum: Sum, labels: ArrayLike<number> | undefined, predicted: ArrayLike<number>, divisor = 1): void {
  if (!labels) return;
  for (let c = 0; c < labels.length; c++) {
    const label = labels[c] / divisor;
    sum.error += Math.abs(predicted[c] / divisor - label);
    sum.zero += Math.abs(label);
    sum.count++;
  }
}
