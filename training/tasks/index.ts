/** The strategies of pre-training by name. One is added here, by a line, and in a file of its own. */
import type { Strategy } from '../task.ts';
import { derivativeDenoising } from './derivative-denoising.ts';
import { forces } from './forces.ts';
import { headDenoising } from './head-denoising.ts';

/**
 * The strategies of pre-training by name: from labels, or by removing noise with the derivative of the energy or with a
 * head of its own.
 *
 * @example
 * STRATEGIES['head-denoising'].level;  // node
 */
export const STRATEGIES = {
  forces,
  'derivative-denoising': derivativeDenoising,
  'head-denoising': headDenoising,
};

export type StrategyName = keyof typeof STRATEGIES;
export const STRATEGY_NAMES = Object.keys(STRATEGIES) as [StrategyName, ...StrategyName[]];

/** A strategy by name, whatever its errors are. */
export const strategyOf = ({ strategy }: { readonly strategy: StrategyName }): Strategy =>
  STRATEGIES[strategy] as Strategy;
