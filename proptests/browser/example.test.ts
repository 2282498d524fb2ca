/** The page of examples/, bundled and served by the command that it names, in headless Chromium: the network learns. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inChromium, launch, withPage } from './chromium.ts';

const test = suite('example');
const folder = fileURLToPath(new URL('../../examples/08-page', import.meta.url));

inChromium(test, '08: a page without a framework trains a network', async () => {
  const options = '--bundle --format=esm --outdir=examples/08-page --servedir=examples/08-page';
  assert.match(readFileSync(`${folder}/index.html`, 'utf8'), options);
  const built = await context({
    entryPoints: [`${folder}/page.ts`],
    bundle: true,
    format: 'esm',
    outdir: folder,
    write: false,
    logLevel: 'silent',
  });
  const browser = await launch();
  try {
    const { port } = await built.serve({ servedir: folder, host: '127.0.0.1', port: 0 });
    await withPage(browser, `http://127.0.0.1:${port}/`, async (page) => {
      await page.waitForSelector('[data-state=done]');
      const [, step, network, zero] = /^Step (\d+): error ([\d.]+) .* ([\d.]+)\.$/.exec(
        (await page.textContent('#status'))!,
      )!;
      assert.is(step, '400');
      assert.ok(Number(zero) > 0.1 && Number(network) < 0.2 * Number(zero), `${network} and ${zero} eV/Angstrom`);
      const points = (await page.getAttribute('#curve', 'points'))!.trim().split(' ');
      assert.is(points.length, 41);
      const heights = points.map((point) => 220 - Number(point.split(',')[1]));
      assert.ok(heights[0] > 180 && heights[40] < 40, `the curve falls: ${heights}`);
    });
  } finally {
    await browser.close();
    await built.dispose();
  }
});

test.run();
