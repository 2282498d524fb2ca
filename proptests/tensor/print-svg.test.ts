/** Pictures of graphs: well formed, complete, without boxes on top of each other, the same text each time. */
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { input, printSvg, type Tensor, tensor } from '../../tensor/index.ts';
import { layout } from '../../tensor/layout.ts';
import { literalValue } from '../../tensor/leaves.ts';
import { topological } from '../../tensor/tensor.ts';
import { check } from '../support/check.ts';
import { drawer, project, smoothFunction } from './support.ts';

/** Random graphs with sorted edges, none of them twice. */
const graphs = fc.integer().map((seed) => {
  const draw = drawer(seed);
  const count = draw.integer(1, 25);
  const widths = Array.from({ length: count }, () => 10 * draw.integer(1, 12));
  const edges = Array.from({ length: count }, (_, to) =>
    Array.from({ length: to }, (_, from) => [from, to] as const).filter(() => draw.integer(0, to) < 2),
  ).flat();
  return { widths, edges };
});

test('edges go down by one layer at a time, and what lies in one layer does not touch', () =>
  check(
    graphs,
    ({ widths, edges }) => {
      const { nodes, routes } = layout(widths, edges);
      assert.is(routes.length, edges.length);
      routes.forEach((route, k) => {
        assert.is(route[0], nodes[edges[k][0]]);
        assert.is(route.at(-1), nodes[edges[k][1]]);
        for (let i = 1; i < route.length; i++) assert.is(route[i].layer, route[i - 1].layer + 1);
      });
      const spots = [...new Set([...nodes, ...routes.flat()])];
      for (const a of spots) {
        assert.ok(Number.isFinite(a.x) && a.layer >= 0);
        for (const b of spots) {
          if (a === b || a.layer !== b.layer || a.rank > b.rank) continue;
          assert.ok(b.x - a.x >= (a.width + b.width) / 2 + 10, `${a.x} (${a.width}) and ${b.x} (${b.width})`);
        }
      }
    },
    100,
  ));

/** How many pairs of edges cross between neighbouring layers. */
function crossings(edges: readonly (readonly [number, number])[]): number {
  const widths = Array.from({ length: 10 }, () => 20);
  const { routes } = layout(widths, edges);
  const steps = routes.flatMap((route) => route.slice(1).map((to, k) => ({ from: route[k], to })));
  return steps.flatMap((a, k) => steps.slice(k + 1).filter((b) => cross(a, b))).length;
}
type Step = { from: { layer: number; x: number }; to: { x: number } };
const cross = (a: Step, b: Step): boolean =>
  a.from.layer === b.from.layer && (a.from.x - b.from.x) * (a.to.x - b.to.x) < 0;

test('graphs that can be drawn without crossings are drawn without', () => {
  // Two chains whose nodes come in turn, in the wrong order; and a ladder.
  assert.is(
    crossings([
      [1, 2],
      [0, 3],
      [2, 4],
      [3, 5],
    ]),
    0,
  );
  assert.is(
    crossings([
      [0, 3],
      [1, 4],
      [2, 5],
      [5, 6],
      [4, 7],
      [3, 8],
    ]),
    0,
  );
});

const parsed = (svg: string) => parseHTML(`<html><body>${svg}</body></html>`).document;

test('every tensor but numbers has a box with its shape, and every use a line', () =>
  check(
    fc.integer(),
    (seed) => {
      const draw = drawer(seed);
      const n = draw.integer(1, 3);
      const x = input([n], 'x');
      const y = project(smoothFunction(draw, 3)(x));
      const outputs: Tensor[] = draw.integer(0, 1) === 1 ? [y, ...grad(y, [x])] : [y];
      const drawn = topological(outputs).filter((t) => outputs.includes(t) || literalValue(t) === undefined);
      if (drawn.length > 300) return;
      const uses = drawn.reduce((k, t) => k + new Set(t.inputs.filter((i) => drawn.includes(i))).size, 0);
      const svg = printSvg(outputs);
      const document = parsed(svg);
      assert.is(document.querySelectorAll('rect').length, drawn.length);
      assert.is(document.querySelectorAll('path').length, uses);
      assert.is(document.querySelectorAll('.output').length, new Set(outputs).size);
      assert.not.match(svg, /NaN|undefined|Infinity"/);
      assert.is(printSvg(outputs), svg);
    },
    10,
  ));

test('labels are short and whole in the tooltip, and names cannot become markup', () => {
  const name = '<script>alert("1 & 2")</script>\u0000\u001b[31m';
  const x = input([2, 3], name);
  const svg = printSvg([
    x
      .slice([[0, 1], null])
      .mul(0.5)
      .sum({ axis: 0 }),
  ]);
  const texts = [...parsed(svg).querySelectorAll('text')].map((text) => text.textContent);
  assert.equal(texts, [
    'input <script>alert("1 & 2")</s…',
    '[2, 3]',
    'slice ranges [0:1, :]',
    '[1, 3]',
    'mul(·, 0.5)',
    '[1, 3]',
    'sum axes [0]',
    '[3]',
  ]);
  assert.not.ok(['<script', '\u0000', '\u001b'].some((text) => svg.includes(text)));
  assert.match(svg, /<title>input &lt;script&gt;alert\(&quot;1 &amp; 2&quot;\)&lt;\/script&gt;\[31m \[2, 3\]<\/title>/);
});

test('a number that is an output is drawn; no output at all is refused', () => {
  const two = tensor(2);
  const texts = [...parsed(printSvg([two, input([], 'x').mul(two)])).querySelectorAll('text')].map(
    (t) => t.textContent,
  );
  assert.equal(texts, ['2', '[]', 'input x', '[]', 'mul(·, 2)', '[]']);
  assert.throws(() => printSvg([]), 'printSvg: expected at least one tensor, got none.');
});

test('graphs that are too large to be read are refused with a way out', () => {
  let y = input([], 'x');
  for (let k = 0; k < 300; k++) y = y.sin();
  assert.throws(
    () => printSvg([y]),
    'printSvg: 301 boxes are too many to be read, the most are 300. Use printDot with Graphviz.',
  );
});

test.run();
