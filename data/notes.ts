/** Notes on data that were read, but perhaps not as they were meant. */

/** Collects notes: one for each kind, with the place where it came first and how often it came. */
export class Notes {
  readonly #kinds = new Map<string, { readonly text: string; count: number }>();

  /** Counts one more note of a kind, of which the first place and text are kept. */
  add(kind: string, place: string, text: string): void {
    const known = this.#kinds.get(kind);
    if (known) known.count++;
    else this.#kinds.set(kind, { text: `${place}: ${text}`, count: 1 });
  }

  /** One line for each kind, in the order in which they came first. */
  lines(): string[] {
    return [...this.#kinds.values()].map(({ text, count }) =>
      count === 1 ? text : `${text} So it is with ${count} structures.`,
    );
  }
}
