/**
 * Places for the nodes of a graph, in layers from top to bottom (K. Sugiyama, S. Tagawa and M. Toda, IEEE Trans. Syst. Man
 * Cybern. 11, 109, 1981).
 *
 * Every edge goes down. One that crosses layers gets a spot in each of them, so that it goes around what lies there. Layers
 * are ordered by the mean position of neighbours, from above and from below in turn, which undoes crossings; then spots move
 * towards the mean of their neighbours as far as the order and the gaps between them allow.
 */

/** A node in its layer, or, of width 0, a point that a long edge goes through. */
export interface Spot {
  readonly width: number;
  layer: number;
  /** Position in the order of the layer, from the left. */
  rank: number;
  /** The middle. */
  x: number;
  readonly above: Spot[];
  readonly below: Spot[];
}

export interface Layout {
  /** A spot for each node. */
  readonly nodes: readonly Spot[];
  /** The spots of each edge, from its upper end to its lower one. */
  readonly routes: readonly (readonly Spot[])[];
}

const SWEEPS = 16;
const GAP = 20;
/** Points of long edges insist on their aims more than nodes do, so that long edges are straight. */
const INSISTENCE = 8;

const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Places nodes of these widths. Edges go from a node to a later one and are sorted by the later one. */
export function layout(widths: readonly number[], edges: readonly (readonly [from: number, to: number])[]): Layout {
  const layers: Spot[][] = [];
  const spot = (width: number, layer: number): Spot => ({ width, layer, rank: 0, x: 0, above: [], below: [] });
  const nodes = widths.map((width) => spot(width, 0));
  for (const [from, to] of edges) nodes[to].layer = Math.max(nodes[to].layer, nodes[from].layer + 1);
  // What is reached from nothing stands directly above what uses it first.
  const entered = new Set(edges.map(([, to]) => to));
  const nearest = nodes.map(() => Number.POSITIVE_INFINITY);
  for (const [from, to] of edges) nearest[from] = Math.min(nearest[from], nodes[to].layer);
  nodes.forEach((node, k) => {
    if (!entered.has(k) && nearest[k] < Number.POSITIVE_INFINITY) node.layer = nearest[k] - 1;
  });
  const settle = (one: Spot): void => {
    layers[one.layer] ??= [];
    layers[one.layer].push(one);
  };
  nodes.forEach(settle);
  const routes = edges.map(([from, to]) => {
    const route = [nodes[from]];
    for (let layer = nodes[from].layer + 1; layer < nodes[to].layer; layer++) route.push(spot(0, layer));
    route.slice(1).forEach(settle);
    route.push(nodes[to]);
    for (let k = 1; k < route.length; k++) {
      route[k].above.push(route[k - 1]);
      route[k - 1].below.push(route[k]);
    }
    return route;
  });
  arrange(layers);
  return { nodes, routes };
}

/** Orders every layer and gives all spots their positions. */
function arrange(layers: readonly Spot[][]): void {
  const renumber = (layer: Spot[]): void =>
    layer.forEach((one, rank) => {
      one.rank = rank;
    });
  layers.forEach(renumber);
  const sweep = (visit: (layer: Spot[], neighbours: (one: Spot) => Spot[]) => void): void => {
    for (let k = 0; k < SWEEPS; k++) {
      if (k % 2 === 0) for (const layer of layers) visit(layer, ({ above }) => above);
      else for (const layer of [...layers].reverse()) visit(layer, ({ below }) => below);
    }
  };
  sweep((layer, neighbours) => {
    const aim = new Map(
      layer.map((one) => [one, neighbours(one).length > 0 ? mean(neighbours(one).map(({ rank }) => rank)) : one.rank]),
    );
    layer.sort((a, b) => aim.get(a)! - aim.get(b)!);
    renumber(layer);
  });
  for (const layer of layers) place(layer, () => 0);
  sweep((layer, neighbours) => {
    place(layer, (one) => (neighbours(one).length > 0 ? mean(neighbours(one).map(({ x }) => x)) : one.x));
  });
  for (const layer of layers) place(layer, (one) => mean([...one.above, ...one.below, one].map(({ x }) => x)));
}

/**
 * Moves the spots of a layer as near to their aims (in squares) as order and gaps allow: neighbours that would come too close
 * are joined to blocks, which stand at the mean of what their members want.
 */
function place(layer: readonly Spot[], aim: (one: Spot) => number): void {
  let offset = 0;
  const offsets = layer.map((one, k) => {
    if (k > 0) offset += (layer[k - 1].width + one.width) / 2 + GAP;
    return offset;
  });
  const blocks: { total: number; weight: number; count: number }[] = [];
  const meanOf = ({ total, weight }: { total: number; weight: number }): number => total / weight;
  layer.forEach((one, k) => {
    const weight = one.width === 0 ? INSISTENCE : 1;
    let block = { total: weight * (aim(one) - offsets[k]), weight, count: 1 };
    for (let last = blocks.at(-1); last && meanOf(last) >= meanOf(block); last = blocks.at(-1)) {
      block = { total: last.total + block.total, weight: last.weight + block.weight, count: last.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  });
  let k = 0;
  for (const block of blocks) for (const end = k + block.count; k < end; k++) layer[k].x = meanOf(block) + offsets[k];
}
