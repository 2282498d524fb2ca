/**
 * docs/derivatives.md says what every engine returns: each line of its tables is read and evaluated.
 *
 * A line that is wrong, a function without a line and a line without a function fail.
 */

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { cpuEngine, input, referenceEngine } from '../../tensor/index.ts';
import { run } from '../support/run.ts';
import { functions } from './table.ts';

const engines = [referenceEngine(), cpuEngine({ precision: 'f64' }), cpuEngine()];
const page = readFileSync(new URL('../../docs/derivatives.md', import.meta.url), 'utf8');
const lines = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [name, ...numbers] = line.split('|').slice(1, 6);
    return { line, name: name.trim().slice(1, -1), numbers: numbers.map((text) => Number(text.trim())) };
  });

test('every function of the page is known, and every known function stands on the page', () => {
  assert.equal([...new Set(lines.map(({ name }) => name))].sort(), Object.keys(functions).sort());
});

for (const [name, f] of Object.entries(functions)) {
  test(`${name}: value, first and second derivative are those of the page`, async () => {
    const x = input([]);
    const y = f(x);
    const first = grad(y, [x])[0];
    const outputs = [y, first, grad(first, [x])[0]];
    for (const { line, numbers } of lines.filter((l) => l.name === name)) {
      const [at, ...expected] = numbers;
      for (const engine of engines) {
        const found = (await run(outputs, { engine, feeds: new Map([[x, [at]]]) })).map(([value]) => value);
        expected.forEach((number, order) => {
          const same = Object.is(found[order] + 0, number + 0) || Math.abs(found[order] - number) <= 1e-5;
          const close = same || Math.abs(found[order] - number) <= 1e-5 * Math.abs(number);
          assert.ok(close, `${engine.name}: ${line} gives ${found[order]} for order ${order}`);
        });
      }
    }
  });
}

test.run();
