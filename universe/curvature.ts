/**
 * Energy, slope and curvature of many crystals in strain and positions, by differentiating the energy twice.
 *
 * One plan serves all crystals. It computes Hessian-vector products and is run until every coordinate of the largest
 * crystal of a batch had its turn, each crystal with its own unit vectors. The coordinates are six strains, then three
 * for every atom but the first, which is held: rigid translations, along which nothing changes, are no coordinates.
 */

import { grad, pullback } from '../autograd/index.ts';
import { largest } from '../data/lists.ts';
import { determinant, type Structure } from '../graph/index.ts';
import { strainedGeometry } from '../nn/derivatives.ts';
import { atoms, graphInputs, structures } from '../nn/inputs.ts';
import {
  type Compiled,
  compile,
  defaultEngine,
  type Engine,
  type Feed,
  input,
  type Named,
  sum,
  type Tensor,
  type Value,
} from '../tensor/index.ts';
import { eamEnergy } from './eam.ts';
import { KELVIN, STRAINS } from './kelvin.ts';
import { feedCrystals, inBatches } from './labeller.ts';

/** A crystal's energy and its derivatives. */
export interface Curvature {
  /** Total energy of the cell in eV. */
  readonly energy: number;
  /** Volume of the cell in cubic Angstrom. */
  readonly volume: number;
  /** Forces in eV/A, [atoms, 3]. */
  readonly forces: Float64Array;
  /** Stress in eV/A^3, [3, 3], positive for tension. */
  readonly stress: Float64Array;
  /** dE/dq, [6 + 3 (atoms - 1)]: in eV for strains (in Kelvin's notation), in eV/A for positions before the strain. */
  readonly slope: Float64Array;
  /** d2E/dq dq', a symmetric matrix, row-major. */
  readonly hessian: Float64Array;
}

/**
 * How many directions a run has: they share the cost of the energy, and every number of coordinates is divided by 3.
 */
const AT_ONCE = 3;

function build() {
  const inputs = graphInputs();
  const shape = strainedGeometry(inputs);
  const energy = eamEnergy(inputs, shape.vectors);
  const coordinates = [inputs.positions, shape.strain];
  const slopes = grad(sum(energy), coordinates);
  // Directions in which the slopes are differentiated again, and what comes out along each.
  const directions: Record<string, Tensor> = {};
  const products: Record<string, Tensor> = {};
  for (let d = 0; d < AT_ONCE; d++) {
    const along = [input([atoms, 3], `moves${d}`), input([structures, 3, 3], `strains${d}`)];
    [directions[`moves${d}`], directions[`strains${d}`]] = along;
    [products[`moves${d}`], products[`strains${d}`]] = pullback(slopes, along, coordinates).gradients;
  }
  const [positions, strain] = slopes;
  return { inputs: { ...inputs, ...directions }, outputs: { ...products, energy, positions, strain } };
}

type Curving = Compiled<Named, Named>;
let built: ReturnType<typeof build> | undefined;
const compiled = new WeakMap<Engine, Curving>();

/** Curvature of crystals of the 16 metals, in their order. `engine`: a float64 CPU engine unless given. */
export async function curvatures(crystals: readonly Structure[], engine?: Engine): Promise<Curvature[]> {
  const chosen = engine ?? defaultEngine();
  built ??= build();
  const curving: Curving =
    compiled.get(chosen) ?? compile<Named, Named>(built.inputs, built.outputs, { engine: chosen });
  compiled.set(chosen, curving);

  // Crystals of a size together: a batch needs as many runs as its largest member has coordinates.
  const order = crystals.map((_, k) => k).sort((a, b) => crystals[a].numbers.length - crystals[b].numbers.length);
  const made = new Array<Curvature>(crystals.length);
  let at = 0;
  for (const members of inBatches(order.map((k) => crystals[k]))) {
    for (const curvature of await ofBatch(members, curving)) made[order[at++]] = curvature;
  }
  return made;
}

const sizeOf = ({ numbers }: Structure): number => STRAINS + 3 * (numbers.length - 1);

async function ofBatch(members: readonly Structure[], curving: Curving): Promise<Curvature[]> {
  const graph = feedCrystals(members);
  const first: number[] = [];
  let atom = 0;
  for (const { numbers } of members) {
    first.push(atom);
    atom += numbers.length;
  }

  /** Coordinates of member k from derivatives with respect to all positions and strains. */
  const coordinates = (k: number, positions: Float64Array, strain: Float64Array): Float64Array => {
    const out = new Float64Array(sizeOf(members[k]));
    KELVIN.forEach((basis, c) => {
      out[c] = basis.reduce((total, x, entry) => total + x * strain[9 * k + entry], 0);
    });
    out.set(positions.subarray(3 * (first[k] + 1), 3 * (first[k] + members[k].numbers.length)), STRAINS);
    return out;
  };

  const columns = largest(members.map(sizeOf));
  const hessians = members.map((member) => new Float64Array(sizeOf(member) ** 2));
  let results: Record<string, Value> = {};
  for (let from = 0; from < columns; from += AT_ONCE) {
    const feeds: Record<string, Feed> = { ...graph };
    for (let d = 0; d < AT_ONCE; d++) {
      const c = from + d;
      const [move, strain] = [new Float64Array(3 * atom), new Float64Array(9 * members.length)];
      members.forEach((member, k) => {
        if (c < STRAINS) strain.set(KELVIN[c], 9 * k);
        else if (c < sizeOf(member)) move[3 * (first[k] + 1) + c - STRAINS] = 1;
      });
      feeds[`moves${d}`] = move;
      feeds[`strains${d}`] = strain;
    }
    results = await curving(feeds);
    for (let d = 0; d < AT_ONCE; d++) {
      const [moves, strains] = [results[`moves${d}`].data, results[`strains${d}`].data];
      members.forEach((member, k) => {
        const size = sizeOf(member);
        if (from + d < size) hessians[k].set(coordinates(k, moves, strains), (from + d) * size);
      });
    }
  }

  const [energies, positions, strain] = [results.energy.data, results.positions.data, results.strain.data];
  return members.map((member, k) => {
    const volume = Math.abs(determinant(member.cell));
    return {
      energy: energies[k],
      volume,
      forces: positions.slice(3 * first[k], 3 * (first[k] + member.numbers.length)).map((x) => -x),
      stress: strain.slice(9 * k, 9 * k + 9).map((x) => x / volume),
      slope: coordinates(k, positions, strain),
      hessian: symmetrised(hessians[k], sizeOf(member)),
    };
  });
}

/** The mean of a matrix [n, n] and its transpose, which are the same but for rounding. */
const symmetrised = (matrix: Float64Array, n: number): Float64Array =>
  matrix.map((x, k) => 0.5 * (x + matrix[(k % n) * n + Math.floor(k / n)]));
