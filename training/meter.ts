/**
 * How far something long has come, in words, every few seconds. Of what is done at once nothing is said.
 */

/** Milliseconds of silence that make nobody wonder. */
const SILENCE = 8000;

/** To be told, often, how many of `total` are done: meter(say, 'Predicting', 200)(17). */
export function meter(say: ((text: string) => void) | undefined, what: string, total: number): (done: number) => void {
  let last = Date.now();
  return (done) => {
    const now = Date.now();
    if (!say || now - last < SILENCE) return;
    last = now;
    say(`${what}: ${done} of ${total}`);
  };
}

/** The same items; `tell` hears how many have been used. */
export async function* told<T>(items: AsyncIterable<T>, tell: (done: number) => void): AsyncGenerator<T> {
  let done = 0;
  for await (const item of items) {
    yield item;
    tell(++done);
  }
}
