/**
 * Denoising by a prediction head: the network without pooling gives three numbers for each atom, the noise itself.
 *
 * CGCNN sees distances only, so its numbers do not turn with the crystal: of crystals in all orientations they cannot
 * follow a vector, and the error stays at that of predicting zero, sigma sqrt(2 / pi). The equivariant transformer
 * has vectors.
 */
import { edgeVectors } from '../../nn/index.ts';
import type { Strategy } from '../task.ts';
import { denoising } from './denoising.ts';
import { NOISE_ERRORS } from './noise-errors.ts';

export const headDenoising: Strategy<number> = {
  learnsFrom: 'relaxed structures',
  level: 'node',
  errors: NOISE_ERRORS,
  rows: [{ name: 'head-denoising', title: 'head denoising', pretrain: { strategy: 'head-denoising' } }],
  title: () => 'head denoising',
  describe: ({ noise: { sigma } }) => `head-denoising of ${sigma} A`,
  task: (given) => denoising(given, (inputs) => given.network.apply(inputs, edgeVectors(inputs)), 1),
};
