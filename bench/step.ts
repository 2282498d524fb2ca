/**
 * One training step of a full-size network on a file of structures: its plan, its time, and what each kernel takes.
 *
 *   npm run bench -- FILE [--cutoff 5] [--steps 5] [--task pretrain|finetune] [--model cgcnn|torchmd-et]
 */
import { Command } from 'commander';
import { readStructures } from '../data/index.ts';
import { printProfile } from '../tensor/index.ts';
import { prepareTraining, type TrainingJob } from './training.ts';

const command = new Command('npm run bench --')
  .argument('<file>', 'extended XYZ with energies, forces and stress')
  .option('--cutoff <angstrom>', '', Number, 5)
  .option('--steps <n>', '', Number, 5)
  .option('--task <task>', 'pretrain or finetune', 'pretrain')
  .option('--model <model>', 'cgcnn or torchmd-et', 'cgcnn')
  .option('--filter <filter>', 'table or exact', 'table')
  .option('--threads <n>', '', Number)
  .option('--repeat <n>', 'the structures this many times in one batch', Number, 1)
  .option('--top <n>', 'kernels to list', Number, 20)
  .parse();
const { steps, top, repeat, ...options } = command.opts<
  Omit<TrainingJob, 'structures'> & { steps: number; top: number; repeat: number }
>();
const started = performance.now();
const read = await readStructures(command.args[0]);
const structures = Array.from({ length: repeat }, () => read).flat();
const training = prepareTraining({ ...options, structures });
console.log(training.sizes, `prepared in ${(performance.now() - started).toFixed(0)} ms`);
const times: number[] = [];
for (let k = 0; k < steps; k++) {
  const t = performance.now();
  const loss = await training.step();
  times.push(performance.now() - t);
  console.log(`step ${k}: loss ${loss.toPrecision(7)}, ${times[k].toFixed(1)} ms`);
}
const settled = times.slice(1).sort((a, b) => a - b);
const median = settled[Math.floor(settled.length / 2)];
const report = training.plan.report();
console.log(
  `stored: ${report.stored.join('; ') || 'nothing wide'}; module ${report.moduleBytes} bytes; memory ${(training.memoryBytes() / 2 ** 20).toFixed(0)} MiB`,
);
console.log(`median ${median.toFixed(1)} ms, ${((1000 * median) / training.sizes.edges).toFixed(2)} us per edge\n`);
console.log(printProfile(report, top));
