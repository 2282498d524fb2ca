/** One measurement in a process of its own: `tsx bench/worker.ts JOB BATCHES` prints a JSON line. */
import { join } from 'node:path';
import { readStructures } from '../data/index.ts';
import { jobs, type Measurement } from './jobs.ts';
import { graphOf, prepareTraining } from './training.ts';

const [name, folder] = process.argv.slice(2) as [string, string];
const job = jobs.find((j) => j.name === name)!;
const structures = await readStructures(join(folder, `${job.batch}.extxyz`));
let edges = 0;
let once: () => Promise<unknown> | unknown;
if (job.task === 'graph') {
  once = () => {
    edges = structures.reduce((sum, s) => sum + graphOf(s, job.cutoff).edges.target.length, 0);
  };
} else {
  const training = prepareTraining({ task: job.task, model: job.model, structures, cutoff: job.cutoff });
  edges = training.sizes.edges;
  once = training.step;
}
// Two calls to warm up: the first is compiled without optimisation.
for (let k = 0; k < 2; k++) await once();
const times: number[] = [];
for (let k = 0; k < job.reps; k++) {
  const t = performance.now();
  await once();
  times.push((performance.now() - t) / 1000);
}
times.sort((a, b) => a - b);
const result: Measurement = {
  median_s: times[Math.floor(times.length / 2)],
  min_s: times[0],
  n: times.length,
  peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  edges,
};
console.log(JSON.stringify(result));
