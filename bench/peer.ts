/**
 * Ours against PyTorch on the same work: `npm run bench:peer`.
 *
 * The two take turns, each measurement in a process of its own, on a machine that should be otherwise quiet. Printed are
 * ratios of medians with the spread over rounds, peak memory, and edges per second. The peer is a folder with bench.py
 * and batches; it is not part of this project.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { type Job, jobs, type Measurement } from './jobs.ts';

const options = new Command('npm run bench:peer --')
  .option('--peer <folder>', 'folder of the peer', process.env.LATTIGRAD_PEER ?? '../shared/peer')
  .option('--batches <folder>', "folder of batch16.extxyz and batch50.extxyz (default: batches in the peer's)")
  .option('--jobs <names>', `comma-separated; of ${jobs.map((j) => j.name).join(', ')}`)
  .option('--rounds <n>', 'turns of each side', Number, 3)
  .option('--python <path>', 'a Python with torch', '/usr/bin/python3')
  .option('--json <file>', 'appends one line per job')
  .parse()
  .opts<{ peer: string; batches?: string; jobs?: string; rounds: number; python: string; json?: string }>();
const batches = resolve(options.batches ?? join(options.peer, 'batches'));
if (!existsSync(join(options.peer, 'bench.py'))) {
  console.error(`No bench.py in ${options.peer}: give --peer or LATTIGRAD_PEER.`);
  process.exit(1);
}
const wanted = options.jobs?.split(',') ?? jobs.map((j) => j.name);
const unknown = wanted.filter((name) => !jobs.some((j) => j.name === name));
if (unknown.length > 0) {
  console.error(`Unknown jobs: ${unknown.join(', ')}. There are ${jobs.map((j) => j.name).join(', ')}.`);
  process.exit(1);
}

/** glibc keeps freed memory: without it the peer faults its large temporaries in anew at every step. */
const TUNED = { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '100000000000', MALLOC_TOP_PAD_: '536870912' };

const lastLine = (text: string): Record<string, number> => JSON.parse(text.trim().split('\n').pop()!);

function ours(job: Job): Measurement {
  const text = execFileSync(process.execPath, ['--import', 'tsx', 'bench/worker.ts', job.name, batches], {
    encoding: 'utf8',
  });
  return lastLine(text) as unknown as Measurement;
}

function peer(job: Job, { variant, alloc, micro }: Job['peer'][number]): Measurement {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...environment } = process.env;
  const task = job.task === 'graph' ? variant : job.task;
  const config = {
    task,
    model: job.model.replace('-', '_'),
    variant,
    batch: job.batch,
    cutoff: job.cutoff,
    batches,
    micro,
    alloc,
    threads: 2,
    reps: job.reps,
  };
  const text = execFileSync(options.python, ['bench.py', 'worker', JSON.stringify(config)], {
    cwd: resolve(options.peer),
    env: { ...environment, ...(alloc === 'tuned' ? TUNED : {}), TMPDIR: tmpdir() },
    encoding: 'utf8',
  });
  const found = lastLine(text);
  return { ...found, edges: found.edges_found ?? found.edges } as unknown as Measurement;
}

const median = (x: readonly number[]): number => [...x].sort((a, b) => a - b)[Math.floor(x.length / 2)];
const span = (x: readonly number[]): string => `${Math.min(...x).toFixed(2)}-${Math.max(...x).toFixed(2)}`;

for (const job of jobs.filter((j) => wanted.includes(j.name))) {
  const mine: Measurement[] = [];
  const theirs = job.peer.map((): Measurement[] => []);
  const load = loadavg()[0];
  for (let round = 0; round < options.rounds; round++) {
    mine.push(ours(job));
    for (const [k, variant] of job.peer.entries()) theirs[k].push(peer(job, variant));
  }
  const best = theirs.reduce((a, b) => (median(a.map((m) => m.median_s)) <= median(b.map((m) => m.median_s)) ? a : b));
  const [a, b] = [mine.map((m) => m.median_s), best.map((m) => m.median_s)];
  const ratios = a.map((t, k) => b[k] / t);
  const line = {
    job: job.name,
    edges: mine[0].edges,
    ours_s: median(a),
    ours_span: span(a),
    peer_s: median(b),
    peer_span: span(b),
    ratio: median(b) / median(a),
    ratio_span: span(ratios),
    ours_mb: Math.max(...mine.map((m) => m.peak_rss_mb)),
    peer_mb: Math.max(...best.map((m) => m.peak_rss_mb)),
    peer_least_mb: Math.min(...theirs.flat().map((m) => m.peak_rss_mb)),
    ours_edges_per_s: Math.round(mine[0].edges / median(a)),
    peer_edges_per_s: Math.round(mine[0].edges / median(b)),
    load_before: load,
  };
  console.log(
    `${job.name}: ours ${line.ours_s.toFixed(3)} s (${line.ours_span}), peer ${line.peer_s.toFixed(3)} s (${line.peer_span}), ` +
      `ratio ${line.ratio.toFixed(2)} (${line.ratio_span}); ${line.ours_mb} against ${line.peer_mb} MB; ` +
      `${line.ours_edges_per_s} against ${line.peer_edges_per_s} edges/s`,
  );
  if (options.json) appendFileSync(options.json, `${JSON.stringify(line)}\n`);
}
