/**
 * The test runner: every `*.test.ts` under proptests/ in a process of its own, two at a time.
 *
 *   npm test                  everything
 *   npm test -- NAME ...      the files whose path contains one of the names
 *
 * uvu prints its totals per file; they are added up and closed with the line `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withSlashes } from '../files/slashes.ts';
import { seed } from './support/check.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

interface Outcome {
  file: string;
  passed: number;
  failed: number;
  skipped: number;
}

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    })
    .sort();
}

function runFile(path: string): Promise<Outcome> {
  return new Promise((done) => {
    const started = Date.now();
    const child = spawn(process.execPath, ['--import', 'tsx', path], { cwd: root, env: process.env });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code, signal) => {
      const count = (word: string) =>
        [...output.matchAll(new RegExp(`${word}:\\s+(\\d+)`, 'g'))].reduce((sum, m) => sum + Number(m[1]), 0);
      const total = count('Total');
      const passed = count('Passed');
      // A file that died, or ran nothing, is a failure of its own: silence must not pass.
      const failed = total - passed || (code !== 0 || total + count('Skipped') === 0 ? 1 : 0);
      const name = withSlashes(relative(root, path));
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      if (failed > 0) {
        console.log(`FAIL  ${name} (${seconds} s, exit ${code ?? signal})\n${output}`);
      } else {
        const skips = output.split('\n').filter((line) => line.startsWith('SKIPPED'));
        console.log(`ok    ${name}  ${passed} passed, ${seconds} s`);
        for (const line of skips) console.log(`      ${line}`);
      }
      done({ file: name, passed, failed, skipped: count('Skipped') });
    });
  });
}

const names = process.argv.slice(2);
const files = testFiles(here).filter(
  (file) => names.length === 0 || names.some((name) => withSlashes(relative(root, file)).includes(name)),
);
if (files.length === 0) {
  console.error(`No test file matches ${names.join(', ')}.`);
  process.exit(1);
}
console.log(`${files.length} files, seed ${seed} (LATTIGRAD_SEED draws another)`);
const queue = [...files];
const outcomes: Outcome[] = [];
const worker = async () => {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) outcomes.push(await runFile(file));
};
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, o) => total + o[key], 0);
for (const outcome of outcomes.filter((o) => o.failed > 0)) console.log(`failed: ${outcome.file}`);
console.log(`${sum('skipped')} skipped`);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') > 0 ? 1 : 0);
