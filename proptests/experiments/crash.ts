/**
 * Loaded before a script, makes a chosen write to the disk go wrong: CRASH=POINT:N:PATTERN acts on the N-th write (from
 * 0) of a file whose path matches. Not a test file.
 *
 * Points: `half` and `whole` die by SIGKILL when half or all of a temporary file is written, `renamed` after it took its
 * place, `append` in the middle of an appended line; `full` fails half-way as a full disk does.
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [point, number, pattern = ''] = process.env.CRASH!.split(':');
const matches = new RegExp(pattern);
let seen = 0;
const isNow = (path: unknown): boolean => matches.test(String(path)) && seen++ === Number(number);
const die = (): never => {
  // Windows would say exit code 1, which is that of every failure.
  if (process.platform === 'win32') process.abort();
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing more may reach the disk.
  for (;;);
};

const { open, rename } = promises;
promises.open = (async (path: string, flags: string, ...rest: never[]) => {
  const file = await open(path, flags, ...rest);
  if (flags !== 'w' || !['half', 'whole', 'full'].includes(point) || !isNow(path)) return file;
  const write = file.writeFile.bind(file);
  file.writeFile = async (bytes) => {
    const all = bytes as Uint8Array;
    await write(point === 'whole' ? all : all.subarray(0, all.length >> 1));
    if (point !== 'full') die();
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return file;
}) as typeof open;
promises.rename = async (from, to) => {
  await rename(from, to);
  if (point === 'renamed' && isNow(to)) die();
};
const append = fs.appendFileSync;
fs.appendFileSync = (path, data, ...rest) => {
  if (point !== 'append' || !isNow(path)) return append(path, data, ...rest);
  append(path, (data as Uint8Array).subarray(0, (data as Uint8Array).length >> 1));
  die();
};
syncBuiltinESMExports();
