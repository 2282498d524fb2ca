/**
 * The lock of a folder: held by one living process, taken over from a dead one, never by two.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockFolder } from '../../files/lock.ts';
import { fresh } from '../experiments/runs.ts';
import { canLink, hasPipes } from '../support/system.ts';

const factor = Number(process.env.LATTIGRAD_RUNS ?? 1);
const folder = (): string => {
  const path = fresh('lock');
  mkdirSync(path);
  return path;
};
/** The number of a process that is no more. */
const dead = spawnSync(process.execPath, ['-e', '']).pid;
const lock = (path: string, content: unknown, name = 'run.lock') =>
  writeFileSync(join(path, name), typeof content === 'string' ? content : JSON.stringify(content));
const owner = (pid: number, host = hostname(), since = new Date().toISOString()) => ({ pid, host, since });

test('held once, given back, held again; nothing is left over', () => {
  const path = folder();
  const unlock = lockFolder(path);
  assert.throws(() => lockFolder(path), /is in use by process/);
  unlock();
  lockFolder(path)();
  assert.equal(readdirSync(path), []);
});

test('the lock of a living process and of another machine hold', () => {
  const path = folder();
  lock(path, owner(process.ppid));
  assert.throws(() => lockFolder(path), new RegExp(`in use by process ${process.ppid} on .*Wait for it, stop it`));
  lock(path, owner(dead, 'elsewhere'));
  assert.throws(() => lockFolder(path), /on elsewhere since 20.*gone for good, remove .*run\.lock/);
  assert.equal(readdirSync(path), ['run.lock']);
});

test('locks of the dead, of an earlier process with our number, and of nobody are taken over', () => {
  const nobody = [
    '',
    '{"pid":',
    'null',
    '[]',
    '3',
    '\u0000\u0000',
    ...[0, -1, 1.5, '1', null].map((pid) => owner(pid as number)),
  ];
  for (const stale of [owner(dead), owner(process.pid), ...nobody]) {
    const path = folder();
    lock(path, stale);
    // Killed while it took over, at that.
    lock(path, owner(dead), 'run.lock.removal');
    const unlock = lockFolder(path);
    assert.throws(() => lockFolder(path), /in use/);
    unlock();
    assert.equal(readdirSync(path), [], JSON.stringify(stale));
  }
});

if (process.platform === 'linux') {
  test('a number that has gone to another process holds nothing: other births, old locks from before it, the ended', async () => {
    const parent = owner(process.ppid);
    const path = folder();
    const unlock = lockFolder(path);
    const mine = JSON.parse(readFileSync(join(path, 'run.lock'), 'utf8')) as { birth: string };
    unlock();
    assert.match(mine.birth, /^\S+ \d+$/);
    const [boot] = mine.birth.split(' ');
    const zombie = spawn('sh', ['-c', 'sleep 0.1 >&2 & echo $!; exec sleep 20'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = await new Promise<number>((done) => zombie.stdout.once('data', (text) => done(Number(text))));
    const state = () => readFileSync(`/proc/${ended}/stat`, 'utf8').split(') ')[1]?.[0];
    while (state() !== 'Z') await wait(5);
    for (const stale of [
      { ...parent, birth: `${boot} 1` },
      { ...parent, birth: mine.birth },
      { ...parent, birth: 'another-boot 12345' },
      owner(process.ppid, hostname(), '2001-01-01T00:00:00.000Z'),
      owner(ended),
    ]) {
      lock(path, stale);
      lockFolder(path)();
      assert.equal(readdirSync(path), [], JSON.stringify(stale));
    }
    zombie.kill();
    // Nothing is known of when it was taken: it holds.
    for (const since of ['', 'long ago']) {
      lock(path, owner(process.ppid, hostname(), since));
      assert.throws(() => lockFolder(path), /in use by process .*If that process is something else, remove /);
    }
  });
} else test.skip('a number that has gone to another process holds nothing');

test('a lock of any size is read in no time, and what it says fits on a line', () => {
  const path = folder();
  lock(path, '');
  truncateSync(join(path, 'run.lock'), 2 ** 32);
  lockFolder(path)();
  assert.equal(readdirSync(path), []);
  lock(path, owner(1, 'far\n'.repeat(1000), '\u001b[31m'.repeat(100)));
  assert.throws(
    () => lockFolder(path),
    ({ message }: Error) => message.length < 600 && !/\p{Cc}/u.test(message),
  );
});

test('what is not a file is no lock: one message, and it stays', () => {
  for (const put of [
    (at: string) => void mkdirSync(at),
    ...(canLink('a link in the place of a lock') ? [(at: string) => symlinkSync('nowhere', at)] : []),
    ...(hasPipes('a pipe in the place of a lock') ? [(at: string) => void execFileSync('mkfifo', [at])] : []),
  ]) {
    const path = folder();
    put(join(path, 'run.lock'));
    assert.throws(() => lockFolder(path), /run\.lock: is not a file, so it cannot be the lock of a run/);
    assert.equal(readdirSync(path), ['run.lock']);
  }
});

/** Runs `body` on a disk that has no hard links, as far as this process sees. */
function withoutLinks<T>(code: string, body: () => T): T {
  const { linkSync } = fs;
  fs.linkSync = () => {
    throw Object.assign(new Error(`${code}: link`), { code });
  };
  syncBuiltinESMExports();
  try {
    return body();
  } finally {
    fs.linkSync = linkSync;
    syncBuiltinESMExports();
  }
}

test('where a disk has no hard links: held once, taken over from the dead, given back', () => {
  for (const code of ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EISDIR']) {
    const path = folder();
    lock(path, owner(dead));
    withoutLinks(code, () => {
      const unlock = lockFolder(path);
      const { pid } = JSON.parse(readFileSync(join(path, 'run.lock'), 'utf8')) as { pid: number };
      assert.is(pid, process.pid, 'the lock says whose it is');
      assert.throws(() => lockFolder(path), /is in use by process/);
      unlock();
      assert.equal(readdirSync(path), []);
      lock(path, owner(process.ppid));
      assert.throws(() => lockFolder(path), /is in use by process/);
    });
    assert.equal(readdirSync(path), ['run.lock']);
  }
});

test('a link that fails for another reason is no lock', () => {
  const path = folder();
  assert.throws(() => withoutLinks('EIO', () => lockFolder(path)), /EIO/);
  assert.equal(readdirSync(path), []);
});

/**
 * Waits for a common moment, tries, says so, and holds the lock until told to end. Before and after each operation on the
 * disk it sleeps a little, so that what can come in between does.
 */
const racer = (path: string, at: number, hasLinks: boolean): string => `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { lockFolder } = await import('${new URL('../../files/lock.ts', import.meta.url)}');
  const still = new Int32Array(new SharedArrayBuffer(4));
  const pause = () => Atomics.wait(still, 0, 0, 15 * Math.random());
  if (!${hasLinks}) fs.linkSync = () => { throw Object.assign(new Error('no links'), { code: 'EPERM' }); };
  for (const name of ['linkSync', 'writeFileSync', 'readFileSync', 'renameSync', 'rmSync']) {
    const original = fs[name];
    fs[name] = (...args) => {
      pause();
      try { return original(...args); } finally { pause(); }
    };
  }
  syncBuiltinESMExports();
  while (Date.now() < ${at});
  try { lockFolder(${JSON.stringify(path)}); console.log('won'); } catch (error) { console.log('lost: ' + error.message); }
  process.stdin.resume();
`;

test('of several processes that want a stale lock exactly one wins, with hard links and without', async () => {
  for (let round = 0; round < 3 * factor; round++) {
    const hasLinks = round % 3 > 0;
    const path = folder();
    lock(path, owner(dead));
    const at = Date.now() + 2500;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', racer(path, at, hasLinks)]),
    );
    const said = await Promise.all(
      children.map(
        (child) =>
          new Promise<string>((done) => {
            child.stdout.once('data', (chunk) => done(String(chunk).trim()));
            child.once('close', (code) => done(`ended with ${code}`));
          }),
      ),
    );
    for (const child of children) child.stdin.end();
    assert.is(said.filter((text) => text === 'won').length, 1, said.join('\n'));
    for (const text of said) assert.match(text, /won|lost: .*(in use by process|several processes want)/);
    assert.ok(existsSync(join(path, 'run.lock')));
  }
});

test.run();
