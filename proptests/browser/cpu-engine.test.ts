/**
 * The CPU engine in a browser: the same code, in a worker, with helper threads of its own on an isolated page.
 *
 * Needs Chromium (Debian's package, or CHROMIUM=path); skipped visibly where there is none.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { train } from './training.ts';

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PAGE = `<!doctype html><script>
const report = (text) => fetch('/result', { method: 'POST', body: text });
const worker = new Worker('/worker.js');
worker.onmessage = ({ data }) => report(JSON.stringify({ isolated: crossOriginIsolated, data }));
worker.onerror = (event) => report(JSON.stringify({ data: { error: event.message } }));
</script>`;

/** Opens the page in headless Chromium and returns what it reports. */
async function inBrowser(): Promise<string> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('./training.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'silent',
  });
  let received: (text: string) => void;
  const result = new Promise<string>((resolve) => {
    received = resolve;
  });
  const server = createServer((request, response) => {
    // Shared memory needs an isolated page.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (request.url === '/result') {
      let text = '';
      request.on('data', (chunk) => (text += chunk));
      request.on('end', () => {
        response.end();
        received(text);
      });
    } else if (request.url === '/worker.js') {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(bundle.outputFiles[0]!.text);
    } else {
      response.setHeader('Content-Type', 'text/html');
      response.end(PAGE);
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'lattigrad-chromium-'));
  const { port } = server.address() as AddressInfo;
  const browser = spawn(
    chromium,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${port}/`,
    ],
    { stdio: 'ignore' },
  );
  const timeout = setTimeout(() => received('{"data":{"error":"no answer within 60 s"}}'), 60_000);
  try {
    return await result;
  } finally {
    clearTimeout(timeout);
    const closed = new Promise((resolve) => browser.on('close', resolve));
    browser.kill();
    await closed;
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (!existsSync(chromium)) {
  console.log(`SKIPPED the CPU engine in a browser: no ${chromium} (install Debian's chromium or set CHROMIUM)`);
  test.skip('the CPU engine in a browser');
} else {
  test("a browser's worker trains as Node does, with helper threads of its own", async () => {
    const { isolated, data } = JSON.parse(await inBrowser());
    assert.is(data.error, undefined);
    assert.ok(isolated, 'the page is isolated');
    const [one, two] = data as { losses: number[]; threads: number }[];
    assert.equal([one!.threads, two!.threads], [1, 2]);
    assert.equal(two!.losses, one!.losses);
    const node = await train(1);
    // Another engine may lack fused multiply-add: float32 rounding, over five steps.
    node.losses.forEach((loss, k) => {
      assert.ok(
        Math.abs(loss - one!.losses[k]!) <= 1e-4 * Math.abs(loss),
        `step ${k}: ${one!.losses[k]}, in Node ${loss}`,
      );
    });
  });
}
test.run();
