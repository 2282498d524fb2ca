/** Answers for the GPU engine, in a browser's worker: the cases of gpu-cases.ts in the mode that is asked for. */
import type { GpuMode } from '../../tensor/engines/gpu/adapter.ts';
import { gpuEngine } from '../../tensor/engines/gpu/engine.ts';
import { answer } from './answer.ts';
import { gradients, predictions, programs, segments, train, type Weights } from './gpu-cases.ts';

export interface Question {
  readonly mode: GpuMode;
  readonly seeds: readonly number[];
  readonly weights: readonly Weights[];
  readonly steps: number;
}

export interface Found {
  /** The mode that really ran, and on what. */
  readonly mode: string;
  readonly device: string;
  readonly programs: number[][];
  readonly segments: number[][];
  readonly predictions: number[][];
  readonly gradients: number[][][];
  readonly losses: readonly number[];
  /** Arrays on the device after each step of the training; and what its steps after the first read back, in bytes. */
  readonly live: readonly number[];
  readonly readBytes: readonly number[];
}

answer(async ({ mode, seeds, weights, steps }: Question): Promise<Found> => {
  const engine = await gpuEngine({ mode });
  const { traffic, info } = engine;
  const made = {
    mode: info.mode,
    device: info.name,
    programs: await programs(engine, seeds),
    segments: await segments(engine),
    predictions: await predictions(engine),
    gradients: await gradients(engine, weights),
  };
  const [live, read]: number[][] = [[], []];
  const { losses } = await train(engine, steps, [], () => {
    live.push(traffic.live);
    read.push(traffic.readBytes);
  });
  const readBytes = read.slice(1).map((bytes, k) => bytes - read[k]!);
  return { ...made, losses, live, readBytes };
});
