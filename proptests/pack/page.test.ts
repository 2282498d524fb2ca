/**
 * The library in a page with a Content-Security-Policy as strict as it can be: the first example of its README, bundled,
 * with helper threads from a file, without them because a blob is refused, and with a file that is not there.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { archives, install } from '../../pack/install.ts';
import { bundled } from '../../pack/size.ts';
import { inChromium, launch } from '../browser/chromium.ts';

const folder = mkdtempSync(join(tmpdir(), 'lattigrad-page-'));
let [browser, server]: [Browser | undefined, Server | undefined] = [undefined, undefined];
test.after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

/** Sums x^2 sin x and its derivative over enough rows for several threads; methods alone are used of the tensors. */
const PROGRAM = `
  import { compile, cpuEngine, grad, input } from 'lattigrad';
  const worker = new URLSearchParams(location.search).get('worker');
  const options = { precision: 'f64', threads: 3, ...(worker ? { worker } : {}) };
  const x = input([300000], 'x');
  const y = x.sin().mul(x.square()).sum();
  const [slope] = grad(y, [x]);
  const f = compile({ x }, { y, total: slope.sum() }, { engine: cpuEngine(options) });
  globalThis.answer = async () => {
    const numbers = Float64Array.from({ length: 300000 }, (_, k) => k / 100000);
    const values = [];
    for (let k = 0; k < 5; k++) {
      const { y, total } = await f({ x: numbers });
      values.push([y.item(), total.item()]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { isolated: crossOriginIsolated, values };
  };`;

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";
const PAGE = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/app.js"></script>';

/** Serves the page, the program and the package's worker, all under the policy; gives the address. */
async function serve(): Promise<string> {
  const { lattigrad } = archives(folder);
  const project = join(folder, 'project');
  install(project, [lattigrad], false);
  const worker = readFileSync(join(project, 'node_modules', 'lattigrad', 'worker.js'), 'utf8');
  const files: Record<string, [type: string, text: string]> = {
    '/': ['text/html', PAGE],
    '/app.js': ['text/javascript', await bundled(PROGRAM, project)],
    '/worker.js': ['text/javascript', worker],
  };
  server = createServer(({ url = '/' }, response) => {
    const found = files[url.replace(/\?.*/, '')];
    response.statusCode = found ? 200 : 404;
    response.setHeader('Content-Type', found?.[0] ?? 'text/plain');
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.end(found?.[1] ?? 'not here');
  });
  await new Promise<void>((resolve) => void server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let address: Promise<string> | undefined;

interface Found {
  readonly isolated: boolean;
  readonly values: readonly (readonly [number, number])[];
}

/** What the page computes with this file of helpers, how many of them there are, and what the library says. */
async function visit(query: string): Promise<Found & { workers: number; said: string[] }> {
  address ??= serve();
  browser ??= await launch({ webgpu: false });
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => void (message.text().startsWith('lattigrad:') && said.push(message.text())));
  page.on('pageerror', (error) => void said.push(String(error)));
  try {
    await page.goto(`${await address}/${query}`);
    await page.waitForFunction('globalThis.answer !== undefined');
    const found = await page.evaluate(() => (globalThis as unknown as { answer(): Promise<Found> }).answer());
    return { ...found, workers: page.workers().length, said };
  } finally {
    await page.close();
  }
}

/** The sums of x^2 sin x and 2 x sin x + x^2 cos x, by a loop. */
function expected(): [number, number] {
  let [y, total] = [0, 0];
  for (let k = 0; k < 300_000; k++) {
    const x = k / 100_000;
    y += x * x * Math.sin(x);
    total += 2 * x * Math.sin(x) + x * x * Math.cos(x);
  }
  return [y, total];
}

function insistOnValues({ isolated, values }: Found): void {
  assert.ok(isolated, 'the page is isolated');
  const [y, total] = expected();
  for (const found of values) {
    assert.equal(found, values[0]);
    // Sums of 300,000 terms in two orders.
    assert.ok(Math.abs(found[0] / y - 1) < 1e-11 && Math.abs(found[1] / total - 1) < 1e-11, `${found}, ${[y, total]}`);
  }
}

let bits: Found['values'][number] | undefined;

inChromium(test, 'helper threads start from the file of the package, and nothing complains', async () => {
  const found = await visit('?worker=/worker.js');
  assert.equal(found.said, []);
  assert.is(found.workers, 2);
  insistOnValues(found);
  bits = found.values[0];
});

inChromium(
  test,
  'where a blob is refused, one thread computes the same bits, and a warning says what to do',
  async () => {
    const found = await visit('');
    insistOnValues(found);
    assert.equal(found.values[0], bits);
    assert.is(found.workers, 0);
    assert.is(found.said.length, 1, found.said.join('\n'));
    assert.match(found.said[0], /helper threads do not start from a blob .*serve the file lattigrad\/worker/);
  },
);

inChromium(test, 'a file of helpers that is not there is named, and one thread computes the same bits', async () => {
  const found = await visit('?worker=/nowhere.js');
  insistOnValues(found);
  assert.equal(found.values[0], bits);
  assert.is(found.said.length, 1, found.said.join('\n'));
  assert.match(
    found.said[0],
    /helper threads do not start from \/nowhere\.js .*Expected the address of the file lattigrad\/worker/,
  );
});

test.run();
