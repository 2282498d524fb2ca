/**
 * One CGCNN pre-training step (energy, forces, stress, AdamW) on a file of structures: its plan and its time.
 *
 *   tsx bench/step.ts [FILE] [cutoff] [steps] [exact|table]
 */

import { readExtxyz } from '../data/index.ts';
import { collate, neighbours } from '../graph/index.ts';
import {
  applyCGCNN,
  cgcnnDefaults,
  type Filter,
  feedGraph,
  feedWeights,
  forceFieldLoss,
  forcesAndStress,
  geometry,
  graphInputs,
  initCGCNN,
  labelInputs,
  trainer,
  weightInputs,
} from '../nn/index.ts';
import { type CpuPlan, cpuEngine, key } from '../tensor/index.ts';

const [file = '../shared/peer/batches/batch16.extxyz', cutoffText = '5', stepsText = '5', filter = 'table'] =
  process.argv.slice(2);
const cutoff = Number(cutoffText);
const structures = await readExtxyz(file);
const t0 = performance.now();
const batch = collate(structures.map((structure) => ({ structure, edges: neighbours(structure, cutoff) })));
console.log('batch', batch.sizes, 'graph ms', performance.now() - t0);
const engine = cpuEngine();
const config = { ...cgcnnDefaults, cutoff, preset: 'paper' as const, filter: filter as Filter };
const parameters = initCGCNN(config, key(1));
const inputs = graphInputs();
const shape = geometry(inputs);
const energy = applyCGCNN(parameters, inputs, shape.vectors, config);
const predicted = { energy, ...forcesAndStress(energy, inputs, shape) };
const [labels, weights] = [labelInputs(), weightInputs()];
const loss = forceFieldLoss(predicted, labels, weights);
const t1 = performance.now();
const made = trainer(engine, loss, parameters);
console.log('compile ms', performance.now() - t1);
const feeds = new Map([
  ...feedGraph(inputs, batch, { cutoff }),
  ...feedWeights(weights, [1, 1, 1]),
  [labels.energy, Float64Array.from(structures, (s) => s.energy!)] as const,
  [labels.forces, Float64Array.from(structures.flatMap((s) => [...s.forces!]))] as const,
  [labels.stress, Float64Array.from(structures.flatMap((s) => [...(s.stress ?? new Float64Array(9))]))] as const,
]);
for (let k = 0; k < Number(stepsText); k++) {
  const t = performance.now();
  const { loss: l, norm } = await made.step(feeds, 2e-3);
  console.log(`step ${k} loss ${l} norm ${norm} ms ${(performance.now() - t).toFixed(1)}`);
}
const report = (made.plan as CpuPlan).report();
const { profile, ...rest } = report;
console.log(rest, 'memory', (engine.memoryBytes() / 2 ** 20).toFixed(0), 'MiB');
const slowest = profile.map((m, k) => ({ k, ...m })).sort((a, b) => b.milliseconds - a.milliseconds);
for (const { k, kernel, milliseconds, bytes } of slowest.slice(0, 30))
  console.log(k, kernel, milliseconds.toFixed(2), (bytes / 1e6).toFixed(1), 'MB');
