/**
 * Voigt's notation: the six different components of a symmetric 3 x 3 matrix, such as stress or strain, in the order
 * xx yy zz yz xz xy (W. Voigt, Lehrbuch der Kristallphysik, 1910), which is also ASE's.
 */

/** The six components by name, each with its place in a row-major 3 x 3 matrix. */
export const VOIGT = [
  ['xx', 0],
  ['yy', 4],
  ['zz', 8],
  ['yz', 5],
  ['xz', 2],
  ['xy', 1],
] as const;

/** Where a row-major 3 x 3 matrix finds its entries among the six components. */
const PLACES = [0, 5, 4, 5, 1, 3, 4, 3, 2];

/**
 * The symmetric matrix, nine numbers row after row, that has these six components in the order xx yy zz yz xz xy (W.
 * Voigt, Lehrbuch der Kristallphysik, 1910). Nothing is divided by two.
 *
 * @example
 * symmetricFromVoigt([1, 2, 3, 4, 5, 6]);  // [1, 6, 5, 6, 2, 4, 5, 4, 3]
 */
export const symmetricFromVoigt = (components: ArrayLike<number>): number[] => PLACES.map((k) => components[k]);
