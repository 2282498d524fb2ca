/**
 * The page of web/, built and served, in headless Chromium: it trains on each engine, with falling losses and a silent
 * console, stops when told, and says plainly what it cannot do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build, type PreviewServer, preview } from 'vite';
import { inChromium, launch, withPage } from './chromium.ts';

const root = fileURLToPath(new URL('../../web', import.meta.url));
const test = suite('page');
let [folder, url]: string[] = [];
let browser: Browser | undefined;
let server: PreviewServer | undefined;

/** Builds and serves on first use, so that nothing is done where all is skipped. */
async function open<T>(query: string, body: (page: Page) => Promise<T>, other?: Browser): Promise<T> {
  if (!server) {
    folder = mkdtempSync(join(tmpdir(), 'lattigrad-web-'));
    await build({ root, logLevel: 'error', build: { outDir: folder } });
    server = await preview({ root, build: { outDir: folder }, preview: { port: 0 } });
    url = server.resolvedUrls!.local[0];
  }
  browser ??= await launch();
  return await withPage(other ?? browser, `${url}${query}`, body);
}
test.after(async () => {
  await browser?.close();
  await server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

const text = async (page: Page, id: string): Promise<string> => (await page.textContent(`#${id}`)) ?? '';
const state = (page: Page, ...states: string[]): Promise<unknown> =>
  page.waitForSelector(states.map((one) => `[data-state=${one}]`).join());

/** Ordinates of the losses of each batch, top down: a falling loss is a growing ordinate. */
const ordinates = async (page: Page, engine: string): Promise<number[]> => {
  const path = (await page.getAttribute(`path.batch.${engine}`, 'd')) ?? '';
  return [...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
};

/** Trains on an engine; returns its curve. */
async function train(page: Page, engine: string, device: RegExp, steps: number): Promise<number[]> {
  await page.check(`[value=${engine}]`, { force: true });
  await page.click('#start');
  await state(page, 'done', 'failed');
  assert.match(await text(page, 'status'), `${steps} steps`);
  assert.match(await text(page, 'device'), device);
  assert.is(await text(page, 'step'), `${steps} of ${steps}`);
  assert.ok(Number(await text(page, 'speed')) > 0);
  // The last step is drawn at the next frame.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const curve = await ordinates(page, engine);
  assert.is(curve.length, steps);
  return curve;
}

/** Mean of some ordinates. */
const mean = (ys: readonly number[]): number => ys.reduce((a, b) => a + b) / ys.length;

inChromium(test, 'learns in a few seconds on the CPU', () =>
  open('?crystals=64&steps=150', async (page) => {
    const curve = await train(page, 'cpu', /^CPU: WebAssembly SIMD, (one thread|\d+ threads)$/, 150);
    // Batches differ: means over one epoch. 20 of 306 pixels are much at any scale of these losses.
    const [first, last] = [mean(curve.slice(0, 8)), mean(curve.slice(-8))];
    assert.ok(last > first + 20, `the loss falls: ordinates ${first} to ${last}`);
  }),
);

inChromium(test, 'CPU, WebGPU and WebGL2 draw one falling curve', () =>
  open('?crystals=8&steps=6', async (page) => {
    const cpu = await train(page, 'cpu', /^CPU/, 6);
    const webgpu = await train(page, 'webgpu', /^WebGPU: .*swiftshader/i, 6);
    const webgl2 = await train(page, 'webgl2', /^WebGL2: .*swiftshader/i, 6);
    for (const [name, curve] of Object.entries({ webgpu, webgl2 })) {
      const apart = Math.max(...curve.map((y, k) => Math.abs(y - cpu[k])));
      assert.ok(apart < 1, `${name} is ${apart} pixels from the CPU`);
    }
    assert.ok(webgl2[5] > webgl2[0] + 20, `the loss falls: ${webgl2}`);
  }),
);

inChromium(test, 'says plainly what is not available', async () => {
  const bare = await launch({ webgpu: false });
  try {
    await open(
      '?engine=webgpu&crystals=8&steps=6',
      async (page) => {
        await page.click('#start');
        await state(page, 'failed');
        assert.match(await text(page, 'status'), /^WebGPU: not available here: .*adapter/);
        assert.is(await page.textContent('#start'), 'Train');
        await train(page, 'cpu', /^CPU/, 6);
      },
      bare,
    );
  } finally {
    await bare.close();
  }
});

inChromium(test, 'stops when told, keeps the curve, and starts again', () =>
  open('?crystals=16&steps=100000', async (page) => {
    await page.click('#start');
    await state(page, 'running');
    await page.waitForSelector('path.curve.cpu');
    assert.is(await page.textContent('#start'), 'Stop');
    await page.click('#start');
    await state(page, 'stopped');
    const step = await text(page, 'step');
    await page.waitForTimeout(200);
    assert.is(await text(page, 'step'), step);
    assert.ok((await ordinates(page, 'cpu')).length > 0);
    await page.click('#start');
    await state(page, 'running');
  }),
);

test.run();
