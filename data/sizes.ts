/** Structures that fit: large ones can be left out, as time and memory of a batch grow with its edges. */

/** Those of at most `maxAtoms` atoms (null: all), and a note if there are others. */
export function noLarger<T extends { readonly numbers: ArrayLike<number> }>(
  structures: readonly T[],
  maxAtoms: number | null,
): { structures: readonly T[]; notes: string[] } {
  if (maxAtoms === null) return { structures, notes: [] };
  const kept = structures.filter(({ numbers }) => numbers.length <= maxAtoms);
  const left = structures.length - kept.length;
  return {
    structures: kept,
    notes: left === 0 ? [] : [`${left} structures left out: more than ${maxAtoms} atoms`],
  };
}
