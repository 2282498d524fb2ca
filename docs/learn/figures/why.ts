/**
 * The picture of why.md: a curve that a network learns from values, and from values and slopes.
 *
 *     npx tsx docs/learn/figures/why.ts
 */
import { grad } from '../../../autograd/index.ts';
import { trainingStep } from '../../../nn/index.ts';
import { arrange, GREY } from '../../../plots/index.ts';
import { compile, fold, input, key, type Tensor, uniform, variable } from '../../../tensor/index.ts';
import { evenly, linePanel, type Series, savePng } from './line-panel.ts';

const curve = (x: number) => Math.sin(3 * x) + 0.5 * Math.sin(7 * x);
const slope = (x: number) => 3 * Math.cos(3 * x) + 3.5 * Math.cos(7 * x);

/** The network of the page. */
function smallNetwork(seed: number) {
  const weights = (name: string, shape: number[], size: number) => {
    const count = shape.reduce((a, b) => a * b);
    return variable(
      uniform(fold(key(seed), name), count).map((u) => size * (2 * u - 1)),
      shape,
      name,
    );
  };
  const [w1, b1] = [weights('w1', [1, 32], 3), weights('b1', [32], 3)];
  const [w2, b2] = [weights('w2', [32, 32], 0.3), weights('b2', [32], 0.3)];
  const w3 = weights('w3', [32, 1], 0.2);
  const heights = (x: Tensor) => {
    const first = x.reshape([x.shape[0], 1]).matmul(w1).add(b1).tanh();
    return first.matmul(w2).add(b2).tanh().matmul(w3).reshape(x.shape);
  };
  return { parameters: { w1, b1, w2, b2, w3 }, heights };
}

const grid = evenly(-1, 1, 201);

/** What the network says on the grid after training on points with this weight of slopes. */
async function learnt(points: readonly number[], weight: number): Promise<Float64Array> {
  const { parameters, heights } = smallNetwork(1);
  const count = points.length;
  const [x, y, dy] = [input([count], 'x'), input([count], 'y'), input([count], 'dy')];
  const h = heights(x);
  const [dh] = grad(h.sum(), [x]);
  const loss = h.sub(y).square().mean().add(dh.sub(dy).square().mean().mul(weight));
  const training = trainingStep({ inputs: { x, y, dy }, loss, parameters });
  const feeds = { x: points, y: points.map(curve), dy: points.map(slope) };
  const steps = 1000;
  for (let k = 0; k < steps; k++) await training.step(feeds, 0.005 * (1 - k / steps));
  const at = input([grid.length], 'at');
  const { found } = await compile({ at }, { found: heights(at) })({ at: grid });
  return found.data;
}

const points = evenly(-1, 1, 5);
const dots: Series = { points: points.map((x) => [x, curve(x)] as const), kind: 'dots', colour: '#222' };
const truth = (name?: string): Series => ({
  ...(name !== undefined && { name }),
  points: grid.map((x) => [x, curve(x)] as const),
  colour: GREY,
  kind: 'dashes',
});
/** Short pieces of the tangents, as the slopes say them. */
const tangents = points.map((x): Series => {
  const half = 0.1 / Math.hypot(1, slope(x) / 2);
  return { points: [-half, half].map((d) => [x + d, curve(x) + slope(x) * d] as const), colour: '#222' };
});

async function panelOf(weight: number, heading: string, name?: string): Promise<SVGSVGElement> {
  const found = await learnt(points, weight);
  const network: Series = {
    ...(name !== undefined && { name: 'network' }),
    points: grid.map((x, k) => [x, found[k]] as const),
    colour: '#0072B2',
  };
  return linePanel([truth(name), network, ...(weight > 0 ? tangents : []), dots], {
    heading,
    xLabel: 'x',
    y: [-1.8, 1.8],
    width: name === undefined ? 300 : 360,
  });
}

await savePng(
  'why',
  arrange([await panelOf(0, 'from five values'), await panelOf(0.1, 'from five values and five slopes', 'curve')], {
    title: 'What slopes add',
    columns: 2,
  }),
);
