/** Elements in a few families that chemists tell apart, for pictures where seventy colours would tell nothing. */
import { atomicNumber } from './index.ts';

const FAMILIES: readonly (readonly [name: string, symbols: string])[] = [
  ['oxygen', 'O'],
  ['halogens', 'F Cl Br I At'],
  ['other non-metals', 'H C N P S Se He Ne Ar Kr Xe Rn'],
  ['alkali and alkaline earth', 'Li Na K Rb Cs Fr Be Mg Ca Sr Ba Ra'],
  ['p-block metals, metalloids', 'B Al Si Ga Ge As In Sn Sb Te Tl Pb Bi Po'],
];
const named = new Map(FAMILIES.flatMap(([name, symbols]) => symbols.split(' ').map((s) => [atomicNumber(s)!, name])));

/** The family of an atomic number. */
export function familyOf(number: number): string {
  const known = named.get(number);
  if (known !== undefined) return known;
  const inner = (number >= 57 && number <= 71) || (number >= 89 && number <= 103);
  return inner ? 'lanthanides, actinides' : 'transition metals';
}
