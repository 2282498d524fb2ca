/**
 * The pictures of derivatives.md: a function with its derivatives, the growth of their graphs, and kinks.
 *
 *     npx tsx docs/learn/figures/derivatives.ts
 */
import { grad } from '../../../autograd/index.ts';
import { arrange } from '../../../plots/index.ts';
import { compile, input, relu, softplus, type Tensor } from '../../../tensor/index.ts';
import { topological } from '../../../tensor/tensor.ts';
import { evenly, linePanel, type Series, savePng } from './line-panel.ts';

/** The values of f and of its derivatives up to `order` at all points, one row an order. */
async function ordersOf(f: (x: Tensor) => Tensor, points: readonly number[], order: number): Promise<Float64Array[]> {
  const x = input([points.length], 'x');
  const orders = [f(x)];
  while (orders.length <= order) orders.push(grad(orders.at(-1)!.sum(), [x])[0]);
  const named = Object.fromEntries(orders.map((y, k) => [String(k), y]));
  const values = await compile({ x }, named)({ x: points });
  return orders.map((_, k) => values[k].data);
}

/** How many operations stand in the formula of each tensor if what is used twice is written twice. */
function formulaSize(y: Tensor): number {
  const sizes = new Map<Tensor, number>();
  for (const one of topological([y]))
    sizes.set(
      one,
      one.inputs.reduce((sum, x) => sum + sizes.get(x)!, 1),
    );
  return sizes.get(y)!;
}

function growth(orders: number): Series[] {
  const x = input([], 'x');
  let y = x.square().sin();
  const graph: [number, number][] = [];
  const formula: [number, number][] = [];
  for (let order = 0; order <= orders; order++) {
    graph.push([order, topological([y]).length]);
    formula.push([order, formulaSize(y)]);
    [y] = grad(y, [x]);
  }
  return [
    { name: 'formula', points: formula },
    { name: 'graph', points: graph },
  ];
}

const at = evenly(-6, 6, 241);
const curves = await ordersOf((x) => x.mul(x.sin()), at, 3);
const names = ['f', 'f′', 'f″', 'f‴'];
await savePng(
  'derivatives',
  arrange(
    [
      linePanel(
        curves.map((values, k) => ({ name: names[k], points: at.map((x, i) => [x, values[i]] as const) })),
        { heading: 'f(x) = x sin x and three derivatives', xLabel: 'x' },
      ),
      linePanel(growth(8), {
        heading: 'nodes of derivatives of sin x²',
        xLabel: 'order of the derivative',
        isLog: true,
      }),
    ],
    { title: 'Derivatives of derivatives', columns: 2 },
  ),
);

const around = evenly(-3, 3, 241);
const [sharp, smooth] = [await ordersOf(relu, around, 2), await ordersOf(softplus, around, 2)];
const headings = ['value', 'slope', 'second derivative'];
await savePng(
  'kinks',
  arrange(
    headings.map((heading, k) =>
      linePanel(
        [
          {
            ...(k === 2 && { name: 'relu' }),
            points: around.map((x, i) => [x, k === 1 && x === 0 ? Number.NaN : sharp[k][i]]),
          },
          { ...(k === 2 && { name: 'softplus' }), points: around.map((x, i) => [x, smooth[k][i]]) },
        ],
        { heading, xLabel: 'x', width: k === 2 ? 280 : 225, height: 190 },
      ),
    ),
    { title: 'A kink, and a smooth function beside it', columns: 3 },
  ),
);
