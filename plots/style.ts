/**
 * How the pictures look: sizes, colours, numbers and ticks. Nothing here draws.
 *
 * Sizes are CSS pixels (96 an inch): a picture 360 wide fills one column of a paper at its natural size, 720 two, and
 * the smallest text is then 7.5 pt. Colours are told apart by colour-blind readers and differ in lightness.
 */

import { largest } from '../data/lists.ts';

/** The font that is measured and drawn in PNG; Verdana, which runs about as wide, where a viewer lacks it. */
export const FONT_FAMILY = 'DejaVu Sans, Verdana, sans-serif';
export const TEXT = 10;
export const TITLE = 13;
/** Width of a panel: one, or two beside each other, and the edges fill a column, or two. */
export const PANEL = 345;

export const INK = '#222';
export const GREY = '#6b6b6b';
export const PALE = '#e3e3e3';

/** Okabe and Ito (2008), without the yellow, which is lost on white. */
export const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'];
export const colour = (k: number): string => COLOURS[k % COLOURS.length];

const SUPERSCRIPT: Record<string, string> = { '-': '⁻' };
for (const [k, digit] of [...'⁰¹²³⁴⁵⁶⁷⁸⁹'].entries()) SUPERSCRIPT[k] = digit;
const exponent = (text: string): string => `10${[...String(Number(text))].map((c) => SUPERSCRIPT[c]).join('')}`;

/** Below this, values are as good as zero: logarithms and steps of ticks would run out of numbers. */
export const SMALLEST = 1e-100;

/** What has a place in a picture. Beyond 1e100 a value is a failure, and its square no number. */
export const drawable = (value: number): boolean => Math.abs(value) <= 1e100;

/** `value` to `digits` significant digits: 0.0123, 45.6, 12300, and 1.23×10⁷ where zeros would pile up. */
export function significant(value: number, digits = 3): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return '-';
  const [mantissa, power] = value.toExponential(digits - 1).split('e') as [string, string];
  if (Number(power) < -4 || Number(power) > 5) return `${mantissa}×${exponent(power)}`.replace('-', '−');
  const decimals = Math.max(0, digits - 1 - Number(power));
  return Number(`${mantissa}e${power}`).toFixed(decimals).replace('-', '−');
}

/** 1234567 as 1 234 567, with thin spaces. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, '\u2009');

/** Values of an axis and what is written at them. */
export interface Ticks {
  readonly values: readonly number[];
  readonly text: (value: number) => string;
}

/** About `about` round values from `low` to `high`, written with as many decimals as tell them apart. */
export function linearTicks(low: number, high: number, about: number): Ticks {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough * 0.75) ?? 10);
  const values: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) values.push(k === 0 ? 0 : k * step);
  const most = largest(values.map(Math.abs));
  const decimals = Math.max(0, -Math.floor(Math.log10(step * 1.0001)));
  const plain = most < 1e6 && decimals <= 4;
  const digits = Math.min(15, Math.floor(Math.log10(most)) - Math.floor(Math.log10(step * 1.0001)) + 1);
  const text = (value: number) => {
    if (value === 0) return '0';
    if (plain) return value.toFixed(decimals).replace('-', '−');
    const [mantissa, e] = value.toExponential(Math.max(0, digits - 1)).split('e') as [string, string];
    return `${mantissa}×${exponent(e)}`.replace('-', '−');
  };
  return { values, text };
}

/** Powers of ten from `low` to `high` (> 0), and 2 and 5 between them where there is room. */
export function logTicks(low: number, high: number): Ticks {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Math.log10(high) - Math.log10(low);
  const every = Math.ceil(decades / 6);
  const values: number[] = [];
  for (let e = first; e <= last; e++) {
    if (e % every !== 0) continue;
    for (const m of decades < 2.5 ? [1, 2, 5] : [1]) values.push(Number(`${m}e${e}`));
  }
  const text = (value: number) => {
    const [mantissa, e] = value.toExponential().split('e') as [string, string];
    if (Math.abs(Number(e)) < 4) return String(value);
    return mantissa === '1' ? exponent(e) : `${mantissa}×${exponent(e)}`;
  };
  return { values: values.filter((v) => v >= low && v <= high), text };
}

/** The smallest and largest of `values`, widened by `share` of the range at each end; a constant gets a range too. */
export function padded(values: readonly number[], share: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (low > high) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  // Ranges below the rounding of the values, or of numbers at all, cannot be drawn.
  const wide = high - low > Math.max(1e-9 * size, SMALLEST);
  const pad = wide ? share * (high - low) : size > SMALLEST ? 0.1 * size : 1;
  return [low - pad, high + pad];
}
