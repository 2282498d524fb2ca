/** The strategies of pre-training by name. One is added here, and to the schema's names; `none` is a fine-tuning alone. */
import type { PretrainConfig } from '../config.ts';
import { derivativeDenoising } from './derivative-denoising.ts';
import { forces } from './forces.ts';
import { headDenoising } from './head-denoising.ts';

export const STRATEGIES = {
  forces,
  'derivative-denoising': derivativeDenoising,
  'head-denoising': headDenoising,
} as const satisfies Record<PretrainConfig['strategy'], unknown>;
