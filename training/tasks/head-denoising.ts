/**
 * Denoising by a prediction head: the network without pooling gives three numbers for each atom, the noise itself.
 *
 * CGCNN sees distances only, so its numbers do not turn with the crystal: of crystals in all orientations they cannot
 * follow a vector, and the error stays at that of predicting zero, sigma sqrt(2 / pi). The equivariant transformer
 * has vectors.
 */
import { edgeVectors } from '../../nn/index.ts';
import { fold } from '../../tensor/index.ts';
import { network } from '../network.ts';
import { denoising, type NoiseOutcome } from './denoising.ts';
import type { Given, Learning } from './learning.ts';

export function headDenoising(given: Given): Learning<Float64Array, NoiseOutcome> {
  const net = network(given.config.model, 'add', fold(given.root, 'weights'), 'node');
  return denoising(given, net, (inputs) => net.apply(inputs, edgeVectors(inputs)), 1);
}
