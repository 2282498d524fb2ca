/**
 * The picture of compiler.md: the training step of the springs as a graph, coloured by the sweeps that compute it.
 *
 *     npx tsx docs/learn/figures/compiler.ts
 */
import * as Plot from '@observablehq/plot';
import { arrange } from '../../../plots/index.ts';
import { plot } from '../../../plots/panel.ts';
import { savePng } from './line-panel.ts';

/** Name, text, column, row, and the kernel that computes it; what is given has none. */
type Row = readonly [name: string, text: string, column: number, row: number, kernel?: number];
const NODES: readonly Row[] = [
  ['length', 'length ℓ', 0, 0],
  ['rest', 'rest ℓ₀', 0, 1],
  ['stiffness', 'stiffness k', 2, 1],
  ['wanted', 'wanted w', 4, 1],
  ['apart', 'ℓ − ℓ₀', 1, 0, 1],
  ['square', '( )²', 2, 0, 1],
  ['bond', '× k', 3, 0, 1],
  ['energy', 'Σ at atoms', 4, 0, 1],
  ['off', '− w', 5, 0, 2],
  ['loss', 'mean of ( )²', 6, 0, 2],
  ['dEnergy', '× 2/N', 5, 2, 2],
  ['gathered', 'to bonds', 4, 2, 4],
  ['byStiffness', '× k', 3, 2, 4],
  ['dRest', 'Σ × 2(ℓ₀ − ℓ)', 1, 2, 4],
  ['dStiffness', 'Σ × (ℓ − ℓ₀)²', 3, 3, 4],
  ['newRest', 'new ℓ₀', 0, 2, 5],
  ['newStiffness', 'new k', 2, 3, 5],
];
const EDGES = [
  'length apart,rest apart,apart square,square bond,stiffness bond,bond energy,energy off,wanted off,off loss,off dEnergy',
  'dEnergy gathered,gathered byStiffness,byStiffness dRest,gathered dStiffness,dRest newRest,dStiffness newStiffness',
]
  .join()
  .split(',')
  .map((pair) => pair.split(' '));

const KERNELS = new Map([
  [1, { colour: '#0072B2', title: 'kernel 1, over bonds' }],
  [2, { colour: '#009E73', title: 'kernel 2, over atoms' }],
  [4, { colour: '#D55E00', title: 'kernel 4, over bonds' }],
  [5, { colour: '#6b6b6b', title: 'kernel 5, single numbers' }],
]);
const colourOf = (kernel?: number): string => (kernel === undefined ? 'white' : KERNELS.get(kernel)!.colour);

const [HALF_WIDTH, HALF_HEIGHT] = [0.42, 0.24];
const nodes = NODES.map(([name, text, x, row, kernel]) => ({ name, text, x, y: -row, kernel }));
const named = new Map(nodes.map((node) => [node.name, node]));

/** From border to border of two boxes. */
const arrows = EDGES.map(([from, to]) => {
  const [a, b] = [named.get(from)!, named.get(to)!];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const out = Math.min(HALF_WIDTH / Math.abs(dx), HALF_HEIGHT / Math.abs(dy));
  return { x1: a.x + out * dx, y1: a.y + out * dy, x2: b.x - out * dx, y2: b.y - out * dy };
});

const [WIDTH, LEFT, RIGHT, TOP, BOTTOM] = [700, -0.5, 6.5, 0.35, -3.95];
const legend = [...KERNELS.values()].map((one, k) => ({ ...one, x: -0.42 + 1.75 * k, y: -3.75 }));
const picture = plot({
  width: WIDTH,
  height: 330,
  margin: 0,
  x: { domain: [LEFT, RIGHT], axis: null },
  y: { domain: [BOTTOM, TOP], axis: null },
  marks: [
    Plot.arrow(arrows, { x1: 'x1', y1: 'y1', x2: 'x2', y2: 'y2', stroke: '#222', strokeWidth: 1.3, headLength: 7 }),
    Plot.rect(nodes, {
      x1: ({ x }) => x - HALF_WIDTH,
      x2: ({ x }) => x + HALF_WIDTH,
      y1: ({ y }) => y - HALF_HEIGHT,
      y2: ({ y }) => y + HALF_HEIGHT,
      fill: ({ kernel }) => colourOf(kernel),
      stroke: '#222',
      strokeWidth: 1,
      rx: 4,
    }),
    Plot.text(nodes, {
      x: 'x',
      y: 'y',
      text: 'text',
      fill: ({ kernel }) => (kernel === undefined ? '#222' : 'white'),
      fontSize: 10.5,
      fontWeight: 700,
    }),
    Plot.rect(legend, {
      x1: ({ x }) => x,
      x2: ({ x }) => x + 0.14,
      y1: ({ y }) => y - 0.09,
      y2: ({ y }) => y + 0.09,
      fill: 'colour',
    }),
    Plot.text(legend, { x: ({ x }) => x + 0.2, y: 'y', text: 'title', textAnchor: 'start', fontSize: 10 }),
  ],
});
await savePng(
  'compiler',
  arrange([picture], {
    title: 'One training step: the loss above, its slopes below',
    notes: ['What is given is white. Kernels 0 and 3, which divide by the number of atoms, are left out.'],
  }),
);
