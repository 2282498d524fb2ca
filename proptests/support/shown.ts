/** Values as the comments in examples of docstrings write them (CONTRIBUTING.md, "The site"). */

import { isDimension } from '../../tensor/dimension.ts';
import { Tensor, Value } from '../../tensor/index.ts';
import { initialValue, isLeaf, leafRole } from '../../tensor/leaves.ts';
import { topological } from '../../tensor/tensor.ts';
import { shortNumber } from '../../tensor/value.ts';

/** Does the tensor depend on what only a call of a compiled function tells? */
const isOpen = (x: Tensor): boolean =>
  topological([x]).some(
    (one) => (isLeaf(one) && leafRole(one) === 'input') || (one.dtype === 'index' && initialValue(one) === undefined),
  );

/**
 * A value in one line: a tensor as its value, or as its formula where that depends on placeholders; a number with six digits;
 * lists, typed arrays and plain objects by their parts; a named dimension as its name; anything else as `String` prints it.
 *
 * White space is one space, whatever it was.
 */
export async function shown(given: unknown): Promise<string> {
  const value = await given;
  const settled = value instanceof Tensor && !isOpen(value) ? await value.value() : value;
  return text(settled).replace(/\s+/g, ' ').trim();
}

function text(value: unknown): string {
  if (typeof value === 'number') return shortNumber(value);
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return text(Array.from(value as Float64Array));
  if (value instanceof Value || typeof value !== 'object' || value === null) return String(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value);
  if (isDimension(value) && 'streamed' in value) return value.name;
  const parts = Object.entries(value).map(([name, part]) => `${name}: ${text(part)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
