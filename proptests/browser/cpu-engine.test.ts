/**
 * The CPU engine in a browser: the same code, in a worker, with helper threads of its own on an isolated page.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inChromium, launch } from './chromium.ts';
import { runInWorker } from './serve.ts';
import { train } from './training.ts';

inChromium(test, "a browser's worker trains as Node does, with helper threads of its own", async () => {
  const browser = await launch({ webgpu: false });
  try {
    const found = await runInWorker<{ isolated: boolean; runs: Awaited<ReturnType<typeof train>>[] }>(
      browser,
      './training.ts',
      [1, 2],
    );
    assert.ok(found.isolated, 'the page is isolated');
    const [alone, helped] = found.runs;
    assert.equal([alone.threads, helped.threads], [1, 2]);
    assert.equal(helped.losses, alone.losses);
    const node = await train(1);
    // Another engine may lack fused multiply-add: float32 rounding, over five steps.
    node.losses.forEach((loss, k) => {
      assert.ok(
        Math.abs(loss - alone.losses[k]) <= 1e-4 * Math.abs(loss),
        `step ${k}: ${alone.losses[k]}, in Node ${loss}`,
      );
    });
  } finally {
    await browser.close();
  }
});

inChromium(test, 'consoles of browsers show tensors and values as Node does', async () => {
  const browser = await launch({ webgpu: false });
  try {
    const logged: string[] = [];
    const lines = await runInWorker<string[]>(browser, './shown.ts', null, logged);
    assert.is(lines[3], 'tensor [] = sum((x - w)^2) / 3');
    // A value says its shape besides.
    assert.equal(logged, [...lines.slice(0, -1), `Value [3] ${lines.at(-1)}`]);
  } finally {
    await browser.close();
  }
});

test.run();
