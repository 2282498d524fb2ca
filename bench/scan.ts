/**
 * What an unrolled loop costs: a recurrent cell of 16 numbers over 10 to 5000 steps, with its first derivatives.
 *
 * Building and compiling are counted as time of the processor, which other programs do not lengthen; of five runs the
 * shortest is printed.
 *
 *   npx tsx bench/scan.ts [steps ...]
 */
import { grad } from '../autograd/index.ts';
import { compile, cpuEngine, input, scan, tensor, variable } from '../tensor/index.ts';

const SIZE = 16;
const RUNS = 5;
const numbers = (count: number, scale: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => scale * Math.sin(1 + 7 * k));
/** Seconds of the processor since then. */
function spent(from: NodeJS.CpuUsage): string {
  const { user, system } = process.cpuUsage(from);
  return ((user + system) / 1e6).toFixed(3);
}

const counts = process.argv.slice(2).map(Number);
console.log('seconds for: steps, building, compiling, a run; building with derivatives, compiling, a run');
for (const steps of counts.length > 0 ? counts : [10, 100, 1000, 5000]) {
  const line = [String(steps)];
  for (const withDerivative of [false, true]) {
    const engine = cpuEngine({ precision: 'f64', threads: 1 });
    const w = variable(numbers(SIZE * SIZE, 0.3), [SIZE, SIZE], 'w');
    const u = variable(numbers(SIZE * SIZE, 0.3), [SIZE, SIZE], 'u');
    const xs = input([steps, SIZE], 'xs');
    let start = process.cpuUsage();
    const [, outputs] = scan(
      (h, x) => {
        const next = w.matmul(h).add(u.matmul(x)).tanh();
        return [next, next];
      },
      tensor(numbers(SIZE, 1)),
      xs,
    );
    const loss = outputs.square().mean();
    const results = withDerivative ? Object.fromEntries(grad(loss, [w, u, xs]).map((g, k) => [`g${k}`, g])) : {};
    line.push(spent(start));
    start = process.cpuUsage();
    const f = compile({ xs }, { loss, ...results }, { engine });
    const feed = { xs: numbers(steps * SIZE, 1) };
    await f(feed);
    line.push(spent(start));
    let shortest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      const before = performance.now();
      await f(feed);
      shortest = Math.min(shortest, (performance.now() - before) / 1000);
    }
    line.push(shortest.toFixed(6));
  }
  console.log(line.join('  '));
}
