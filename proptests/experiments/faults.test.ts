/**
 * What can go wrong with a run on the disk and in the numbers: diverging losses, locks, full and read-only disks,
 * damaged files. One clear message each, before or instead of damage. Wrong input: refusals.test.ts.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type LabelledStructure, readStructures } from '../../data/index.ts';
import { explain } from '../../files/errors.ts';
import { BEST, checkpointOf, LAST, readCheckpoint, writeCheckpoint } from '../../training/run-folder/checkpoint.ts';
import { openRun } from '../../training/run-folder/folder.ts';
import { canLink, hasAnyNames, hasSignals } from '../support/system.ts';
import { crystals, file, finish, fresh, refused, run, type Script, sameBytes, start } from './runs.ts';

const made = crystals(14);
const data = made.then((all) => file(all));
const SMOKE = ['--preset', 'smoke', '--checkpoint-seconds', '0', '--batch', '3'];
const pretrain = async (out: string) => [...SMOKE, '--data', await data, '--epochs', '2', '--out', out];
const undisturbed = (async () => {
  const out = fresh('undisturbed');
  await finish('pretrain', await pretrain(out));
  return out;
})();

/** A text as a pattern that it matches: paths of Windows hold backslashes. */
const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** An energy that is a number, and infinite in single precision. */
const endless = (crystal: LabelledStructure): LabelledStructure => ({ ...crystal, id: 'endless', energy: 1e300 });

test('a loss that is infinite stops the run: the batch is kept, and so is the last good checkpoint', async () => {
  const [out, all] = [fresh(), await made];
  const wrong = await file(all.map((crystal, k) => (k === 5 ? endless(crystal) : crystal)));
  // All structures to learn from but two, so that it is one of those whatever the split draws.
  const args = ['--preset', 'smoke', '--data', wrong, '--out', out, '--batch', '3', '--set', 'references=none'];
  const shares = ['--set', 'split={"train":0.8,"validation":0.1,"test":0.1,"grouped":false}', '--seed', '2'];
  refused(
    await run('pretrain', [...args, ...shares, '--checkpoint-seconds', '0']),
    /loss became (Infinity|NaN) in step \d+ .*offending-batch/,
  );
  const batch = await readStructures(join(out, 'offending-batch.extxyz.gz'));
  const found = batch.find(({ energy }) => energy === 1e300)!;
  assert.ok(found, batch.map(({ energy }) => energy).join());
  assert.equal([...found.positions], [...all[5].positions]);
  const { parameters, loop } = readCheckpoint(join(out, LAST));
  for (const { data: values } of Object.values(parameters)) assert.ok((values as Float32Array).every(Number.isFinite));
  const { step } = loop as { step: number };
  const again = await run('pretrain', ['--resume', out]);
  refused(again, new RegExp(`in step ${step + 1} `), 'resumed: the same step again');
});

test('a second process refuses while the first lives; the first is not disturbed', async () => {
  const out = fresh();
  const { child, done, saw } = start('pretrain', [...(await pretrain(out)), '--epochs', '2000']);
  await saw(/untrained/);
  const inUse = new RegExp(`${literally(out)}: is in use by process ${child.pid} on ${literally(hostname())}`);
  const [resumed, begun] = await Promise.all([
    run('pretrain', ['--resume', out]),
    run('pretrain', await pretrain(out)),
  ]);
  refused(resumed, inUse);
  refused(begun, inUse);
  assert.is(child.exitCode, null, 'the first still runs');
  child.kill('SIGINT');
  const { code } = await done;
  if (hasSignals('the exit code of a run that is interrupted')) assert.is(code, 130);
});

const thrown = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
};

/** A copy of the finished run that is to be resumed from its last checkpoint. */
async function copied(): Promise<string> {
  const out = fresh();
  cpSync(await undisturbed, out, { recursive: true });
  return out;
}

test('a damaged checkpoint is told of; weights cut short do not start a fine-tuning', async () => {
  const out = await copied();
  for (const name of [LAST, BEST]) truncateSync(join(out, name), statSync(join(out, name)).size - 100);
  refused(await run('pretrain', ['--resume', out]), /last\.safetensors: .*(cut short|outside the \d+ bytes)/);
  refused(
    await run('finetune', [...SMOKE, '--data', await data, '--from', out, '--out', fresh()]),
    /best\.safetensors: .*(cut short|outside the \d+ bytes)/,
  );
});

test('a write that fails half-way leaves the checkpoint before it whole, and nothing beside it', async () => {
  const [out, whole] = [fresh(), await undisturbed];
  const failed = await run('pretrain', await pretrain(out), { CRASH: 'full:3:last' });
  refused(failed, /the disk is full\. Make room, then go on with --resume \(ENOSPC\)/);
  assert.type(readCheckpoint(join(out, LAST)).loop, 'object');
  await finish('pretrain', ['--resume', out, '--checkpoint-seconds', '0']);
  sameBytes(out, whole, 'after a full disk');
});

/** Mounts for the time of `body`, if this user may; else says that it is skipped. */
function mounted(name: string, options: string, body: (folder: string) => Promise<void>): void {
  const folder = fresh('mount');
  try {
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
  } catch {
    console.log(`SKIPPED ${name}: mounting needs root`);
    test.skip(name);
    return;
  }
  test(name, async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    try {
      await body(folder);
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  });
}

mounted('a disk that fills up: one message; with room again, the same bytes', 'size=1m', async (folder) => {
  const [out, ballast] = [join(folder, 'run'), join(folder, 'ballast')];
  // Room for the first checkpoints, and not for a second one beside them.
  writeFileSync(ballast, new Uint8Array(2 ** 20 - 220_000));
  refused(await run('pretrain', await pretrain(out)), /the disk is full\. Make room/);
  assert.ok(existsSync(join(out, LAST)), 'the disk filled up too early for this test');
  assert.type(readCheckpoint(join(out, LAST)).loop, 'object');
  truncateSync(ballast, 0);
  execFileSync('mount', ['-o', 'remount,size=16m', folder]);
  await finish('pretrain', ['--resume', out, '--checkpoint-seconds', '0']);
  sameBytes(out, await undisturbed, 'after making room');
});

mounted('a read-only folder: one message for a new run and for an old one', 'size=4m', async (folder) => {
  const out = join(folder, 'run');
  cpSync(await undisturbed, out, { recursive: true });
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const wanted: [Script, string[]][] = [
    ['pretrain', await pretrain(join(folder, 'new'))],
    ['pretrain', ['--resume', out]],
    ['finetune', [...SMOKE, '--data', await data, '--out', join(folder, 'deep', 'new')]],
  ];
  for (const outcome of await Promise.all(wanted.map(([script, args]) => run(script, args)))) {
    refused(outcome, /read-only\. Choose another folder/);
  }
  sameBytes(out, await undisturbed, 'nothing happened');
});

test('a path below a file: one message', async () => {
  refused(await run('pretrain', await pretrain(join(await data, 'run'))), /is a file, expected a folder/);
});

test('data that changed, a run that exists, a folder that holds none', async () => {
  const [out, all] = [fresh(), await made];
  const own = await file(all.slice(0, 8));
  await finish('pretrain', [...SMOKE, '--data', own, '--epochs', '1', '--out', out]);
  refused(
    await run('pretrain', [...SMOKE, '--data', own, '--out', out]),
    new RegExp(`${literally(out)}: holds a run already\\. It is finished: choose another --out`),
  );
  copyFileSync(await file(all.slice(1, 9)), own);
  const before = readFileSync(join(out, 'result.json'), 'utf8');
  refused(await run('pretrain', ['--resume', out]), /data are not those that the run began with/);
  assert.is(readFileSync(join(out, 'result.json'), 'utf8'), before);
  const empty = fresh();
  mkdirSync(empty);
  refused(await run('pretrain', ['--resume', empty]), /holds no run .*nothing to resume/);
  refused(await run('finetune', ['--resume', empty]), /holds no fine-tuning .*nothing to resume/);
});

/** Runs a script whose output goes to a reader that leaves after the first piece, or to a file. */
function unread(script: Script, args: readonly string[], to?: string): Promise<{ code: number | null; said: string }> {
  const stdout = to === undefined ? 'pipe' : openSync(to, 'w');
  const words = ['--import', 'tsx', `experiments/${script}.ts`, ...args];
  const child = spawn(process.execPath, words, { stdio: ['ignore', stdout, 'pipe'] });
  let said = '';
  child.stdout?.once('data', () => child.stdout!.destroy());
  child.stderr!.on('data', (chunk) => (said += chunk));
  return new Promise((done) => child.on('close', (code) => done({ code, said })));
}

test('a closed pipe and a full device end no training: one line on the other output, the same files', async () => {
  const outputs = [undefined, ...(existsSync('/dev/full') ? ['/dev/full'] : [])];
  for (const to of outputs) {
    const out = fresh();
    const { code, said } = await unread('pretrain', await pretrain(out), to);
    assert.is(code, 0, said);
    assert.match(said, /^What is printed is lost from here on \(.*\); everything else goes on\.\n$/);
    sameBytes(out, await undisturbed, to ?? 'a closed pipe');
  }
  // Where nothing is made but output, a closed pipe is the end, and a full device a failure.
  const explain = [await data, await data, await data];
  const progress = /^Reading .* \.\.\.\n/gm;
  const closed = await unread('explain', explain);
  assert.equal({ ...closed, said: closed.said.replace(progress, '') }, { code: 0, said: '' });
  if (outputs.length > 1) {
    const { code, said } = await unread('explain', explain, '/dev/full');
    assert.is(code, 1);
    assert.match(said.replace(progress, ''), /^The output cannot be written: the disk is full.*\n$/);
  }
});

test('weights that are no numbers are refused wherever a network is taken from; the tensor is named', async () => {
  const out = await copied();
  const checkpoint = readCheckpoint(join(out, BEST));
  const [name, { shape, data: numbers }] = Object.entries(checkpoint.parameters)[2];
  for (const bad of [NaN, -Infinity, 1e300]) {
    const values = Float64Array.from(numbers as ArrayLike<number>).fill(bad, 0, 1);
    const parameters = { ...checkpoint.parameters, [name]: { shape, data: values } };
    await writeCheckpoint(join(out, BEST), { ...checkpoint, parameters });
    assert.throws(
      () => checkpointOf(out),
      (error: Error) => error.message.includes(`${name} cannot be used: it holds ${bad}`),
    );
  }
  const outcome = await run('evaluate', [out, '--data', await data, '--out', fresh()]);
  refused(outcome, /best\.safetensors: .* cannot be used: it holds 1e\+300, expected finite numbers/);
  refused(await run('pretrain', ['--resume', out]), /best\.safetensors: .* cannot be used/);
});

test('folders that are none, and names that no terminal should see', async () => {
  const hasOdd = hasAnyNames('control bytes in names of folders, names that are too long');
  const odd = join(fresh(), hasOdd ? 'a\u001b[31m\nb' : 'a b');
  const cases: [string, RegExp][] = [
    [await data, /data\.extxyz\.gz: is a file, expected a folder/],
    [join(odd, '\u0000'), /zero byte/],
    ...(hasOdd ? [[join(fresh(), 'x'.repeat(300)), /the path is too long/] as [string, RegExp]] : []),
  ];
  for (const [path, message] of cases) {
    const said = explain(thrown(() => openRun(path, false)));
    assert.match(said ?? 'nothing', message);
    assert.not.match(said!, /\p{Cc}/u);
  }
  const link = fresh('link');
  const hasLink = canLink('a link to nothing as a folder');
  if (hasLink) symlinkSync('nowhere', link);
  for (const path of hasLink ? [link, join(link, 'run')] : [])
    assert.match(explain(thrown(() => openRun(path, false)))!, /is a link to nothing, expected a folder/);
  assert.match(explain(thrown(() => openRun('', false)))!, /name of a folder, got ''/);
  openRun(odd, false).close();
  const deeper = explain(thrown(() => openRun(join(odd, 'deeper'), true)))!;
  assert.match(deeper, hasOdd ? /a\\x1b\[31m\\nb\/deeper: holds no run/ : /a b[\\/]deeper: holds no run/);
});

test('numbers of a checkpoint come back as they were', async () => {
  const path = join(await copied(), 'numbers.safetensors');
  const values = { single: Float64Array.of(0.5, -0, Infinity, NaN), double: Float64Array.of(0.1, 1e300, 2 ** 53) };
  const parameters = Object.fromEntries(
    Object.entries(values).map(([name, numbers]) => [name, { shape: [numbers.length], data: numbers }]),
  );
  await writeCheckpoint(path, { parameters, optimiser: parameters, loop: { step: 3 } });
  const read = readCheckpoint(path);
  for (const [name, numbers] of Object.entries(values)) {
    for (const part of [read.parameters, read.optimiser]) {
      assert.ok(
        [...numbers].every((x, k) => Object.is((part[name].data as Float64Array)[k], x)),
        name,
      );
    }
  }
  assert.equal(read.loop, { step: 3 });
});

test.run();
