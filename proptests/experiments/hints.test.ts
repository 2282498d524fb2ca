/**
 * What a pre-training says of data that are wrong: one file under two names, structures that are tested and learnt from,
 * forces without energies, a cutoff that means millions of edges.
 */
import { copyFileSync, symlinkSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LabelledStructure } from '../../data/index.ts';
import type { PretrainConfig } from '../../training/config.ts';
import { pretrainPreset } from '../../training/presets.ts';
import { pretrainingData } from '../../training/pretraining.ts';
import { canLink } from '../support/system.ts';
import { crystals, file } from './runs.ts';

const config = (data: string[], over: Partial<PretrainConfig> = {}): PretrainConfig => ({
  ...pretrainPreset('smoke'),
  data,
  ...over,
});
const refusal = (config: PretrainConfig): Promise<string> =>
  pretrainingData(config).then(
    () => 'not refused',
    (error: unknown) => (error as Error).message,
  );
const withoutEnergy = ({ energy: _, ...rest }: LabelledStructure): LabelledStructure => rest;

test('healthy data: no hint, and no note on repeats, distances or references', async () => {
  const { notes, hint } = await pretrainingData(config([await file(await crystals(30))]));
  assert.is(hint, undefined);
  assert.equal(
    notes.filter((note) => /repeat|closer|learnt from|reference/.test(note)),
    [],
  );
});

test('one file under two names is refused, as a copy and as a link', async () => {
  const one = await file(await crystals(10), 'one');
  const [copy, link] = [one.replace('one.', 'copy.'), one.replace('one.', 'link.')];
  copyFileSync(one, copy);
  const hasLink = canLink('a link to data that are given, too');
  if (hasLink) symlinkSync(one, link);
  for (const other of hasLink ? [copy, link] : [copy]) {
    assert.is(await refusal(config([one, other])), `${one} and ${other} are the same bytes. Give each file once.`);
  }
});

test('the same structures in two files are tested and learnt from, and a note says so', async () => {
  const structures = await crystals(40);
  const files = [await file(structures, 'one'), await file([...structures].reverse(), 'two')];
  const { notes } = await pretrainingData(config(files));
  assert.ok(
    notes.some((note) => note.startsWith('40 of 80 structures repeat another')),
    notes.join('\n'),
  );
  assert.ok(
    notes.some((note) => /^\d+ of \d+ test structures are learnt from, too/.test(note)),
    notes.join('\n'),
  );
});

test('forces without energies: what that means, and no word of references', async () => {
  const structures = (await crystals(30)).map(withoutEnergy);
  const { notes, weights } = await pretrainingData(config([await file(structures)]));
  assert.is(weights[0], 0);
  assert.ok(
    notes.some((note) => /^energy: 0 of 30 .* set to 0\. Forces leave energies open up to a constant/.test(note)),
  );
  assert.equal(
    notes.filter((note) => note.includes('reference')),
    [],
  );
});

test('an absurd cutoff and absurd lengths are refused before neighbours are looked for, a large cutoff is told', async () => {
  const structures = await crystals(30);
  const path = await file(structures);
  const { model } = pretrainPreset('smoke');
  const of = (cutoff: number) => config([path], { model: { ...model, cutoff } });
  assert.match(await refusal(of(400)), /a cutoff of 400 A means about .* neighbours/);
  assert.match((await pretrainingData(of(18))).hint!, /^A cutoff of 18 A means about \d+ neighbours/);
  const inNanometres = structures.map((s) => ({
    ...s,
    positions: s.positions.map((x) => x / 10),
    cell: s.cell.map((x) => x / 10),
  }));
  assert.match(await refusal(config([await file(inNanometres)])), /Are lengths in nm/);
});

test.run();
