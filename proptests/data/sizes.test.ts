/** Large structures can be left out: before others are drawn, in pre-training and in fine-tuning, and it is said. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

import { noLarger } from '../../data/selection.ts';
import { finetuningData } from '../../training/finetuning.ts';
import { finetunePreset, pretrainPreset } from '../../training/presets.ts';
import { pretrainingData } from '../../training/pretraining.ts';
import { crystals, file } from '../experiments/runs.ts';
import { check } from '../support/check.ts';

test('what is left has at most so many atoms, in its order, and nothing else is lost', () =>
  check(
    fc.tuple(fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 9 })), fc.option(fc.integer({ min: 1, max: 9 }))),
    ([lists, maxAtoms]) => {
      const all = lists.map((numbers) => ({ numbers }));
      const { structures, notes } = noLarger(all, maxAtoms);
      const expected = all.filter(({ numbers }) => maxAtoms === null || numbers.length <= maxAtoms);
      assert.equal(structures, expected);
      assert.is(notes.length, expected.length < all.length ? 1 : 0);
      if (notes.length > 0) assert.ok(notes[0].startsWith(`${all.length - expected.length} structures left out`));
    },
    100,
  ));

test('both trainings draw from those that fit', async () => {
  const made = await crystals(30);
  const maxAtoms = 2;
  const fitting = made.filter(({ numbers }) => numbers.length <= maxAtoms).length;
  assert.ok(fitting > 6 && fitting < made.length, `${fitting} of ${made.length} fit`);
  const path = await file(made);
  const pretrain = { ...pretrainPreset('smoke'), data: [path], most: fitting, maxAtoms };
  const finetune = { ...finetunePreset('smoke'), data: path, most: fitting, maxAtoms };
  for (const data of [await pretrainingData(pretrain), await finetuningData(finetune)]) {
    assert.ok(data.structures.every(({ numbers }) => numbers.length <= maxAtoms));
    assert.is(data.structures.length, fitting);
    assert.ok(
      data.notes.some((note) => note.includes('more than 2 atoms')),
      data.notes.join('; '),
    );
  }
});

test.run();
