/**
 * Denoising by a derivative: forces of the network, -dE/dx, are to follow the displacements of the atoms.
 *
 * `paper`: the force is to equal the noise (in numbers, A as eV/A), as the authors have it: a potential upside down,
 * which pushes displaced atoms further away. `restoring`: force = -noise / sigma^2, the score of the displaced
 * distribution, times sigma eV so that forces spread by 1 eV/A whatever the noise.
 */
import { withDerivatives } from '../../nn/index.ts';
import { fold } from '../../tensor/index.ts';
import { network } from '../network.ts';
import { denoising, type NoiseOutcome } from './denoising.ts';
import type { Given, Learning } from './learning.ts';

export function derivativeDenoising(given: Given): Learning<Float64Array, NoiseOutcome> {
  const { model, noise, volume } = given.config;
  const net = network(model, 'add', fold(given.root, 'weights'));
  return denoising(
    given,
    net,
    (inputs) => withDerivatives(inputs, (vectors) => net.apply(inputs, vectors), volume).forces,
    noise.sign === 'paper' ? 1 : -1 / noise.sigma,
  );
}
