/**
 * The program of the page: a crystal graph network learns forces, and every tenth step becomes a point of the curve.
 *
 * index.html says how it is bundled and served. What differs from program 07 is the last part, and that a page needs a
 * moment now and then to draw itself.
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
const inputs = { ...nn.graphInputs(), labels: input([nn.atoms, 3], 'labels') };
const parameters = nn.initCGCNN(config, key(1));
const { forces } = nn.withDerivatives(inputs, (vectors) => nn.applyCGCNN(parameters, inputs, vectors, config));
const loss = forces.sub(inputs.labels).abs().mean();
const { step } = nn.trainingStep({ inputs, loss, parameters });
const errors = compile(inputs, { network: loss, zero: inputs.labels.abs().mean() });

const [training, test] = [Array.from({ length: 20 }, (_, k) => batch(8 * k, 8 * k + 8)), batch(160, 224)];
const [status, curve] = ['status', 'curve'].map((id) => document.getElementById(id)!);
for (let k = 0; k <= 400; k++) {
  if (k % 10 === 0) {
    const [network, zero] = Object.values(await errors(test)).map((error) => error.item());
    const points = `${curve.getAttribute('points') ?? ''} ${k},${220 - (200 * network) / zero}`;
    curve.setAttribute('points', points);
    status.textContent = `Step ${k}: error ${network.toFixed(3)} eV/Angstrom, of predicting zero ${zero.toFixed(3)}.`;
    await new Promise(requestAnimationFrame);
  }
  await step(training[k % 20], nn.cosineRate(k, 400, 0.01));
}
document.body.dataset.state = 'done';
