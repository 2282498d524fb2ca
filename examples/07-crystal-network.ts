/**
 * A graph network that learns the forces on atoms of crystals: CGCNN (Xie and Grossman 2018), in its smooth form.
 *
 * The network says an energy, its derivatives by the positions are forces, and training on those differentiates twice.
 * The crystals come from the built-in universe of metals.
 */
import { compile, input, key } from 'lattigrad';
import { collate, neighbours } from 'lattigrad/graph';
import * as nn from 'lattigrad/nn';
import { universe } from 'lattigrad/universe';

const config = { ...nn.cgcnnDefaults, cutoff: 4, dim1: 16, dim2: 16, gc_count: 2 };
const crystals = await universe({ count: 224, elements: ['Cu', 'Ag', 'Au'] });
function batch(from: number, to: number) {
  const members = crystals.slice(from, to);
  const graph = collate(members.map((structure) => ({ structure, edges: neighbours(structure, config.cutoff) })));
  const labels = Float64Array.from(members.flatMap(({ forces }) => Array.from(forces!)));
  return { ...nn.feedGraph(graph, config), labels };
}
const training = Array.from({ length: 20 }, (_, k) => batch(8 * k, 8 * k + 8));
const test = batch(160, 224); // Crystals that are not trained on.

const inputs = { ...nn.graphInputs(), labels: input([nn.atoms, 3], 'labels') };
const parameters = nn.initCGCNN(config, key(1));
const { forces } = nn.withDerivatives(inputs, (vectors) => nn.applyCGCNN(parameters, inputs, vectors, config));
const loss = forces.sub(inputs.labels).abs().mean();
const { step } = nn.trainingStep({ inputs, loss, parameters });
const errors = compile(inputs, { network: loss, zero: inputs.labels.abs().mean() });

for (let k = 0; k <= 400; k++) {
  if (k % 100 === 0) {
    const { network, zero } = await errors(test);
    console.log(`step ${k}: error ${network} eV/Angstrom, of predicting zero ${zero} eV/Angstrom`);
  }
  await step(training[k % 20], nn.cosineRate(k, 400, 0.01));
}
