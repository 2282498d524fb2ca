/**
 * The six independent strains of a crystal, in Voigt's order (data/voigt.ts) and in two notations.
 *
 * Kelvin's notation, with respect to an orthonormal basis, is for computing: eigenvalues do not depend on the axes.
 * Voigt's, with engineering shears (2 e_yz), is for showing. They are related by weights w, component by component:
 * e_Voigt = w e_Kelvin, C_Voigt[i, j] = C_Kelvin[i, j] / (w_i w_j), S_Voigt[i, j] = S_Kelvin[i, j] w_i w_j
 * (M. M. Mehrabadi and S. C. Cowin, Q. J. Mech. Appl. Math. 43, 15, 1990).
 */
import { symmetricFromVoigt, VOIGT } from '../data/voigt.ts';

/** How many independent strains there are. */
export const STRAINS = VOIGT.length;

/** Voigt's components over Kelvin's. */
export const WEIGHTS: readonly number[] = [1, 1, 1, Math.SQRT2, Math.SQRT2, Math.SQRT2];

/** Kelvin's basis: for each strain a symmetric matrix, row-major [3, 3], whose squares add up to 1. */
export const KELVIN: readonly (readonly number[])[] = VOIGT.map(([name], strain) =>
  symmetricFromVoigt(VOIGT.map((_, k) => (k !== strain ? 0 : name[0] === name[1] ? 1 : Math.SQRT1_2))),
);
