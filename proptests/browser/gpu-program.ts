/** Answers for the GPU engine, in a browser's worker: the cases of gpu-cases.ts in the mode that is asked for. */
import { type GpuMode, gpuEngine } from '../../tensor/gpu.ts';
import { answer } from './answer.ts';
import {
  type Each,
  gradients,
  predictions,
  programs,
  STRATEGIES,
  type Strategy,
  segments,
  train,
  type Weights,
} from './gpu-cases.ts';

export interface Question {
  readonly mode: GpuMode;
  readonly seeds: readonly number[];
  readonly steps: number;
  /** Where gradients are wanted. */
  readonly weights: Each<readonly Weights[]>;
}

export interface Learnt {
  readonly losses: readonly number[];
  readonly gradients: number[][][];
  /** Arrays on the device after each step, and bytes read back by each step after the first. */
  readonly live: readonly number[];
  readonly readBytes: readonly number[];
}

export interface Found {
  /** The mode that really ran. */
  readonly mode: string;
  readonly learnt: Each<Learnt>;
  readonly predictions: number[][];
  readonly programs: number[][];
  readonly segments: number[][];
}

answer(async ({ mode, seeds, weights, steps }: Question): Promise<Found> => {
  const engine = await gpuEngine({ mode });
  const { traffic } = engine;
  // Trainings come first, and are held, so that no array of something forgotten goes while arrays are counted.
  const trainings = [];
  for (const strategy of STRATEGIES) {
    const [live, read]: number[][] = [[], []];
    const trained = await train(engine, strategy, steps, [], () => {
      live.push(traffic.live);
      read.push(traffic.readBytes);
    });
    const readBytes = read.slice(1).map((bytes, k) => bytes - read[k]);
    trainings.push({ strategy, trained, live, readBytes });
  }
  const learnt: Partial<Record<Strategy, Learnt>> = {};
  for (const { strategy, trained, live, readBytes } of trainings) {
    const found = await gradients(engine, strategy, weights[strategy]);
    learnt[strategy] = { losses: trained.losses, gradients: found, live, readBytes };
  }
  return {
    mode: engine.info.mode,
    learnt: learnt as Found['learnt'],
    predictions: await predictions(engine),
    programs: await programs(engine, seeds),
    segments: await segments(engine),
  };
});
