/**
 * The pictures of graphs.md: a two-dimensional cell with its images and edges, and neighbours by distance.
 *
 *     npx tsx docs/learn/figures/graphs.ts
 */
import * as Plot from '@observablehq/plot';
import { multiply, neighbours, type Structure } from '../../../graph/index.ts';
import { arrange, GREY } from '../../../plots/index.ts';
import { plot } from '../../../plots/panel.ts';
import { savePng } from './line-panel.ts';

const layer: Structure = {
  id: 'layer',
  numbers: Int32Array.of(29, 47),
  positions: Float64Array.of(0.6, 0.7, 0, 2.9, 1.9, 0),
  cell: Float64Array.of(4.2, 0, 0, 1, 3.6, 0, 0, 0, 0),
  periodic: [true, true, false],
};
const CUTOFF = 3;
const COLOURS = ['#D55E00', '#0072B2'];
const { positions, cell } = layer;
const { target, source, offset } = neighbours(layer, CUTOFF);
const shift = multiply(offset, cell);
const place = (atom: number, x = 0, y = 0): [number, number] => [positions[3 * atom] + x, positions[3 * atom + 1] + y];

const cells = [-1, 0, 1].flatMap((a) => [-1, 0, 1].map((b) => [a * cell[0] + b * cell[3], b * cell[4]] as const));
const corners = ([x, y]: readonly [number, number]) =>
  [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [0, 0],
  ].map(([a, b]): [number, number] => [x + a * cell[0] + b * cell[3], y + b * cell[4]]);
const atoms = cells.flatMap(([x, y]) =>
  [0, 1].map((atom) => ({ at: place(atom, x, y), atom, isOwn: x === 0 && y === 0 })),
);
const arrows = Array.from(target, (to, e) => {
  const [from, end] = [place(source[e], shift[3 * e], shift[3 * e + 1]), place(to)];
  // From the rim of one atom to that of the other, a little to the right, so that both directions are seen.
  const length = Math.hypot(end[0] - from[0], end[1] - from[1]);
  const [u, v] = [(end[0] - from[0]) / length, (end[1] - from[1]) / length];
  const near = (p: [number, number], along: number): [number, number] => [
    p[0] + along * u + 0.07 * v,
    p[1] + along * v - 0.07 * u,
  ];
  return { from: near(from, 0.34), end: near(end, -0.34), to };
});
const circle = Array.from({ length: 121 }, (_, k): [number, number] => {
  const [x, y] = place(0);
  return [x + CUTOFF * Math.cos((k * Math.PI) / 60), y + CUTOFF * Math.sin((k * Math.PI) / 60)];
});

const WIDTH = 520;
const [X, Y] = [
  [-4.1, 7.75],
  [-3.4, 6.2],
] as const;
const picture = plot({
  width: WIDTH,
  height: (WIDTH * (Y[1] - Y[0])) / (X[1] - X[0]),
  margin: 0,
  x: { domain: [...X], axis: null },
  y: { domain: [...Y], axis: null },
  marks: [
    ...cells.map((c) => Plot.line(corners(c), { stroke: '#d0d0d0', strokeWidth: 1, clip: true })),
    Plot.line(corners([0, 0]), { stroke: '#222', strokeWidth: 1.6 }),
    Plot.line(circle, { stroke: COLOURS[0], strokeDasharray: '3 3', clip: true }),
    Plot.arrow(arrows, {
      x1: ({ from }) => from[0],
      y1: ({ from }) => from[1],
      x2: ({ end }) => end[0],
      y2: ({ end }) => end[1],
      stroke: ({ to }) => COLOURS[to],
      strokeWidth: 1.6,
      headLength: 6,
      clip: true,
    }),
    Plot.dot(atoms, {
      x: ({ at }) => at[0],
      y: ({ at }) => at[1],
      r: 11,
      fill: ({ atom, isOwn }) => (isOwn ? COLOURS[atom] : 'white'),
      stroke: ({ atom }) => COLOURS[atom],
      strokeOpacity: ({ isOwn }) => (isOwn ? 1 : 0.45),
      strokeWidth: 1.4,
      clip: true,
    }),
    Plot.text(atoms, {
      x: ({ at }) => at[0],
      y: ({ at }) => at[1],
      text: ({ atom }) => String(atom),
      fill: ({ isOwn }) => (isOwn ? 'white' : GREY),
      fontSize: 11,
      fontWeight: 700,
      clip: true,
    }),
  ],
});
await savePng(
  'graphs',
  arrange([picture], {
    title: 'A cell with two atoms, and all edges that end at them',
    notes: [
      'Images of the atoms are white. Arrows have the colour of the atom at which they end; the circle is the cutoff of atom 0.',
    ],
  }),
);
