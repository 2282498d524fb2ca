/**
 * A program of ours in a browser's worker: bundled, served on an isolated page, run, and its answer handed back.
 *
 * The program is a module that calls `answer` (answer.ts) with a function of what it is asked.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { withPage } from './chromium.ts';

const PAGE = `<!doctype html><link rel="icon" href="data:,"><script>
function ask(question) {
  const worker = new Worker('/worker.js');
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => data.error ? reject(new Error(data.error)) : resolve(data.answer);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}
</script>`;

/** Runs a program of this folder; its answer to `question`. `logged` gets what the console showed. */
export async function runInWorker<Answer>(
  browser: Browser,
  program: string,
  question: unknown,
  logged: string[] = [],
): Promise<Answer> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL(program, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  const server = createServer(({ url }, response) => {
    const isWorker = url === '/worker.js';
    response.setHeader('Content-Type', isWorker ? 'text/javascript' : 'text/html');
    // Shared memory needs an isolated page.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.end(isWorker ? bundle.outputFiles[0].text : PAGE);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await withPage(
      browser,
      `http://127.0.0.1:${port}/`,
      (page) => page.evaluate((q) => (globalThis as unknown as { ask(q: unknown): Promise<Answer> }).ask(q), question),
      logged,
    );
  } finally {
    server.close();
  }
}
