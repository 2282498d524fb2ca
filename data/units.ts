/** Units of physics in which quantities are shown, other than those in which they are stored (eV, Angstrom). */

/**
 * How many GPa one eV/A^3 is. The number is exact, since the SI defines the elementary charge (CODATA 2018).
 *
 * @example
 * 0.01 * EV_PER_CUBIC_ANGSTROM_IN_GPA;  // 1.60218
 */
export const EV_PER_CUBIC_ANGSTROM_IN_GPA = 160.2176634;
