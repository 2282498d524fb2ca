/**
 * The whole training step as one program: loss, gradients, clipping, AdamW, a mean of the weights where one is asked
 * for. Only loss and norm come back.
 *
 * Compiled once; learning rate, step number and batch are leaves. Parameters, moments, means and the number of steps are
 * all that a training remembers: restored, it goes on bit for bit.
 */

import { gradWithReach } from '../autograd/index.ts';
import { described } from '../tensor/described.ts';
import { showShape } from '../tensor/dimension.ts';
import { callerError } from '../tensor/errors.ts';
import { expectInputs, type FeedsOf, feedsOf, type TensorRecord, withShape } from '../tensor/function.ts';
import {
  defaultEngine,
  type Engine,
  type Feeds,
  type Named,
  type Plan,
  type Tensor,
  type Value,
} from '../tensor/index.ts';
import { adamW } from './optim/adamw.ts';
import { averageWeights } from './optim/average.ts';
import { clipByNorm, totalNorm } from './optim/clip.ts';
import type { Optimiser, OptimiserRule } from './optim/optimiser.ts';
import { flattenParameters, type NamedArray, type Parameters } from './parameters.ts';

export interface TrainingOptions<Inputs extends TensorRecord<Inputs>> {
  /** The placeholders that the loss depends on, by the names under which every step is fed. */
  readonly inputs: Inputs;
  /** The number to make small, a tensor of shape []. */
  readonly loss: Tensor;
  readonly parameters: Parameters;
  /** What compiles the step and keeps the parameters (default: `defaultEngine()`). */
  readonly engine?: Engine;
  /** How parameters follow gradients, such as `sgd({ momentum: 0.9 })` (default: `adamW({ weightDecay: 0 })`). */
  readonly optimiser?: OptimiserRule;
  /** Largest total norm of the gradients; null (default): they are taken as they are. */
  readonly clip?: number | null;
  /** Further tensors to return from every step, by name. */
  readonly extra?: Named;
  /** Full names of parameters to leave alone: no gradient, no decay, no part in the norm. */
  readonly frozen?: readonly string[];
  /** Decay, for each step, of a running mean of the weights (optim/average.ts); null (default): none is kept. */
  readonly average?: number | null;
}

export interface TrainingStep<Inputs extends TensorRecord<Inputs> = Named> {
  readonly plan: Plan;
  readonly optimiser: Optimiser;
  /** Names of parameters that the loss does not reach; frozen ones are not counted. */
  readonly unreached: readonly string[];
  /** One step; returns the loss before it, the norm of all gradients before clipping, and the extra values. */
  step(
    feeds: FeedsOf<Inputs>,
    learningRate: number,
  ): Promise<{ loss: number; norm: number; extra: Readonly<Record<string, Value>> }>;
  /** Steps taken so far; set it when resuming. */
  steps: number;
  /**
   * Means of the weights by the names of the trained parameters; what is not trained is not among them. Undefined if
   * none are kept.
   */
  averages(): Record<string, NamedArray> | undefined;
  /**
   * What the optimiser remembers, such as `<parameter>.first` and `<parameter>.second` of AdamW, and means of weights,
   * `<parameter>.average`, with the shapes of the parameters.
   */
  state(): Record<string, NamedArray>;
  /** Goes on from a `state` after `steps` steps. Throws, with nothing changed, if names or shapes do not fit. */
  restore(state: Readonly<Record<string, NamedArray>>, steps: number): void;
}

/** The names, checked to be parameters. */
function namesIn(named: readonly (readonly [string, Tensor])[], frozen: readonly string[]): Set<string> {
  const known = new Set(named.map(([name]) => name));
  const unknown = frozen.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw callerError(
      `trainingStep: cannot freeze ${unknown.slice(0, 5).join(', ')}: no such parameter. ` +
        `Expected full names such as ${[...known].slice(0, 3).join(', ')}.`,
    );
  }
  return new Set(frozen);
}

/** Trained parameters under their first names: one with two names is one, and frozen if any of them is. */
function trained(all: readonly (readonly [string, Tensor])[], frozen: ReadonlySet<string>): [string, Tensor][] {
  const left = new Set(all.filter(([name]) => frozen.has(name)).map(([, tensor]) => tensor));
  const firstNames = new Map<Tensor, string>();
  for (const [name, tensor] of all) if (!left.has(tensor) && !firstNames.has(tensor)) firstNames.set(tensor, name);
  return [...firstNames].map(([tensor, name]) => [name, tensor]);
}

/**
 * Compiles a step of training: the loss, its gradients for all parameters that are not frozen, and what the optimiser
 * makes of them. Throws if the loss does not depend on any of them, or on a placeholder that is not among the inputs,
 * and if a name to freeze is no parameter.
 *
 * @example
 * const x = input([4], 'x'), w = variable([0, 0, 0, 0], 'w');
 * const training = trainingStep({ inputs: { x }, loss: x.sub(w).square().mean(), parameters: { w } });
 * const { loss } = await training.step({ x: [1, 2, 3, 4] }, 0.1);
 * loss;  // 7.5
 */
export function trainingStep<const Inputs extends TensorRecord<Inputs>>(
  options: TrainingOptions<Inputs>,
): TrainingStep<Inputs> {
  const { inputs, loss, parameters, engine = defaultEngine(), optimiser = adamW({ weightDecay: 0 }) } = options;
  const { clip = null, extra = {}, frozen = [], average = null } = options;
  const all = [...flattenParameters(parameters)];
  const fixed = namesIn(all, frozen);
  const named = trained(all, fixed);
  const tensors = named.map(([, tensor]) => tensor);
  const { gradients, reached } = gradWithReach(loss, tensors);
  if (!reached.some(Boolean)) {
    throw callerError(
      `trainingStep: the loss does not depend on any parameter${fixed.size > 0 ? ' that is not frozen' : ''}.`,
    );
  }
  expectInputs(inputs, [loss, ...Object.values(extra)]);
  const active = gradients.filter((_, k) => reached[k]);
  const clipped = clip === null ? { gradients: active, norm: totalNorm(active) } : clipByNorm(active, clip);
  let next = 0;
  const used = gradients.map((g, k) => (reached[k] ? clipped.gradients[next++] : g));
  const optimising = optimiser(tensors, used, reached);
  const trainable = new Set(tensors);
  const moved = optimising.updates.filter(([changed]) => trainable.has(changed));
  const averaged = average === null ? undefined : averageWeights(engine, moved, average);
  const updates = [...optimising.updates, ...(averaged?.updates ?? [])];
  const names = Object.keys(extra);
  const plan = engine.compile({ outputs: [loss, clipped.norm, ...Object.values(extra)], updates });
  const nameOf = new Map(named.map(([name, tensor]) => [tensor, name]));
  const means = averaged?.means ?? [];
  const remembered = new Map([
    ...optimising.memory.map(
      ({ parameter, name, variable }) => [`${nameOf.get(parameter)!}.${name}`, variable] as const,
    ),
    ...means.map(({ parameter, mean }) => [`${nameOf.get(parameter)!}.average`, mean] as const),
  ]);
  const read = (entries: Iterable<readonly [string, Tensor]>): Record<string, NamedArray> =>
    Object.fromEntries(
      [...entries].map(([name, t]) => [name, { shape: [...(t.shape as number[])], data: engine.read(t) }]),
    );
  const made: TrainingStep<Inputs> = {
    plan,
    optimiser: optimising,
    unreached: named.filter((_, k) => !reached[k]).map(([name]) => name),
    steps: 0,
    async step(feeds, learningRate) {
      if (!Number.isFinite(learningRate) || learningRate < 0) {
        throw callerError(
          `step: expected a finite learning rate >= 0 as second argument, got ${described(learningRate)}.`,
        );
      }
      const fed = feedsOf(inputs, feeds);
      made.steps++;
      const all: Feeds = new Map([
        ...fed,
        ...optimising.feed(made.steps, learningRate),
        ...(averaged?.feed(made.steps) ?? []),
      ]);
      const [value, norm, ...rest] = await plan.run(all).catch((error: unknown) => {
        // Nothing was trained: the next step has this number.
        made.steps--;
        throw error;
      });
      const further = names.map((name, k) => [name, withShape(extra[name], rest[k], fed)] as const);
      return { loss: value[0], norm: norm[0], extra: Object.fromEntries(further) };
    },
    averages: () => {
      if (!averaged) return undefined;
      const meanOf = new Map(means.map(({ parameter, mean }) => [parameter, mean]));
      return read(all.flatMap(([name, tensor]) => (meanOf.has(tensor) ? [[name, meanOf.get(tensor)!] as const] : [])));
    },
    state: () => read(remembered),
    restore(state, steps) {
      checkState(remembered, state, steps);
      for (const [name, variable] of remembered) engine.write(variable, state[name].data);
      made.steps = steps;
    },
  };
  return made;
}

/** Throws unless `state` has exactly these arrays, of their shapes. */
function checkState(
  remembered: ReadonlyMap<string, Tensor>,
  state: Readonly<Record<string, NamedArray>>,
  steps: number,
): void {
  if (!Number.isSafeInteger(steps) || steps < 0) {
    throw callerError(`restore: expected the number of steps taken, an integer >= 0, got ${steps}.`);
  }
  const missing = [...remembered.keys()].filter((name) => !Object.hasOwn(state, name));
  const extra = Object.keys(state).filter((name) => !remembered.has(name));
  if (missing.length > 0 || extra.length > 0) {
    throw callerError(
      `restore: the state does not match the trained parameters. ` +
        `Missing: ${missing.slice(0, 5).join(', ') || 'none'}. ` +
        `Not trained here: ${extra.slice(0, 5).join(', ') || 'none'}. ` +
        'Are other parameters frozen than before, or are weights averaged on one side only?',
    );
  }
  for (const [name, variable] of remembered) {
    const { shape, data } = state[name];
    const count = shape.reduce((a, b) => a * b, 1);
    if (showShape(shape) !== showShape(variable.shape) || data.length !== count) {
      throw callerError(
        `restore: ${name} should have shape ${showShape(variable.shape)}, the state has ${showShape(shape)} ` +
          `with ${data.length} numbers.`,
      );
    }
  }
}
