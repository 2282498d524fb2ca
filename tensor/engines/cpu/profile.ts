/** A plan's profile as text: where the last run spent its time, slowest launches first. */
import type { PlanReport } from './plan-report.ts';

/**
 * A table of the `top` slowest launches in the last run of a plan of the CPU engine, with milliseconds, megabytes moved (no caches
 * counted) and GB/s.
 *
 * @example
 * const x = input([1000], 'x');
 * const f = compile({ x }, { y: x.sin().sum() }, { engine: cpuEngine() });
 * await f({ x: new Float64Array(1000) });
 * printProfile(f.plan.report()); // ... kernels in ... launches ... ms, arena ... MiB launch ms MB GB/s ...
 */
export function printProfile(
  { profile, kernels, launches, streamedSweeps, products, arenaBytes }: PlanReport,
  top = 20,
): string {
  const total = profile.reduce((sum, k) => sum + k.milliseconds, 0);
  const rows = profile
    .map((k, number) => ({ ...k, number }))
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, top)
    .map(({ number, milliseconds, bytes, launch }) => {
      const rate = milliseconds > 0 ? bytes / milliseconds / 1e6 : 0;
      const columns = [String(number), milliseconds.toFixed(2), (bytes / 1e6).toFixed(1), rate.toFixed(1)];
      return `${columns.map((text) => text.padStart(10)).join('')}  ${launch}`;
    });
  return [
    `${kernels} kernels in ${launches} launches (${streamedSweeps} sweeps over streamed rows, ${products} products), ${total.toFixed(1)} ms, arena ${(arenaBytes / 2 ** 20).toFixed(1)} MiB`,
    `${['launch', 'ms', 'MB', 'GB/s'].map((text) => text.padStart(10)).join('')}`,
    ...rows,
  ].join('\n');
}
