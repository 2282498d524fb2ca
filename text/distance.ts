/** How much two words differ: the least number of letters to insert, delete or replace (Levenshtein 1966). */

/**
 * The distance of two texts in UTF-16 code units; time grows with the product of their lengths.
 *
 *   distance('kitten', 'sitting');   // 3
 */
export function distance(a: string, b: string): number {
  // row[j]: from the first letters of a, as many as are done, to the first j of b (Wagner and Fischer 1974).
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
