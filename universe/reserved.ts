/**
 * Which crystals are kept for fine-tuning: a seeded coin for every composition on every lattice.
 *
 * Both sides ask here, and neither needs to know what the other has made: `crystals({split})` leaves out what is
 * reserved, `downstream({split})` takes nothing else. Prototypes of one lattice share a coin, because a solid solution
 * in a small cell can happen to be L1_0; so no (composition, prototype) pair, and no crystal under another name, is on
 * both.
 */
import { fold, key, uniform } from '../tensor/random.ts';

/** The lattice that a prototype occupies. */
const LATTICES: Readonly<Record<string, string>> = {
  fcc: 'fcc',
  L1_0: 'fcc',
  L1_2: 'fcc',
  'fcc random': 'fcc',
  bcc: 'bcc',
  B2: 'bcc',
  D0_3: 'bcc',
  'bcc random': 'bcc',
  hcp: 'hcp',
  'hcp random': 'hcp',
};
/** This part of all pairs is reserved. */
const SHARE = 0.5;

/** Whether a reduced formula (Cu3Au) in a prototype (L1_2) is kept for fine-tuning under the seed `split`. */
export function reserved(composition: string, prototype: string, split = 0): boolean {
  const lattice = LATTICES[prototype];
  if (lattice === undefined) {
    throw new Error(`reserved: no prototype '${prototype}'; expected one of ${Object.keys(LATTICES).join(', ')}.`);
  }
  return uniform(fold(fold(fold(key(split), 'reserved'), lattice), composition), 1)[0] < SHARE;
}
