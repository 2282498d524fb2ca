/** The copper of forces.md, for its pictures: the same potential, crystals and small network as on the page. */
import { grad } from '../../../autograd/index.ts';
import { collate, displace, neighbours, type Structure } from '../../../graph/index.ts';
import {
  cgcnn,
  feedGraph,
  forceFieldLoss,
  graphInputs,
  labelInputs,
  trainingStep,
  withDerivatives,
} from '../../../nn/index.ts';
import {
  compile,
  fold,
  key,
  norm,
  normal,
  type Operand,
  segmentSum,
  type Tensor,
  variable,
} from '../../../tensor/index.ts';

/** Depth in eV, decay in 1/Angstrom, rest distance in Angstrom. */
export interface Well {
  readonly depth: Operand;
  readonly decay: Operand;
  readonly rest: Operand;
}
/** L. A. Girifalco and V. G. Weizer, Phys. Rev. 114, 687 (1959). */
export const copper: Well = { depth: 0.3429, decay: 1.3588, rest: 2.866 };

/** In Angstrom, of the potential and of the network. */
export const CUTOFF = 8;
const SIGHT = 5;

/** The energy in eV of pairs at distances in Angstrom. */
export function morse(r: Tensor, { depth, decay, rest }: Well): Tensor {
  const e = r.sub(rest).mul(decay).neg().exp();
  return e.square().sub(e.mul(2)).mul(depth);
}

/** The same less its tangent at the cutoff. */
function pairEnergy(r: Tensor, well: Well): Tensor {
  const end = variable(CUTOFF, 'cutoff');
  const atEnd = morse(end, well);
  const [slopeAtEnd] = grad(atEnd, [end]);
  return morse(r, well).sub(atEnd).sub(r.sub(end).mul(slopeAtEnd));
}

export const inputs = graphInputs();

/** Energies [structures] with forces and stress. */
export const derivativesOf = (well: Well) =>
  withDerivatives(inputs, (vectors) => segmentSum(pairEnergy(norm(vectors), well), inputs.edgeStructure).mul(0.5));

/** Four atoms of copper in a cube of `a` Angstrom. */
export const fcc = (a: number): Structure => ({
  id: `copper of ${a} A`,
  numbers: Int32Array.of(29, 29, 29, 29),
  positions: Float64Array.of(0, 0, 0, 0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0),
  cell: Float64Array.of(a, 0, 0, 0, a, 0, 0, 0, a),
  periodic: [true, true, true],
});

/** Crystal k of a supply: a cell of 3.5 to 3.8 Angstrom, atoms displaced at random by 0.1 Angstrom. */
export const shaken = (k: number): Structure =>
  displace(
    fcc(3.5 + 0.3 * ((0.618 * k) % 1)),
    normal(fold(key(7), k), 12).map((x) => 0.1 * x),
  );

export const feed = (crystals: readonly Structure[], cutoff = CUTOFF) =>
  feedGraph(collate(crystals.map((structure) => ({ structure, edges: neighbours(structure, cutoff) }))), { cutoff });

/** What copper says of crystals. */
export const evaluate = compile(inputs, { ...derivativesOf(copper) });

const settings = {
  form: 'physical',
  cutoff: SIGHT,
  filter: 'table',
  neighbours: { most: null, rule: 'shell', imageCap: null },
  channels: 12,
  hidden: 12,
  convolutions: 1,
  width: 0.2,
} as const;

/** Energies of `others` in eV, by a small network that was trained on forces, or on forces and stress. */
export async function learn(
  seed: number,
  weights: { readonly forces: number; readonly stress?: number },
  others: readonly Structure[],
): Promise<Float64Array> {
  const crystals = [0, 1, 2, 3, 4, 5, 6, 7].map(shaken);
  const labels = await evaluate(feed(crystals));
  const network = cgcnn.network(settings, 'add', key(seed), 'graph');
  const said = withDerivatives(inputs, (vectors) => network.apply(inputs, vectors));
  const truth = labelInputs();
  const training = trainingStep({
    inputs: { ...inputs, trueEnergy: truth.energy, trueForces: truth.forces, trueStress: truth.stress },
    loss: forceFieldLoss(said, truth, { energy: 0, ...weights }),
    parameters: network.parameters,
  });
  const graph = feed(crystals, SIGHT);
  const batch = { ...graph, trueEnergy: labels.energy, trueForces: labels.forces, trueStress: labels.stress };
  for (let k = 0; k < 200; k++) await training.step(batch, 0.02 * (1 - k / 200));
  return (await compile(inputs, { energy: said.energy })(feed(others, SIGHT))).energy.data;
}
