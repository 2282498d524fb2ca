/**
 * Printed programs of a GPU engine, kept by structure, and what a run needs to know about them.
 *
 * Nothing here touches the device: kernels are text until they are launched.
 */
import { type CompiledProgram, compileProgram } from '../../compile/plan.ts';
import { type ProgramCache, programCache } from '../../compile/program-cache.ts';
import { isLeaf, leafRole } from '../../leaves.ts';
import type { Tensor } from '../../tensor.ts';
import type { Program } from '../engine.ts';
import type { Parameter } from './parameter.ts';
import { type GpuProgram, printProgram } from './program.ts';

export interface GpuCode extends GpuProgram {
  /** Leaves of the compiled program, as positions among the leaves of the canonical form. */
  readonly leafPositions: readonly number[];
  readonly outputs: readonly number[];
  readonly updates: CompiledProgram['updates'];
  /** For each kernel, the buffers that nothing after it reads; leaves are not among them. */
  readonly dropped: readonly (readonly number[])[];
  /** Arrays of leaves that kernels, outputs or updates take, by name. */
  readonly taken: ReadonlyMap<string, Parameter & { kind: 'buffer' | 'reverse' }>;
}

/** The name of an array parameter. */
export const arrayName = ({ kind, buffer }: { kind: string; buffer: number }): string => `${kind} ${buffer}`;

const KEPT = 64;

export type GpuCodeCache = ProgramCache<GpuCode>;

export const gpuCodeCache = (): GpuCodeCache => programCache(KEPT, printCode);

function printCode(program: Program, leaves: readonly Tensor[]): GpuCode {
  const compiled = compileProgram(program);
  const printed = printProgram(compiled);
  const { outputs, updates } = compiled;
  const isGiven = (buffer: number): boolean => buffer < compiled.leaves.length;
  const kept = [...outputs, ...updates];
  const taken = new Map<string, Parameter & { kind: 'buffer' | 'reverse' }>();
  const last = new Map<number, number>();
  printed.kernels.forEach(({ parameters, output }, k) => {
    last.set(output, k);
    for (const parameter of parameters) {
      if (parameter.kind !== 'buffer' && parameter.kind !== 'reverse') continue;
      if (isGiven(parameter.buffer)) taken.set(arrayName(parameter), parameter);
      else last.set(parameter.buffer, k);
    }
  });
  for (const buffer of kept) {
    last.delete(buffer);
    const parameter = { kind: 'buffer', buffer } as const;
    if (isGiven(buffer)) taken.set(arrayName(parameter), parameter);
  }
  const dropped = printed.kernels.map((): number[] => []);
  for (const [buffer, k] of last) dropped[k].push(buffer);
  return {
    ...printed,
    leafPositions: compiled.leaves.map((leaf) => leaves.indexOf(leaf)),
    outputs,
    updates,
    dropped,
    taken,
  };
}

/** Is this leaf a number that the host knows, passed to kernels as such? State lives on the device. */
export const isHostNumber = (leaf: Tensor): boolean =>
  leaf.shape.length === 0 && !(isLeaf(leaf) && leafRole(leaf) === 'variable');
