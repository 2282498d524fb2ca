/**
 * Force matching: the three parameters of a pair potential, found from forces on the atoms of random clusters.
 *
 * The potential is Morse's, with depth D, steepness a and distance R: E = sum over pairs of D ((1 - e^(-a (r - R)))^2 - 1).
 * Forces are -dE/dx, and a loss of forces is differentiated again, by the parameters.
 */
import { compile, constantIndex, grad, input, key, normal, split, variable } from 'lattigrad';
import { adamW, cosineRate, trainingStep } from 'lattigrad/nn';

const atoms = [0, 1, 2, 3, 4, 5, 6, 7];
const pairs = atoms.flatMap((i) => atoms.filter((j) => j > i).map((j) => [i, j]));
const [first, second] = [0, 1].map((end) => pairs.map((pair) => pair[end]));

const positions = input([8, 3], 'positions'); // Angstrom
const D = variable(0.5, 'D'); // eV
const a = variable(1, 'a'); // 1/Angstrom
const R = variable(3, 'R'); // Angstrom
const vectors = positions.gather(constantIndex(second, 8)).sub(positions.gather(constantIndex(first, 8)));
const distances = vectors.norm({ axis: 1 });
const energy = R.sub(distances).mul(a).exp().sub(1).square().sub(1).mul(D).sum();
const forces = grad(energy, [positions])[0].neg();

// The corners of a cube with edges of 2.6 Angstrom, shaken. What is fed for a variable replaces its value for one call.
const corners = atoms.flatMap((k) => [k & 1, (k >> 1) & 1, k >> 2].map((x) => 2.6 * x));
const clusters = split(key(1), 20).map((one) => normal(one, 24).map((shake, k) => corners[k] + 0.2 * shake));
const copper = compile({ positions, D, a, R }, { forces });
const labels = await Promise.all(clusters.map((x) => copper({ positions: x, D: 0.34, a: 1.36, R: 2.87 })));

const target = input([8, 3], 'target'); // eV/Angstrom
const loss = forces.sub(target).square().mean();
const optimiser = adamW({ weightDecay: 0 });
const training = trainingStep({ inputs: { positions, target }, loss, parameters: { D, a, R }, optimiser });
for (let k = 0; k < 2000; k++) {
  const feeds = { positions: clusters[k % 20], target: labels[k % 20].forces };
  const { loss } = await training.step(feeds, cosineRate(k, 2000, 0.02));
  if (k % 400 === 0) console.log(`step ${k}: error of forces ${Math.sqrt(loss).toFixed(4)} eV/Angstrom`);
}
console.log(`D = ${await D.value()} eV, a = ${await a.value()} per Angstrom, R = ${await R.value()} Angstrom`);
