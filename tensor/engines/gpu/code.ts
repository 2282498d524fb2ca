/**
 * Printed programs of a GPU engine, kept by structure, with all that a run needs to know about them.
 *
 * Nothing here touches the device: a kernel is text until it is launched.
 */
import { type CompiledProgram, compileProgram } from '../../compile/plan.ts';
import { type ProgramCache, programCache } from '../../compile/program-cache.ts';
import type { Tensor } from '../../tensor.ts';
import type { Program } from '../engine.ts';
import { type ArrayParameter, isArray } from './parameter.ts';
import { type GpuProgram, printProgram } from './program.ts';

export interface GpuCode extends GpuProgram {
  /** For each leaf of the compiled program, its position among the leaves of the canonical form. */
  readonly leafPositions: readonly number[];
  /** Buffers of the outputs, and of the new values of variables. */
  readonly outputs: CompiledProgram['outputs'];
  readonly updates: CompiledProgram['updates'];
  /** For each kernel, the buffers that nothing reads after it. Buffers of leaves are not among them. */
  readonly dropped: readonly (readonly number[])[];
  /** The arrays of leaves that kernels, outputs or updates read, by the names of `arrayName`. */
  readonly taken: ReadonlyMap<string, ArrayParameter>;
}

/** A key for the array that a parameter stands for. */
export const arrayName = ({ kind, buffer }: ArrayParameter): string => `${kind} ${buffer}`;

/** So many programs are kept. */
const KEPT = 64;

export type GpuCodeCache = ProgramCache<GpuCode>;

export const gpuCodeCache = (): GpuCodeCache => programCache(KEPT, printCode);

function printCode(program: Program, leaves: readonly Tensor[]): GpuCode {
  const compiled = compileProgram(program);
  const { outputs, updates } = compiled;
  const printed = printProgram(compiled);
  const isLeafBuffer = (buffer: number): boolean => buffer < compiled.leaves.length;
  const kept: ArrayParameter[] = [...outputs, ...updates].map((buffer) => ({ kind: 'buffer', buffer }));
  const read = [...printed.kernels.flatMap(({ parameters }) => parameters.filter(isArray)), ...kept];
  const taken = read.filter(({ buffer }) => isLeafBuffer(buffer)).map((array) => [arrayName(array), array] as const);
  return {
    ...printed,
    leafPositions: compiled.leaves.map((leaf) => leaves.indexOf(leaf)),
    outputs,
    updates,
    dropped: lastUses(printed, new Set(kept.map(({ buffer }) => buffer)), isLeafBuffer),
    taken: new Map(taken),
  };
}

/** For each kernel, the buffers that are written or read by it and by no later one; neither kept ones nor leaves. */
function lastUses(
  { kernels }: GpuProgram,
  kept: ReadonlySet<number>,
  isLeafBuffer: (buffer: number) => boolean,
): number[][] {
  const last = new Map<number, number>();
  for (const [k, { parameters, output }] of kernels.entries()) {
    last.set(output, k);
    for (const { buffer } of parameters.filter(isArray)) last.set(buffer, k);
  }
  const dropped = kernels.map((): number[] => []);
  for (const [buffer, k] of last) if (!kept.has(buffer) && !isLeafBuffer(buffer)) dropped[k].push(buffer);
  return dropped;
}
