/**
 * Mean absolute errors of many predictions, for each source of data and in all, added up as the predictions come; beside
 * them those of predicting zero, since predictions that are not better than that are worth nothing.
 */
import type { Comparison } from './task.ts';

interface Sum {
  error: number;
  zero: number;
  count: number;
}

interface Group<Name extends string> {
  structures: number;
  readonly sums: Readonly<Record<Name, Sum>>;
}

/** Sums for quantities of these names. `shown`: errors as results hold them (default: by name, null without labels). */
export class ErrorSums<Name extends string, Errors = Readonly<Record<Name, number | null>>> {
  private readonly total: Group<Name>;
  private readonly groups = new Map<string, Group<Name>>();

  constructor(
    private readonly names: readonly Name[],
    private readonly shown = (means: Readonly<Record<Name, number | null>>) => means as Errors,
  ) {
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

  all(): Comparison<Errors> {
    return this.compare(this.total);
  }

  bySource(): Record<string, Comparison<Errors>> {
    return Object.fromEntries([...this.groups].map(([source, group]) => [source, this.compare(group)]));
  }

  private empty(): Group<Name> {
    const sums = this.names.map((name) => [name, { error: 0, zero: 0, count: 0 }]);
    return { structures: 0, sums: Object.fromEntries(sums) };
  }

  private compare({ structures, sums }: Group<Name>): Comparison<Errors> {
    const mean = ({ count, ...sum }: Sum, kind: 'error' | 'zero') => (count > 0 ? sum[kind] / count : null);
    const means = (kind: 'error' | 'zero') =>
      this.shown(Object.fromEntries(this.names.map((name) => [name, mean(sums[name], kind)])) as never);
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
