/**
 * A run that is killed at any moment, and resumed, ends with the same bytes as one that nobody disturbed.
 *
 * Real processes: SIGKILL from outside at random moments, from inside in the middle of writes (crash.ts), Ctrl-C; on one
 * thread (then without a helper) and on two in turn.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { seed } from '../support/check.ts';
import { hasSignals, needsSystem } from '../support/system.ts';
import { crystals, file, finish, fresh, refused, run, type Script, sameBytes, start, wasKilled } from './runs.ts';

const factor = Number(process.env.LATTIGRAD_RUNS ?? 1);
const data = crystals(14).then((made) => file(made));
const SMOKE = ['--preset', 'smoke', '--checkpoint-seconds', '0'];
const pretrain = async () => [...SMOKE, '--data', await data, '--epochs', '3', '--batch', '2'];

/** Two threads and a helper, or one thread and none. */
const threads = (k: number) => ({ LATTIGRAD_THREADS: String(1 + (k % 2)) });

type Moment = { readonly after: number } | { readonly crash: string };
const name = fc.constantFrom('last', 'best', 'metrics', 'predictions', 'plots', 'result', '(config|data|environment)');
/** Mostly while it trains; sometimes while it starts, and often in the middle of a write. */
const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 2500 }) }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('half', 'whole', 'renamed'), fc.nat(12), name)
      .map(([point, n, which]) => ({ crash: `${point}:${which === 'last' ? n : n % 2}:${which}` })),
  },
  { weight: 1, arbitrary: fc.nat(3).map((n) => ({ crash: `append:${n}:metrics` })) },
);
const moments = (count: number, salt: number): Moment[] =>
  fc.sample(moment, { numRuns: Math.max(1, Math.round(count * factor)), seed: seed + salt });

/** Starts, is killed, goes on, is killed ... Returns how often a kill came before the end. */
async function disturbed(
  script: Script,
  args: readonly string[],
  out: string,
  begun: string,
  kills: readonly Moment[],
): Promise<number> {
  // A run that was killed before it stored what it was told is begun again.
  const words = () => (existsSync(join(out, begun)) ? ['--resume', out] : [...args, '--out', out]);
  const all = () => [...words(), '--checkpoint-seconds', '0'];
  let killed = 0;
  for (const [k, kill] of kills.entries()) {
    const env = { ...threads(k), ...('crash' in kill ? { CRASH: kill.crash } : {}) };
    const started = start(script, all(), env);
    if ('after' in kill) {
      const ended = await Promise.race([started.done, wait(kill.after)]);
      if (!ended) started.child.kill('SIGKILL');
    }
    const ended = await started.done;
    assert.ok(wasKilled(ended) || ended.code === 0, `${JSON.stringify(kill)}: ${ended.code}\n${ended.text}`);
    if (wasKilled(ended)) killed++;
    else if (existsSync(join(out, 'result.json'))) break;
  }
  await finish(script, all(), threads(kills.length));
  return killed;
}

const undisturbed = pretrain().then(async (args) => {
  const out = fresh('undisturbed');
  await finish('pretrain', [...args, '--out', out], { LATTIGRAD_THREADS: '2' });
  return out;
});

test('one thread without a helper, and two with one: the same bytes', async () => {
  const out = fresh();
  await finish('pretrain', [...(await pretrain()), '--out', out], { LATTIGRAD_THREADS: '1' });
  sameBytes(out, await undisturbed, 'threads');
});

test('a pre-training killed at random moments ends with the same bytes', async () => {
  const out = fresh();
  const last: Moment[] = [{ crash: 'half:5:last' }, { crash: 'append:1:metrics' }];
  const killed = await disturbed('pretrain', await pretrain(), out, 'config.json', [...last, ...moments(1, 1)]);
  assert.ok(killed >= 2, `${killed} kills`);
  sameBytes(out, await undisturbed, 'killed');
});

for (const threads of ['1', '2'])
  needsSystem(
    hasSignals,
    test,
    `Ctrl-C (${threads} threads): exit code 130, a hint, the same bytes after resuming`,
    async () => {
      const out = fresh();
      const { child, done, saw } = start('pretrain', [...(await pretrain()), '--out', out], {
        LATTIGRAD_THREADS: threads,
      });
      await saw(/untrained/);
      child.kill('SIGINT');
      const { code, text } = await done;
      assert.is(code, 130, text);
      assert.match(text, /press Ctrl-C again to end at once/);
      assert.ok(text.includes(`npm run pretrain -- --resume ${out}`), text);
      assert.not.ok(existsSync(join(out, 'run.lock')), 'the folder is given back');
      assert.not.ok(existsSync(join(out, 'result.json')));
      const again = await finish('pretrain', ['--resume', out]);
      assert.match(again, /Reading .*\n(.*\n)*Preset .*\n(.*\n)*Finding neighbours .*\n(.*\n)*Compiling /);
      assert.match(again, /Goes on in epoch \d of 3, after step \d+ of \d+/);
      sameBytes(out, await undisturbed, 'interrupted');
    },
  );

needsSystem(hasSignals, test, 'Ctrl-C twice ends at once, and the folder can be resumed', async () => {
  const out = fresh();
  const { child, done, saw } = start('pretrain', [...(await pretrain()), '--epochs', '2000', '--out', out]);
  await saw(/untrained/);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const { code, text } = await done;
  assert.is(code, 130, text);
  const resumed = start('pretrain', ['--resume', out]);
  await resumed.saw(/Goes on|epoch/);
  resumed.child.kill('SIGINT');
  assert.is((await resumed.done).code, 130);
});

test('a fine-tuning with two seeds, patience and means of weights, killed in between, ends with the same bytes', async () => {
  const [whole, parts, network] = [fresh(), fresh(), await undisturbed];
  const early = ['--epochs', '12', '--patience', '2', '--average', '0.7', '--learning-rate', '0.03'];
  const args = [...SMOKE, '--data', await data, '--from', network, '--seeds', '1,2', '--batch', '4', ...early];
  const calm = finish('finetune', [...args, '--out', whole]);
  const last: Moment[] = [{ crash: 'whole:0:seed-2/result' }, { crash: 'renamed:0:seed-2/result' }];
  const kills: Moment[] = [{ crash: 'half:4:last' }, ...last, ...moments(1, 2)];
  await disturbed('finetune', args, parts, 'repeats.json', kills);
  await calm;
  sameBytes(parts, whole, 'fine-tuning');
  const epochs = (seed: number) =>
    readFileSync(join(whole, `seed-${seed}`, 'metrics.jsonl'), 'utf8').split('\n').length - 2;
  assert.ok(epochs(1) < 12 || epochs(2) < 12, 'patience ended neither');
});

test('the whole story, killed, ends with the same bytes', async () => {
  const [whole, parts, forces] = [fresh('story'), fresh('story'), await data];
  const flags = ['--preset', 'smoke', '--pretrain', forces, '--finetune', forces, '--seeds', '1,2'];
  const calm = finish('start', [...flags, '--out', whole]);
  // What is finished is not done again, so a random number of files of any kind is written before each end.
  const moment = fc.tuple(fc.constantFrom('half', 'whole', 'renamed'), fc.integer({ min: 5, max: 60 }));
  const drawn = fc.sample(moment, { numRuns: Math.round(2 * factor), seed });
  for (const [k, CRASH] of ['renamed:0:pretrain/result', ...drawn.map(([point, n]) => `${point}:${n}:`)].entries()) {
    const ended = await run('start', [...flags, k === 0 ? '--out' : '--resume', parts], { CRASH });
    assert.ok(wasKilled(ended) || (k > 0 && ended.code === 0), `${CRASH} ${ended.code}\n${ended.text}`);
  }
  await finish('start', [...flags, '--resume', parts]);
  assert.match(await calm, /Fine-tuning on volume \(A\^3\) of .*, the target that its comment lines name: /);
  sameBytes(parts, whole, 'story', [parts, whole]);
  const other = await run('start', [...flags, '--finetune-epochs', '9', '--resume', parts]);
  refused(other, /holds a run with other settings \(training\.epochs: \d there, 9 wanted\)/);
  refused(await run('start', [...flags, '--resume', fresh()]), /no such folder, so there is no story/);
});

test.run();
