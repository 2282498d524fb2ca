/**
 * A function of distance, evaluated on every edge: exactly, or through a table.
 *
 * A network's radial filters depend on the scalar distance only. The table holds their values and first two
 * derivatives on a grid of distances (made in the graph by differentiating the filter, so that gradients of any
 * order reach its weights) and is interpolated between knots: far fewer filter evaluations than edges. For the
 * paper's Gaussians 128 to 256 knots give 1e-6 of the largest value (3e-6, 3e-5 for its derivatives).
 */
import { jvp } from '../autograd/index.ts';
import { broadcastTo, concat, div, gather, interpolate, literal, mul, sub, type Tensor } from '../tensor/index.ts';
import type { Grid } from './inputs.ts';

export type Filter = 'exact' | 'table';

/** `f` maps distances [n] to [n, channels]; the result is f(r), [edges, channels]. */
export function radial(f: (r: Tensor) => Tensor, r: Tensor, grid: Grid, filter: Filter): Tensor {
  if (filter === 'exact') return f(r);
  const { radii, spacing, knot } = grid;
  const ones = broadcastTo(literal(1), radii.shape);
  const slope = (x: Tensor): Tensor => jvp(f, [x], [ones])[1];
  const curvature = jvp(slope, [radii], [ones])[1];
  // Derivatives in units of the spacing: the interpolation then needs no length.
  const table = concat([f(radii), mul(spacing, slope(radii)), mul(mul(spacing, spacing), curvature)], 1);
  return interpolate(table, knot, div(sub(r, gather(radii, knot)), spacing));
}
