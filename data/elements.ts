/** The chemical elements by symbol and by atomic number. */

/** Chemical symbols in the order of atomic numbers. */
const SYMBOLS = (
  'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr ' +
  'Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir ' +
  'Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og'
).split(' ');

const numbers = new Map(SYMBOLS.map((symbol, k) => [symbol, k + 1]));

/**
 * The atomic number of a chemical symbol (that of H is 1); undefined if there is no such element.
 *
 * @example
 * atomicNumber('Cu');  // 29
 */
export const atomicNumber = (symbol: string): number | undefined => numbers.get(symbol);

/**
 * The chemical symbol of an atomic number. Throws an Error if there is no such element.
 *
 * @example
 * symbolOf(29);  // Cu
 */
export function symbolOf(number: number): string {
  const symbol = SYMBOLS[number - 1];
  if (symbol === undefined) throw new Error(`expected an atomic number from 1 to ${SYMBOLS.length}, got ${number}`);
  return symbol;
}

/** A hint for a text that is no element: what it may have been meant as and what to do; empty if nothing is known. */
export function likelyElement(text: string): string {
  if (text === 'D' || text === 'T') return `${text} is an isotope of hydrogen: write H`;
  if (/^(X|Xx|Q|Bq|Gh|Va|0)$/i.test(text) || /[-_:]?gh(ost)?$/i.test(text)) {
    return 'atoms that are none (ghosts, dummies, vacancies) cannot be learnt from: remove them';
  }
  const cased = text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
  if (cased !== text && numbers.has(cased)) return `did you mean ${cased}?`;
  const symbol = /^([A-Z][a-z]?)[^a-z]/.exec(text)?.[1];
  if (symbol !== undefined && numbers.has(symbol))
    return `write ${symbol}, and labels of atoms in a column of their own`;
  return '';
}
