/** Reads decimal numbers in texts. Each becomes the nearest float64, as with Number(), but short ones come faster. */

/**
 * The decimal number that a text is, also with Fortran's exponent D; NaN for any other text, e.g. a hexadecimal number.
 */
export function real(text: string): number {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/.test(text)) return Number.NaN;
  return Number(/[dD]/.test(text) ? text.replace(/[dD]/, 'e') : text);
}

/** Powers of ten that a float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/**
 * The number from `start` to `end` (not included) of a text, as `real` gives it.
 *
 * Up to 15 digits are a whole number that float64 holds exactly, and so is the power of ten they are divided by: the
 * quotient of two exact numbers is rounded once, which makes it the nearest float64.
 */
export function realAt(text: string, start: number, end: number): number {
  const sign = text.charCodeAt(start);
  let at = sign === 45 || sign === 43 ? start + 1 : start;
  let [whole, digits, decimals, point] = [0, 0, 0, false];
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      whole = 10 * whole + (code - 48);
      digits++;
      if (point) decimals++;
    } else if (code === 46 && !point) point = true;
    else break;
  }
  if (at < end || digits === 0) return real(text.slice(start, end));
  if (digits > 15) return Number(text.slice(start, end));
  const size = whole / POWERS[decimals];
  return sign === 45 ? -size : size;
}
