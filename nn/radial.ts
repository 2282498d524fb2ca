/**
 * A function of distance, evaluated on every edge: exactly, or through a table.
 *
 * A network's radial filters depend on the scalar distance only. The table holds their values and slopes on a grid of
 * distances (slopes by differentiating the filter in the graph, so that gradients of any order reach its weights) and
 * is interpolated between knots: far fewer filter evaluations than edges. Largest errors relative to the largest value,
 * with 256 knots and the paper's Gaussians of width 0.2 (0.05): value 1e-9 (3e-7), first derivative 3e-7 (2e-5),
 * second 1e-4 (2e-3). Training on forces takes one derivative of the table; for curvatures use exact filters.
 */

import { jvp } from '../autograd/index.ts';
import {
  add,
  broadcastTo,
  concat,
  div,
  gather,
  mul,
  square,
  sub,
  type Tensor,
  tensor,
  unsqueeze,
} from '../tensor/index.ts';
import { interpolate } from '../tensor/primitives/interpolate.ts';
import type { RadialGrid } from './inputs.ts';

/** Whether a function of the distance is evaluated on every edge, or tabulated and interpolated. */
export type RadialEvaluation = 'exact' | 'table';

/**
 * The values f(r) of a function of the distance on every edge, [edges, channels], exactly or through a table on `grid`.
 * `f` maps distances [n] to [n, channels]; r holds the lengths of edges in Angstrom, [edges].
 *
 * @example
 * const inputs = graphInputs(), r = norm(edgeVectors(inputs), { axis: 1 }), basis = gaussianBasis(5, 4, 0.2);
 * const values = evaluateRadial((x) => expandGaussian(basis, x), r, inputs, 'table');
 */
export function evaluateRadial(
  f: (r: Tensor) => Tensor,
  r: Tensor,
  grid: RadialGrid,
  filter: RadialEvaluation,
): Tensor {
  if (filter === 'exact') return f(r);
  const { radii, spacing, bend, knot } = grid;
  const ones = broadcastTo(tensor(1), radii.shape);
  const slope = jvp(f, [radii], [ones])[1];
  // Knots are uniform in s = r / (1 + bend r): dr/ds = (1 + bend r)^2.
  const stretch = add(1, mul(bend, radii));
  // Slopes in units of the spacing: the interpolation then needs no length.
  const table = concat([f(radii), mul(unsqueeze(mul(spacing, square(stretch)), 1), slope)], 1);
  // This is s(r) - s(radius), written so that nothing cancels.
  const length = mul(mul(spacing, gather(stretch, knot)), add(1, mul(bend, r)));
  return interpolate(table, knot, div(sub(r, gather(radii, knot)), length));
}
