/**
 * Notes on data that are read, but perhaps not as they were meant: one a kind, with the first place and the count.
 */

export class Notes {
  readonly #kinds = new Map<string, { readonly text: string; count: number }>();

  /** Counts one more of a kind; its first place and text are kept. */
  add(kind: string, place: string, text: string): void {
    const known = this.#kinds.get(kind);
    if (known) known.count++;
    else this.#kinds.set(kind, { text: `${place}: ${text}`, count: 1 });
  }

  /** One line a kind, in the order of their first places. */
  lines(): string[] {
    return [...this.#kinds.values()].map(({ text, count }) =>
      count === 1 ? text : `${text} So it is with ${count} structures.`,
    );
  }
}
