/** The other side of serve.ts: a program in a worker answers the one question that it is asked. In Node it does nothing. */
export function answer<Question, Answer>(to: (question: Question) => Promise<Answer>): void {
  // In a worker there is such a function and no document.
  if (typeof postMessage !== 'function' || typeof document !== 'undefined') return;
  addEventListener('message', ({ data }: MessageEvent<Question>) => {
    to(data).then(
      (found) => postMessage({ answer: found }),
      (error: unknown) =>
        postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
