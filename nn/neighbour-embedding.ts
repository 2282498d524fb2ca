/**
 * Neighbour embedding (P. Thoelke and G. De Fabritiis, ICLR 2022): the first features of an atom tell which elements
 * are around it.
 *
 * x_i becomes combine [x_i, sum over j of embedding(Z_j) (W rbf(r_ij) + b) w(r_ij)]. The authors leave out periodic
 * images of the atom itself, so their result depends on the choice of the cell. If images are kept, it does not.
 */
import { add, gather, type Key, linear, mul, segmentSum, type Tensor, unsqueeze } from '../tensor/index.ts';
import type { RadialFilter } from './attention.ts';
import type { GraphInputs } from './inputs.ts';
import { applyLinear, initXavierLinear, type Linear, weightColumns } from './linear.ts';
import { normalParameter, type Parameters } from './parameters.ts';

/** The parameters of the layer. */
export interface NeighbourEmbedding {
  readonly embedding: { readonly weight: Tensor };
  readonly distance_proj: Linear;
  readonly combine: Linear;
  readonly [name: string]: Parameters;
}

/**
 * Fresh parameters. The table of elements, [elements, channels], is indexed by the atomic number; `radialFunctions` is
 * how many functions of the distance there are.
 *
 * @example
 * const keys = { embedding: key(1), distance: key(2), combine: key(3) };
 * initNeighbourEmbedding(keys, SPECIES_COUNT, 5, 8).combine.weight.shape;  // [8, 16]
 */
export const initNeighbourEmbedding = (
  keys: { readonly embedding: Key; readonly distance: Key; readonly combine: Key },
  elements: number,
  radialFunctions: number,
  channels: number,
): NeighbourEmbedding => ({
  embedding: { weight: normalParameter(keys.embedding, [elements, channels], 'weight') },
  distance_proj: initXavierLinear(keys.distance, radialFunctions, channels),
  combine: initXavierLinear(keys.combine, 2 * channels, channels),
});

/**
 * From features x [atoms, channels] to new ones of the same shape (Thoelke and De Fabritiis 2022). `filter` evaluates
 * functions of the distance on edges, `weight` is the envelope of distances [n], and without `keepImages` periodic
 * images of the atom itself are left out.
 *
 * @example
 * const inputs = graphInputs(), r = norm(edgeVectors(inputs), { axis: 1 }), basis = gaussianBasis(5, 4, 0.2);
 * const keys = { embedding: key(1), distance: key(2), combine: key(3) };
 * const layer = initNeighbourEmbedding(keys, SPECIES_COUNT, 5, 8), x = input([atoms, 8], 'x');
 * const filter = (f: (basis: Tensor, r: Tensor) => Tensor) => f(expandGaussian(basis, r), r);
 * const y = applyNeighbourEmbedding(layer, x, inputs, filter, (d) => polynomialEnvelope(d, 4), true);
 */
export function applyNeighbourEmbedding(
  { embedding, distance_proj, combine }: NeighbourEmbedding,
  x: Tensor,
  inputs: GraphInputs,
  filter: RadialFilter,
  weight: (r: Tensor) => Tensor,
  keepImages: boolean,
): Tensor {
  const channels = x.shape[1] as number;
  const onEdge = filter((basis, r) => mul(applyLinear(distance_proj, basis), unsqueeze(weight(r), 1)));
  const kept = keepImages ? onEdge : mul(onEdge, unsqueeze(inputs.distinct, 1));
  const elements = gather(embedding.weight, inputs.numbers);
  const around = segmentSum(mul(gather(elements, inputs.source), kept), inputs.target);
  // combine [x, around] without joining them.
  const own = linear(x, weightColumns(combine.weight, 0, channels));
  return add(add(own, linear(around, weightColumns(combine.weight, channels, 2 * channels))), combine.bias);
}
