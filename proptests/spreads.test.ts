/**
 * No list of data is spread into arguments: `push(...items)` and `Math.max(...items)` overflow the stack where there are
 * many. data/lists.ts has what takes their place.
 *
 * Literal lists may be spread; so may the lists in FEW, whose length does not grow with the data.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSlashes } from '../files/slashes.ts';
import { ROOMS, sources } from './support/rooms.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Functions that take any number of arguments, and are therefore given lists. (Math.hypot is given vectors.) */
const MANY = /^(push|unshift|splice|concat|append|max|min|fromCharCode|fromCodePoint)$/;

/** Short lists by their files: vectors, dimensions, panels of a picture, parts of a compiled program, runs of a bench. */
const FEW: Readonly<Record<string, readonly string[]>> = {
  'bench/gpu.ts': ['onCpu.losses.map((loss, k) => Math.abs(loss - onGpu.losses[k]) / Math.abs(loss))'],
  'bench/peer.ts': [
    ...['x', 'mine.map((m) => m.peak_rss_mb)', 'best.map((m) => m.peak_rss_mb)'],
    'theirs.flat().map((m) => m.peak_rss_mb)',
  ],
  'bench/suite.ts': ['chosen.map(({ name }) => name.length)'],
  'universe/elastic.ts': ['row(i, 0, STRAINS)', 'row(i, STRAINS, size)'],
  'plots/panel.ts': ['svg.childNodes', 'parts'],
  'graph/lattice.ts': ['[0, 1, 2].map((k) => length(row(full, k)))'],
  'graph/bins.ts': ['count'],
  'nn/transfer-table.ts': ['rows.map(([path]) => path.length)'],
  'tensor/engines/cpu/code.ts': [
    "kernels.map((k) => (k.kind === 'sweep' ? WORDS + 3 * sharedResults(k).length + k.buffers.length : 0))",
    'launches.map(({ group }) => WORDS + (group?.takes.length ?? 0))',
  ],
  'tensor/engines/cpu/execute.ts': ['chunks.map(({ fills, args }) => 1 + 3 * fills.length + args.length)'],
  'tensor/engines/cpu/wasm.ts': ['items'],
  'tensor/engines/gpu/emitter.ts': ['inner'],
  'tensor/engines/gpu/inverse.ts': ['within(quotient, extents[k])'],
  'tensor/engines/gpu/evaluate.ts': ['args.map(({ level }) => level)'],
  'tensor/engines/gpu/joint-sums.ts': ['sizes'],
  'tensor/primitives/movement.ts': ['order.splice(-2).reverse()'],
  'web/chart.ts': ['curves.map(({ values }) => values.length)'],
};

const spreadsIn = (list: readonly ts.Node[]): ts.Expression[] =>
  list.filter(ts.isSpreadElement).map(({ expression }) => expression);
const isLiteral = (list: ts.Expression): boolean =>
  ts.isArrayLiteralExpression(list) &&
  list.elements.every((one) => !ts.isSpreadElement(one) || isLiteral(one.expression));

/** What `flatMap((one) => [...one.list])` spreads: a copy of a list for each of many things. */
function unfolded(call: ts.CallExpression): ts.Expression[] {
  const [body] = call.arguments.filter(ts.isArrowFunction).map((made) => made.body);
  if (!body || !ts.isArrayLiteralExpression(body)) return [];
  return body.elements.length === 1 ? spreadsIn(body.elements) : [];
}

/** Lists that are spread where there may be many of their items. */
function offences(name: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : '';
      const lists = [
        ...(MANY.test(called) ? spreadsIn(node.arguments) : []),
        ...(called === 'flatMap' ? unfolded(node) : []),
      ];
      for (const list of lists) if (!isLiteral(list)) found.push(list.getText().replace(/\s+/g, ' '));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  return found;
}

test('the search sees every way of spreading a list, and no literal', () => {
  const found = offences(
    'example.ts',
    `list.push(...items); list.unshift(1, ...more); Math.max(...a.map(f), 1); text.concat(...b);
     String.fromCharCode(...codes); all.flatMap((one) => [...one.list]);
     list.push(...[1, 2]); Math.max(0, 1); f(...rest); const copy = [...items]; all.flatMap(({ x }) => [x]);`,
  );
  assert.equal(found, ['items', 'more', 'a.map(f)', 'b', 'codes', 'one.list']);
});

test('no list of data is spread into arguments', () => {
  const known = new Set<string>();
  const wrong: string[] = [];
  for (const path of ROOMS.flatMap((folder) => sources(join(root, folder)))) {
    const name = withSlashes(relative(root, path));
    for (const list of offences(name, readFileSync(path, 'utf8'))) {
      if (FEW[name]?.includes(list)) known.add(`${name}: ${list}`);
      else wrong.push(`${name}: ...${list}`);
    }
  }
  assert.equal(wrong, [], 'Use extend or largest of data/lists.ts (or say in FEW that the list is short)');
  const listed = Object.entries(FEW).flatMap(([name, lists]) => lists.map((list) => `${name}: ${list}`));
  assert.equal(
    listed.filter((one) => !known.has(one)),
    [],
    'FEW names lists that are spread no more',
  );
});

test.run();
