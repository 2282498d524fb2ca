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
async function open<T>(query: string, body: (page: Page) => Promise<T>): Promise<T> {
  if (!server) {
    folder = mkdtempSync(join(tmpdir(), 'lattigrad-web-'));
    await build({ root, logLevel: 'error', build: { outDir: folder } });
    server = await preview({ root, build: { outDir: folder }, preview: { port: 0 } });
    url = server.resolvedUrls!.local[0];
  }
  browser ??= await launch();
  return await withPage(browser, `${url}${query}`, body);
}
test.after(async () => {
  await browser?.close();
  await server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

const text = async (page: Page, id: string): Promise<string> => (await page.textContent(`#${id}`)) ?? '';
const state = (page: Page, ...states: string[]): Promise<unknown> =>
  page.waitForSelector(states.map((one) => `[data-state=${one}]`).join());

/** Ordinates of a curve, top down: a falling loss is a growing ordinate. */
const ordinates = async (page: Page, engine: string): Promise<number[]> => {
  const path = (await page.getAttribute(`path.curve.${engine}`, 'd')) ?? '';
  return [...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
};

async function trains(engine: string, device: RegExp, steps: number): Promise<void> {
  await open(`?engine=${engine}&size=smoke&steps=${steps}`, async (page) => {
    await page.click('#start');
    await state(page, 'done', 'failed');
    assert.match(await text(page, 'status'), `${steps} steps`);
    assert.match(await text(page, 'device'), device);
    assert.is(await text(page, 'step'), `${steps} of ${steps}`);
    assert.ok(Number(await text(page, 'speed')) > 0);
    await page.waitForFunction(
      (n) => document.querySelector('path.curve')?.getAttribute('d')?.split('L').length === n,
      steps,
    );
    const curve = await ordinates(page, engine);
    assert.is(curve.length, steps);
    assert.ok(curve[steps - 1]! > curve[0]! + 20, `the curve falls: ${curve[0]} to ${curve[steps - 1]}`);
  });
}

inChromium(test, 'trains on the CPU in a worker', () =>
  trains('cpu', /^WebAssembly SIMD, (one thread|\d+ threads)$/, 150),
);

inChromium(test, 'stops when told, keeps the curve, and starts again', () =>
  open('?size=smoke&steps=100000', async (page) => {
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
