/**
 * The picture of denoising.md: displaced atoms, the potential whose forces bring them back, and the same upside down.
 *
 *     npx tsx docs/learn/figures/denoising.ts
 */
import { grad } from '../../../autograd/index.ts';
import { arrange } from '../../../plots/index.ts';
import { compile, fold, input, key, logSumExp, normal, tensor } from '../../../tensor/index.ts';
import { evenly, linePanel, savePng } from './line-panel.ts';

const SIGMA = 0.4;
const REST = [-1, 1];
const at = evenly(-2.4, 2.4, 193);

const x = input([at.length], 'x');
const apart = x.reshape([at.length, 1]).sub(tensor(REST));
const energy = logSumExp(apart.square().mul(-0.5 / SIGMA ** 2), { axis: -1 }).neg();
const [slope] = grad(energy.sum(), [x]);
const found = await compile({ x }, { energy, force: slope.neg() })({ x: at });

/** How often displaced atoms lie in bins of this width, as a density. */
const WIDTH = 0.1;
const COUNT = 20_000;
const displaced = normal(fold(key(1), 'noise'), COUNT).map((z, k) => REST[k % 2] + SIGMA * z);
const middles = evenly(-2.35, 2.35, 48);
const density = middles.map((m) => displaced.filter((p) => Math.abs(p - m) < WIDTH / 2).length / (COUNT * WIDTH));

const exact = (sign: number, values: Float64Array) => at.map((p, k) => [p, sign * values[k]] as const);
await savePng(
  'denoising',
  arrange(
    [
      linePanel([{ points: middles.map((m, k) => [m, density[k]] as const), kind: 'dots', colour: '#6b6b6b' }], {
        heading: 'density of displaced atoms',
        xLabel: 'x (Å)',
        width: 225,
        height: 210,
        y: [0, 0.6],
      }),
      linePanel(
        [
          { points: exact(1, found.energy.data), colour: '#0072B2' },
          { points: exact(-1, found.energy.data), colour: '#D55E00' },
        ],
        { heading: 'potential (kT)', xLabel: 'x (Å)', width: 225, height: 210, rule: 0 },
      ),
      linePanel(
        [
          { name: 'restoring', points: exact(1, found.force.data), colour: '#0072B2' },
          { name: 'paper', points: exact(-1, found.force.data), colour: '#D55E00' },
        ],
        { heading: 'force (kT/Å)', xLabel: 'x (Å)', width: 290, height: 210, rule: 0 },
      ),
    ],
    { title: 'Atoms at rest at −1 and 1 Å, displaced by 0.4 Å, and the potential that denoising learns', columns: 3 },
  ),
);
