/**
 * Headless Chromium for tests: Debian's, or the one that CHROMIUM names. Tests are skipped visibly where there is none.
 *
 * A page of a test must be silent: messages on its console of kind error or warning, and uncaught errors, are collected
 * and fail the test. WebGPU comes from Chromium's software renderer, as on machines of continuous integration.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';

const path = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SOFTWARE = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'];

/** `webgpu: false`: a browser without WebGPU, as many are. */
export const launch = ({ webgpu = true } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...(webgpu ? SOFTWARE : ['--disable-features=WebGPU'])],
  });

/** Opens `url`, hands the page to `body`, and asserts that nothing complained meanwhile; `logged` gets what it logged. */
export async function withPage<T>(
  browser: Browser,
  url: string,
  body: (page: Page) => Promise<T>,
  logged: string[] = [],
): Promise<T> {
  const page = await browser.newPage({ viewport: { width: 960, height: 760 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    else logged.push(message.text());
  });
  page.on('pageerror', (error) => void complaints.push(String(error)));
  // Software rendering on a busy machine is slow.
  page.setDefaultTimeout(240_000);
  try {
    await page.goto(url);
    const result = await body(page);
    assert.equal(complaints, [], 'the console is silent');
    return result;
  } finally {
    await page.close();
  }
}

/** Registers a test that needs Chromium, or its visible skip. */
export function inChromium(test: Test, name: string, body: () => Promise<void>): void {
  if (existsSync(path)) test(name, body);
  else {
    console.log(`SKIPPED ${name}: no ${path} (install Debian's chromium or set CHROMIUM)`);
    test.skip(name);
  }
}
