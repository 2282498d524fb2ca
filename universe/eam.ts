/**
 * The energy of the built-in universe: embedded atoms (Zhou, Johnson, Wadley, PRB 69, 144113, 2004), in our tensors.
 *
 * E = sum_i F_i(rho_i) + 1/2 sum_ij phi_ij(r_ij) with rho_i = sum_j f_j(r_ij), over both directions of every pair.
 * Forces and stress are not written here: they come from `grad`. Published functions are multiplied by a smooth cut;
 * up to the third derivative everything is finite, also for isolated atoms and in branches that are not taken.
 */
import { type GraphInputs, SPECIES_COUNT } from '../nn/inputs.ts';
import {
  add,
  clamp,
  div,
  exp,
  gather,
  less,
  log,
  mul,
  neg,
  pow,
  reshape,
  segmentSum,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
} from '../tensor/index.ts';
import { COLUMNS, type Column, eamTable } from './eam-parameters.ts';

/** Between these distances (Angstrom) the interaction is switched off; neighbours beyond the second do not count. */
export interface Cut {
  readonly start: number;
  readonly end: number;
}
export const EAM_CUT: Cut = { start: 6, end: 6.5 };

/** Upper end of the middle piece of the embedding function, in rhoe. */
const HIGH = 1.15;

/** The parameters of each row (of atoms, of edge ends, or of one atom), all of one shape. */
export type Metal = Readonly<Record<Column, Tensor>>;

const metal = (of: (column: Column) => Tensor): Metal =>
  Object.fromEntries(COLUMNS.map((column) => [column, of(column)])) as Record<Column, Tensor>;

/** 1 up to `start`, 0 from `end` on: 1 - (35 t^4 - 84 t^5 + 70 t^6 - 20 t^7), whose first three derivatives join. */
export function smoothCut(r: Tensor, { start, end }: Cut = EAM_CUT): Tensor {
  const t = clamp(mul(sub(r, start), 1 / (end - start)), 0, 1);
  const rest = add(35, mul(t, add(-84, mul(t, add(70, mul(-20, t))))));
  return sub(1, mul(pow(t, 4), rest));
}

/** size exp(-decay (x - 1)) / (1 + (x - centre)^20) with x = r / re: the shape that all pair functions share. */
function decaying(r: Tensor, re: Tensor, size: Tensor, decay: Tensor, centre: Tensor): Tensor {
  const x = div(r, re);
  return div(mul(size, exp(mul(neg(decay), sub(x, 1)))), add(1, pow(sub(x, centre), 20)));
}

/** Electron density at distance r of an atom; uncut. */
export const density = (r: Tensor, m: Metal): Tensor => decaying(r, m.re, m.fe, m.beta, m.lambda);

/** Pair energy in eV of two like atoms at distance r; uncut. */
export const pair = (r: Tensor, m: Metal): Tensor =>
  sub(decaying(r, m.re, m.A, m.alpha, m.kappa), decaying(r, m.re, m.B, m.beta, m.lambda));

/** Pair energy in eV of a and b; uncut, so that no density in a denominator is 0. */
export function mixedPair(r: Tensor, a: Metal, b: Metal): Tensor {
  const ratio = div(density(r, b), density(r, a));
  return mul(0.5, add(mul(ratio, pair(r, a)), div(pair(r, b), ratio)));
}

/**
 * Energy in eV of embedding an atom in density rho >= 0: two cubic pieces and a power with a logarithm.
 *
 * As published, to the printed digits: where the first piece ends value, slope and curvature join; at 1.15 rhoe
 * value and slope do, the curvature jumps. Third derivatives jump at both. All are finite everywhere.
 */
export function embedding(rho: Tensor, m: Metal): Tensor {
  const edge = mul(m.low, m.rhoe);
  const n = sub(div(rho, edge), 1);
  const lowPiece = add(m.Fn0, mul(n, add(m.Fn1, mul(n, add(m.Fn2, mul(n, m.Fn3))))));
  const x = sub(div(rho, m.rhoe), 1);
  const middlePiece = add(m.F0, mul(square(x), add(m.F2, mul(x, m.F3))));
  const middle = less(rho, mul(HIGH, m.rhoe));
  // The logarithm sees rhos instead of the small densities of the other pieces, among them 0.
  const growth = mul(m.eta, log(div(where(middle, m.rhos, rho), m.rhos)));
  const highPiece = mul(m.Fe, mul(sub(1, growth), exp(growth)));
  return where(less(rho, edge), lowPiece, where(middle, middlePiece, highPiece));
}

/**
 * Energies in eV, [structures], of crystals with edge vectors [edges, 3] in Angstrom (both directions of each pair).
 * Elements other than the 16 give NaN: reject them first, with `requireMetals` of label.ts.
 */
export function eamEnergy(inputs: GraphInputs, vectors: Tensor, cut: Cut = EAM_CUT): Tensor {
  const table = tensor(eamTable(SPECIES_COUNT), [SPECIES_COUNT, COLUMNS.length], 'metals');
  const rows = gather(table, inputs.species);
  const atom = metal((column) => {
    const k = COLUMNS.indexOf(column);
    return reshape(slice(rows, [null, [k, k + 1]]), inputs.species.shape);
  });
  const at = (index: Tensor) => metal((column) => gather(atom[column], index));
  const [target, source] = [at(inputs.target), at(inputs.source)];

  const r = sqrt(sum(square(vectors), { axis: -1 }));
  const factor = smoothCut(r, cut);
  // Edges beyond the cut count as edges at its end: x^20 stays small, and the factor is 0 there.
  const near = where(less(r, cut.end), r, cut.end);
  const rho = segmentSum(mul(factor, density(near, source)), inputs.target);
  const bonds = segmentSum(mul(factor, mixedPair(near, target, source)), inputs.target);
  return segmentSum(add(embedding(rho, atom), mul(0.5, bonds)), inputs.structure);
}
