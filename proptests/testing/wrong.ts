/** What the tests of testing/ share: the message of a property that is broken, and how much of an input it shows. */
import * as assert from 'uvu/assert';

/** The message with which a property is rejected; fails if it is not. */
export async function messageOf(property: Promise<void>): Promise<string> {
  try {
    await property;
  } catch (error) {
    return (error as Error).message;
  }
  return assert.unreachable('the property held') as never;
}

/** How many numbers the tensors x, y, z of a counterexample have. */
export const numbersIn = (message: string): number =>
  [...message.matchAll(/^ {2}[xyz] = (.*)$/gm)].reduce((sum, [, list]) => sum + list.split(',').length, 0);

/** How many atoms the crystal of a counterexample has. */
export const atomsIn = (message: string): number => [...message.matchAll(/^ {4}Z = \d+ at /gm)].length;

/** The options that the last line of a message tells to add. */
export function againOf(message: string): { seed: number; path: string } {
  const [, seed, path] = /add to the options: .*seed: (-?\d+), path: '([\d:]+)'/.exec(message)!;
  return { seed: Number(seed), path };
}

/** The lines of a message that say what is wrong, and with what: all but how it was found. */
export const withoutFooter = (message: string): string =>
  message.replaceAll(/ rule=\d+/g, '').replaceAll(/^ {2}(found with|to see it again).*$/gm, '');
