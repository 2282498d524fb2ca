/** Plain columns for terminals and logs: the first flush left, the others flush right. */
export const columns =
  (widths: readonly number[]) =>
  (...cells: readonly string[]): string =>
    cells.map((cell, k) => (k === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[k]))).join(' ');

/** Four digits, or a dash for what is not known. */
export const number = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '-' : value.toPrecision(4);
