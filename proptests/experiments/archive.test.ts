/**
 * Archives of runs: whole, the same bytes every time, free of what is nobody's business, and good for drawing tables.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockFolder } from '../../files/lock.ts';
import { namesMachine, withoutFolders } from '../../files/machine-paths.ts';
import type { Archive } from '../../training/run-folder/archive.ts';
import { RECORD, readRunRecords, writeRecord } from '../../training/run-folder/record.ts';
import { check } from '../support/check.ts';
import { canLink } from '../support/system.ts';
import { needsTar, unpacked } from '../support/tar.ts';
import { crystals, file, finish, fresh, readJson, refused, run } from './runs.ts';

/** A table of two rows, one pre-trained, on one property: the flags that make it, and its folder. */
async function smallTable(): Promise<{ readonly out: string; readonly flags: readonly string[] }> {
  const out = fresh('table');
  const all = await crystals(14);
  const [property, forces] = [await file(all, 'prop'), await file(all, 'pull')];
  const flags = [
    ...[
      '--preset',
      'smoke',
      '--datasets',
      property,
      '--sources',
      forces,
      '--strategies',
      'none',
      'equal',
      '--seeds',
      '1,2',
    ],
    ...['--pretrain-epochs', '1', '--finetune-epochs', '2', '--pretrain-set', 'training.batch.structures=4'],
  ];
  await finish('table2', [...flags, '--out', out]);
  return { out, flags };
}
const table = smallTable();

interface Manifest extends Archive {
  readonly commit: string | null;
  readonly licence: string;
  readonly machinePaths: never;
}
const manifestIn = (folder: string) =>
  readJson(folder, 'manifest.json') as Omit<Manifest, 'runs' | 'machinePaths'> & {
    readonly runs: number;
    readonly machinePaths: { readonly files: readonly string[] };
  };
const sum = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const filesBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => statSync(join(folder, path)).isFile()).sort();

needsTar(test, 'an archive arrives whole, and draws the same tables', async () => {
  const { out, flags } = await table;
  const archive = join(fresh('archives'), 'runs.tar.gz');
  const said = await finish('archive', [out, '--out', archive, '--author', 'Doe, Jane', '--title', 'A "small" table']);
  assert.match(said, /^5 runs, /m, 'one pre-training, two rows of two seeds');
  const top = join(unpacked(archive), 'lattigrad-runs');

  const { runs, files, licence } = manifestIn(top);
  assert.is(runs, 5);
  assert.is(licence, 'CC-BY-4.0');
  assert.equal(filesBelow(top), [...files.map(({ path }) => path), 'manifest.json', 'SHA256SUMS'].sort());
  for (const { path, bytes, sha256 } of files) {
    assert.is(statSync(join(top, path)).size, bytes, path);
    assert.is(sum(join(top, path)), sha256, path);
  }
  const sums = readFileSync(join(top, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
  assert.is(sums.length, files.length + 1);
  for (const line of sums) assert.is(sum(join(top, line.slice(66))), line.slice(0, 64), line);
  assert.match(readFileSync(join(top, 'CITATION.cff'), 'utf8'), /family-names: "Doe"\n {4}given-names: "Jane"/);
  assert.match(readFileSync(join(top, 'CITATION.cff'), 'utf8'), /title: "A \\"small\\" table"/);
  assert.match(readFileSync(join(top, 'LICENSE'), 'utf8'), /CC-BY-4\.0/);
  assert.match(readFileSync(join(top, 'README.md'), 'utf8'), /npm run table2 -- --preset smoke --datasets prop/);

  // Tables from the unpacked folder; what was there is moved away, so that it is drawn anew.
  const below = join(top, 'runs');
  const drawn = readdirSync(below).filter((name) => name.startsWith('table2-smoke'));
  assert.ok(drawn.length >= 5, drawn.join());
  for (const name of drawn) renameSync(join(below, name), join(top, name));
  await finish('table2', [...flags, '--no-run', '--out', below]);
  for (const name of drawn) {
    assert.is(sum(join(below, name)), sum(join(top, name)), name);
    assert.is(sum(join(below, name)), sum(join(out, name)), name);
  }
  // The record is the one of the unpacked runs.
  const record = sum(join(below, RECORD));
  assert.is((await writeRecord(below)).length, 5);
  assert.is(sum(join(below, RECORD)), record);
  for (const one of readRunRecords(below).values()) {
    assert.is(one.network!.sha256, sum(join(below, one.run, 'best.safetensors')));
    assert.is(one.configuration, sum(join(out, one.run, 'config.json')), 'configurations are as they were');
  }
});

needsTar(test, 'what is not for others stays at home, and the rest is the same bytes', async () => {
  const folder = fresh('mixed');
  cpSync((await table).out, folder, { recursive: true });
  const archive = async (name: string, from = folder) => {
    const path = join(fresh('archives'), name);
    return { path, said: await finish('archive', [from, '--out', path]) };
  };
  const clean = await archive('clean.tar.gz');
  const seed = join(folder, 'finetune/cgcnn-smoke/prop/none/seed-1');
  const put = (path: string, text = 'secret') => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  put(join(seed, 'notes.txt'));
  put(join(seed, 'best.safetensors.12-3.tmp'));
  put(join(seed, 'plots/old.png.bak'));
  put(
    join(seed, 'run.lock'),
    JSON.stringify({ pid: 2 ** 22 + 1, host: 'gone', since: '2020-01-01' }).replace('gone', hostOf()),
  );
  put(join(folder, '.git/config.md'));
  put(join(folder, '.env'));
  put(join(folder, 'draft.docx'));
  put(join(folder, 'unfinished/seed-1/config.json'), '{"task":"finetune"}');
  put(join(folder, 'unfinished/seed-1/metrics.jsonl'));
  put(join(fresh('elsewhere'), 'secret.md'));
  symlinkSync(join((await table).out, 'pretrain'), join(folder, 'linked'), 'junction');
  const hasLinks = canLink('a link to a file among runs');
  if (hasLinks) symlinkSync('/etc/hostname', join(folder, 'host.md'));
  const mixed = await archive('mixed.tar.gz');

  const [before, after] = [clean, mixed].map(({ path }) => join(unpacked(path), 'lattigrad-runs'));
  const names = filesBelow(after);
  assert.equal(names, filesBelow(before));
  for (const name of names) {
    if (name !== 'manifest.json' && name !== 'SHA256SUMS')
      assert.is(sum(join(after, name)), sum(join(before, name)), name);
    assert.not.ok(readFileSync(join(after, name)).includes('secret'), name);
    assert.not.match(name, /log\.txt|last\.safetensors|lock|tmp|unfinished|linked|host/);
  }
  const { leftOut, machinePaths } = manifestIn(after);
  const count = Object.fromEntries(leftOut.map(({ reason, files }) => [reason.split(' ')[0], files]));
  assert.is(count['links,'], hasLinks ? 2 : 1);
  assert.is(leftOut.find(({ reason }) => /not finished/.test(reason))!.files, 2);
  assert.is(leftOut.find(({ reason }) => /neither/.test(reason))!.files, 5);
  assert.match(mixed.said, /left out: 2 files of runs that are not finished/);

  // Files stood at absolute paths: commands forget them, configurations are as they were, which is said.
  assert.ok(machinePaths.files.includes('runs/finetune/cgcnn-smoke/prop/none/seed-1/config.json'));
  assert.ok(machinePaths.files.includes(`runs/${RECORD}`));
  assert.match(mixed.said, /Paths of a machine, which may name a person, stand in \d+ files/);
  for (const name of names.filter((path) => basename(path) === 'environment.json')) {
    const starts = readJson(after, name) as { readonly command: readonly string[] }[];
    assert.not.ok(starts.some(namesMachine), name);
    assert.ok(starts[0].command.includes('prop.extxyz.gz'), name);
  }

  const copy = join(fresh('elsewhere'), 'copy');
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  const again = await archive('other.tar.gz', copy);
  assert.is(sum(again.path), sum(mixed.path), 'equal folders give equal bytes');
});

/** The host that locks of this machine name. */
function hostOf(): string {
  const folder = fresh('locked');
  mkdirSync(folder);
  const unlock = lockFolder(folder);
  const { host } = readJson(folder, 'run.lock') as { host: string };
  unlock();
  return host;
}

test('one finished run is an archive, too', async () => {
  const { out } = await table;
  const to = join(fresh('one'), 'run.tar.gz');
  const text = await finish('archive', [join(out, 'pretrain/cgcnn-smoke/equal'), '--out', to]);
  assert.match(text, /^1 runs/m);
});

test('what cannot be archived is refused, and leaves nothing behind', async () => {
  const folder = fresh('refused');
  cpSync((await table).out, folder, { recursive: true });
  const outside = fresh('archives');
  const out = join(outside, 'a.tar.gz');
  const attempt = (...args: string[]) => run('archive', args);
  refused(await attempt(join(folder, 'nowhere'), '--out', out), /nowhere: is not there, expected a folder with runs/);
  refused(await attempt(join(folder, 'table2-smoke.md'), '--out', out), /is a file, expected a folder/);
  refused(await attempt(folder, '--out', join(folder, 'a.tar.gz')), /lies inside/);
  refused(await attempt(folder, '--out', join(folder, 'new', 'a.tar.gz')), /lies inside/);
  mkdirSync(outside);
  symlinkSync(folder, join(outside, 'link'), 'junction');
  refused(await attempt(folder, '--out', join(outside, 'link', 'a.tar.gz')), /lies inside/, 'by a link');
  refused(await attempt(folder, '--out', join(outside, 'a.zip')), /expected a name that ends in \.tar\.gz/);
  refused(await attempt(folder, '--out', out, '--licence', 'do what you want'), /identifier of https:\/\/spdx/);
  refused(await attempt(folder, '--out', out, '--date', '2024-02-30'), /Expected a day as YYYY-MM-DD/);
  const empty = join(outside, 'empty');
  mkdirSync(empty);
  refused(await attempt(empty, '--out', out), /holds no finished run/);
  const seed = join(folder, 'finetune/cgcnn-smoke/prop/none/seed-1');
  const unlock = lockFolder(seed);
  refused(await attempt(folder, '--out', out), /is in use by process \d+/, 'a run that is being written');
  unlock();
  copyFileSync(join(seed, 'result.json'), join(seed, 'environment.json'));
  refused(await attempt(folder, '--out', out), /environment\.json: .*list of the starts/);
  assert.equal(readdirSync(outside).sort(), ['empty', 'link']);
  assert.not.ok(existsSync(join(folder, 'a.tar.gz')));
  writeFileSync(out, 'mine');
  refused(await attempt((await table).out, '--out', out), /a\.tar\.gz: is there already/);
  assert.is(readFileSync(out, 'utf8'), 'mine');
});

test('no path of a machine is left in a command, and other words are as they were', () => {
  const name = fc.constantFrom('ann', 'set.extxyz.gz', 'my runs', 'a.b');
  const root = fc.constantFrom(
    '/',
    '/home/',
    '~/',
    '~ann/',
    'C:\\',
    'd:/',
    '\\\\server\\',
    '../',
    '../../home/',
    'x/../home/',
  );
  const harmless = fc.constantFrom(
    '--out',
    'docs/study',
    '1,2,3',
    '0:1:1',
    'training.clip=5',
    'phonons',
    '1/cm',
    'runs/a',
    '-',
    '',
  );
  return check(fc.tuple(root, fc.array(name, { minLength: 1, maxLength: 3 }), harmless), ([start, parts, word]) => {
    const path = start + parts.join(start.includes('\\') ? '\\' : '/');
    assert.is(withoutFolders(path), parts.at(-1));
    assert.is(withoutFolders(`--data=${path}`), `--data=${parts.at(-1)}`);
    assert.is(withoutFolders(word), word);
    if (!start.startsWith('../') || start.includes('home'))
      assert.ok(namesMachine({ a: [1, null, { b: path }] }), path);
    assert.not.ok(namesMachine({ a: [word, 1, null] }));
  });
});

test.run();
