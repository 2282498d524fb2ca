/** A configuration that the user gives, damaged in every way. LATTIGRAD_RUNS draws more damages. */
import { cpSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfigFile } from '../../experiments/config/resolve.ts';
import { explain } from '../../files/errors.ts';
import { pretrainPreset } from '../../training/presets.ts';
import { jsonText } from '../../training/run-folder/folder.ts';
import { seed } from '../support/check.ts';
import { ofJson, REPLACEMENTS } from '../support/damage.ts';
import { fresh } from './runs.ts';

const factor = Number(process.env.LATTIGRAD_RUNS ?? 1);

test('a configuration of the user: what can be read is read as it is, or refused in one line', async () => {
  const healthy = fresh('config');
  writeFileSync(healthy, jsonText(pretrainPreset('smoke')));
  const wanted = JSON.stringify(readConfigFile(healthy));
  for (const damage of [...REPLACEMENTS, ...fc.sample(ofJson, { numRuns: 200 * factor, seed })]) {
    const path = fresh('config');
    cpSync(healthy, path);
    damage.apply(path);
    try {
      const found = JSON.stringify(readConfigFile(path));
      if (!/wrong type|JSON|__proto__/.test(damage.name)) assert.is(found, wanted, damage.name);
    } catch (error) {
      const said = explain(error);
      assert.ok(said !== undefined && said.length < 500 && !/\p{Cc}/u.test(said), `${damage.name}: ${said ?? error}`);
    }
  }
});

test.run();
