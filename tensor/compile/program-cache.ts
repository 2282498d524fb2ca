/**
 * Compiled code, kept by the structure of the program: building the same computation again costs no compilation. When too
 * many are kept, the least recently used one is forgotten.
 */
import type { Program } from '../engines/engine.ts';
import type { Tensor } from '../tensor.ts';
import { canonicalForm } from './plan.ts';

export interface ProgramCache<Code> {
  /** The code, and the leaves of this program in the order of its canonical form. */
  get(program: Program): { code: Code; leaves: readonly Tensor[] };
  readonly counters: { compiles: number; planHits: number };
}

export function programCache<Code>(
  kept: number,
  compile: (program: Program, leaves: readonly Tensor[]) => Code,
): ProgramCache<Code> {
  const known = new Map<string, Code>();
  const counters = { compiles: 0, planHits: 0 };
  return {
    counters,
    get(program) {
      const { key, leaves } = canonicalForm(program);
      const found = known.get(key);
      if (found !== undefined) {
        counters.planHits++;
        known.delete(key);
        known.set(key, found); // most recently used last
        return { code: found, leaves };
      }
      counters.compiles++;
      const code = compile(program, leaves);
      known.set(key, code);
      if (known.size > kept) known.delete(known.keys().next().value!);
      return { code, leaves };
    },
  };
}
