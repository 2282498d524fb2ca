/**
 * The six symmetric strains, in Voigt's order xx yy zz yz xz xy, in two notations.
 *
 * Kelvin's (an orthonormal basis) is for computing: eigenvalues do not depend on the axes. Voigt's, with engineering
 * shears (2 e_yz), is for showing: e_Voigt = weight e_Kelvin, C_Voigt = C_Kelvin / weights, S_Voigt = S_Kelvin weights.
 */
export const STRAINS = 6;

/** Kelvin's basis: six rows of 3 x 3, whose squares add up to 1. */
export const KELVIN: readonly (readonly number[])[] = [
  [1, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 1, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0, 1],
  [0, 0, 0, 0, 0, Math.SQRT1_2, 0, Math.SQRT1_2, 0],
  [0, 0, Math.SQRT1_2, 0, 0, 0, Math.SQRT1_2, 0, 0],
  [0, Math.SQRT1_2, 0, Math.SQRT1_2, 0, 0, 0, 0, 0],
];

/** Voigt's components over Kelvin's. */
export const WEIGHTS: readonly number[] = [1, 1, 1, Math.SQRT2, Math.SQRT2, Math.SQRT2];

/** GPa in one eV/A^3, exact by the definition of the elementary charge (SI, 2019). */
export const GPA = 160.2176634;
