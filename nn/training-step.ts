/**
 * The whole training step as one program: loss, gradients, clipping, AdamW. Only loss and norm come back.
 *
 * Compiled once; learning rate, step number and batch are leaves.
 */
import { gradWithReach } from '../autograd/index.ts';
import type { Engine, Feeds, Numbers, Plan, Tensor } from '../tensor/index.ts';
import { type AdamW, type AdamWOptions, adamW, adamWDefaults } from './optim/adamw.ts';
import { clipByNorm } from './optim/clip.ts';
import { flatten, type Parameters } from './parameters.ts';

export interface TrainingOptions {
  readonly optimiser?: AdamWOptions;
  /** Largest total norm of the gradients (default 10). */
  readonly clip?: number;
  /** Further numbers to return from every step. */
  readonly extra?: readonly Tensor[];
}

export interface Trainer {
  readonly plan: Plan;
  readonly optimiser: AdamW;
  /** Names of parameters that the loss does not reach. */
  readonly unreached: readonly string[];
  /** One step; returns the loss before it, the norm before clipping, and the extra numbers. */
  step(feeds: Feeds, learningRate: number): Promise<{ loss: number; norm: number; extra: Float64Array[] }>;
  /** Steps taken so far; set it when resuming. */
  steps: number;
}

/** Compiles the training step of `loss` for all `parameters`. */
export function trainer(engine: Engine, loss: Tensor, parameters: Parameters, options: TrainingOptions = {}): Trainer {
  const { optimiser = adamWDefaults, clip = 10, extra = [] } = options;
  const named = [...flatten(parameters)];
  const tensors = named.map(([, tensor]) => tensor);
  const { gradients, reached } = gradWithReach(loss, tensors);
  if (!reached.some(Boolean)) throw new Error('trainer: the loss does not depend on any parameter.');
  const active = gradients.filter((_, k) => reached[k]);
  const clipped = clipByNorm(active, clip);
  let next = 0;
  const scaled = gradients.map((g, k) => (reached[k] ? clipped.gradients[next++]! : g));
  const adam = adamW(tensors, scaled, optimiser, reached);
  const plan = engine.compile({ outputs: [loss, clipped.norm, ...extra], updates: adam.updates });
  const made: Trainer = {
    plan,
    optimiser: adam,
    unreached: named.filter((_, k) => !reached[k]).map(([name]) => name),
    steps: 0,
    async step(feeds, learningRate) {
      made.steps++;
      const all = new Map<Tensor, Numbers | number | object>([
        ...feeds,
        ...adam.feed(made.steps, learningRate),
      ]) as Feeds;
      const [value, norm, ...rest] = await plan.run(all);
      return { loss: value![0]!, norm: norm![0]!, extra: rest };
    },
  };
  return made;
}
