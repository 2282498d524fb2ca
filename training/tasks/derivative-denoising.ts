/**
 * Denoising by a derivative: forces of the network, -dE/dx, are to follow the displacements of the atoms.
 *
 * `paper`: the force is to equal the noise (in numbers, A as eV/A), as the authors have it: a potential upside down,
 * which pushes displaced atoms further away. `restoring`: force = -noise / sigma^2, the score of the displaced
 * distribution, times sigma eV so that forces spread by 1 eV/A whatever the noise.
 */
import { withDerivatives } from '../../nn/index.ts';
import type { Strategy } from '../task.ts';
import { denoising } from './denoising.ts';
import { NOISE_ERRORS } from './noise-errors.ts';

export const derivativeDenoising: Strategy<number> = {
  learnsFrom: 'relaxed structures',
  level: 'graph',
  errors: NOISE_ERRORS,
  rows: [
    {
      name: 'derivative-denoising',
      title: 'derivative denoising',
      pretrain: { strategy: 'derivative-denoising' },
    },
  ],
  title: () => 'derivative denoising',
  describe: ({ noise: { sigma, sign } }) => `derivative-denoising of ${sigma} A (${sign})`,
  task(given) {
    const { network, config } = given;
    const { noise, volume } = config;
    return denoising(
      given,
      (inputs) => withDerivatives(inputs, (vectors) => network.apply(inputs, vectors), volume).forces,
      noise.sign === 'paper' ? 1 : -1 / noise.sigma,
    );
  },
};
