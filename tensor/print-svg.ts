/** Graphs as pictures: SVG text, which browsers and editors show, without any library. */
import { showShape } from './dimension.ts';
import { callerError } from './errors.ts';
import { layout, type Spot } from './layout.ts';
import { isLeaf, leafName, leafRole, literalValue } from './leaves.ts';
import { type Tensor, topological } from './tensor.ts';
import { shortNumber } from './value.ts';

/** Larger graphs make no picture that anybody can read. */
const MOST = 300;
/** In pixels: half the height of a box, from layer to layer, the margin, and the width of a letter. */
const [HALF, STEP, MARGIN, LETTER] = [18, 76, 16, 7.25];
const LONGEST = 32;

const STYLE = `
  .lattigrad-graph { background: #fff; color: #1f2328; font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
  .lattigrad-graph rect { fill: #f3f4f6; stroke: #8c959f; }
  .lattigrad-graph .leaf rect { fill: #fff; }
  .lattigrad-graph .output rect { stroke: #1f2328; stroke-width: 2.5; }
  .lattigrad-graph path { fill: none; stroke: #8c959f; }
  .lattigrad-graph text { fill: #1f2328; text-anchor: middle; }
  .lattigrad-graph .shape { fill: #59636e; font-size: 11px; }
  @media (prefers-color-scheme: dark) {
    .lattigrad-graph { background: #16181c; }
    .lattigrad-graph rect { fill: #262a31; stroke: #6e7681; }
    .lattigrad-graph .leaf rect { fill: #16181c; }
    .lattigrad-graph .output rect { stroke: #e6edf3; }
    .lattigrad-graph path { stroke: #6e7681; }
    .lattigrad-graph text { fill: #e6edf3; }
    .lattigrad-graph .shape { fill: #9198a1; }
  }`;

/** Numbers in formulas are no boxes of their own: they stand in what uses them. */
const isNumber = (x: Tensor): boolean => literalValue(x) !== undefined;

/** A setting of an operation in few letters: a range as `0:3`, all of an axis as `:`, a named dimension by its name. */
function shown(value: unknown): string {
  if (value === null) return ':';
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  const { name, start, step, count } = value as Record<string, number>;
  if (count === undefined) return String(name);
  return `${start}:${start + step * (count - 1) + 1}${step === 1 ? '' : `:${step}`}`;
}

/** What stands in a box: `input x`, `sum axes [0]`, or `mul(2, ·)` where a number is among the operands. */
function labelOf(tensor: Tensor): string {
  if (isNumber(tensor)) return shortNumber(literalValue(tensor)!);
  if (isLeaf(tensor)) return `${leafRole(tensor)} ${leafName(tensor)}`;
  const operands = tensor.inputs.map((x) => (isNumber(x) ? shortNumber(literalValue(x)!) : '·'));
  const { shape: _, ...settings } = tensor.attributes;
  const words = Object.entries(settings).flatMap(([name, value]) =>
    value === false ? [] : [value === true ? name : `${name} ${shown(value)}`],
  );
  return [tensor.inputs.some(isNumber) ? `${tensor.op.name}(${operands.join(', ')})` : tensor.op.name, ...words].join(
    ' ',
  );
}

/** Text as XML holds it: without control characters, and with its special characters written out. */
const escaped = (text: string): string =>
  [...text]
    .filter((letter) => letter >= ' ' && letter !== '\ufffe' && letter !== '\uffff')
    .join('')
    .replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter]!);

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
const round = (x: number): string => String(Math.round(10 * x) / 10);

/**
 * The graph below these tensors as an SVG picture, in light or dark colours as the reader's system has them: inputs above
 * what uses them, each box with operation and shape. Leaves have sharp corners, outputs a bold frame; numbers stand in the
 * operations that they are operands of. What is cut short is whole in the tooltip.
 *
 * Throws for no tensor at all, and for more than 300 boxes: use `printDot` with Graphviz, or `printText`, for those.
 *
 * @example
 * const x = input([3], 'x');
 * printSvg([x.sin().mul(x).sum()]); // <svg ... </svg>
 */
export function printSvg(outputs: readonly Tensor[]): string {
  if (outputs.length === 0) throw callerError('printSvg: expected at least one tensor, got none.');
  const tensors = topological(outputs).filter((tensor) => outputs.includes(tensor) || !isNumber(tensor));
  if (tensors.length > MOST) {
    throw callerError(
      `printSvg: ${tensors.length} boxes are too many to be read, the most are ${MOST}. Use printDot with Graphviz.`,
    );
  }
  const number = new Map(tensors.map((tensor, k) => [tensor, k]));
  const edges = tensors.flatMap((tensor, to) =>
    [...new Set(tensor.inputs)].flatMap((x) => (number.has(x) ? [[number.get(x)!, to] as const] : [])),
  );
  const labels = tensors.map((tensor) => shortened(labelOf(tensor)));
  const widths = tensors.map(({ shape }, k) => LETTER * Math.max(labels[k].length, showShape(shape).length) + 20);
  const { nodes, routes } = layout(widths, edges);
  const all = [...nodes, ...routes.flat()];
  const from = all.reduce((least, { x, width }) => Math.min(least, x - width / 2), nodes[0].x) - MARGIN;
  const to = all.reduce((most, { x, width }) => Math.max(most, x + width / 2), from) + MARGIN;
  const y = ({ layer }: Spot): number => MARGIN + HALF + layer * STEP;
  const height = nodes.reduce((most, node) => Math.max(most, y(node) + HALF + MARGIN), 0);
  const boxes = tensors.map((tensor, k) => {
    const { x, width } = nodes[k];
    const kind = `${tensor.inputs.length === 0 ? 'leaf' : 'operation'}${outputs.includes(tensor) ? ' output' : ''}`;
    return [
      `  <g class="${kind}" transform="translate(${round(x - from)} ${y(nodes[k])})">`,
      `    <title>${escaped(`${labelOf(tensor)} ${showShape(tensor.shape)}`)}</title>`,
      `    <rect x="${round(-width / 2)}" y="${-HALF}" width="${round(width)}" height="${2 * HALF}" rx="${tensor.inputs.length === 0 ? 0 : 9}"/>`,
      `    <text y="-2">${escaped(labels[k])}</text><text class="shape" y="12">${escaped(showShape(tensor.shape))}</text>`,
      '  </g>',
    ].join('\n');
  });
  const lines = routes.map((route) => `  <path d="${curve(route.map((spot) => [spot.x - from, y(spot)]))}"/>`);
  const size = `width="${round(to - from)}" height="${round(height)}" viewBox="0 0 ${round(to - from)} ${round(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="lattigrad-graph" ${size}>`,
    `<style>${STYLE}\n</style>`,
    ...lines,
    ...boxes,
    '</svg>',
  ].join('\n');
}

/** A smooth line from the lower side of a box to the upper side of another, upright beside the boxes that it passes. */
function curve(points: readonly (readonly [number, number])[]): string {
  const parts = points.slice(1).map(([x, y], k) => {
    const [before, last] = points[k];
    const middle = round((last + y) / 2);
    const down = k < points.length - 2 ? ` V${round(y + HALF)}` : '';
    return `C${round(before)} ${middle} ${round(x)} ${middle} ${round(x)} ${round(y - HALF)}${down}`;
  });
  return `M${round(points[0][0])} ${round(points[0][1] + HALF)} ${parts.join(' ')}`;
}
