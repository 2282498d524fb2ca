/**
 * Scaling of a target: it undoes itself, commutes with a change of unit, and is the best of all constants in absolute
 * error; its state survives JSON and nothing else passes for one.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyScaling, fitScaling, invertScaling, medianError, scalingFromJson } from '../../data/scaling.ts';
import { median } from '../../data/statistics.ts';
import { check } from '../support/check.ts';

const value = fc.oneof(
  fc.integer({ min: -1e6, max: 1e6 }).map((x) => x / 1000),
  fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  fc.constantFrom(0, 0, 1, -2.5),
);
const values = fc.array(value, { minLength: 1, maxLength: 40 });
const close = (a: number, b: number, scale = 1): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(scale));
const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;

test('as many values lie below the median as above it, and no constant has a smaller mean error', () =>
  check(
    fc.record({ list: values, other: value }),
    ({ list, other }) => {
      const m = median(list);
      const half = list.length / 2;
      assert.ok(list.filter((x) => x < m).length <= half && list.filter((x) => x > m).length <= half);
      const error = mean(list.map((x) => Math.abs(x - m)));
      assert.ok(close(medianError(list, list), error, error));
      for (const constant of [other, ...list])
        assert.ok(error <= mean(list.map((x) => Math.abs(x - constant))) + 1e-9, `${constant} beats the median ${m}`);
    },
    200,
  ));

test('scaled training values have median 0 and mean size 1; inverting gives them back', () =>
  check(
    values,
    (list) => {
      const scaling = fitScaling(list, 'standard');
      const scaled = list.map((x) => applyScaling(scaling, x));
      const equal = list.every((x) => x === list[0]);
      const tiny = 1e-6 * Math.max(...list.map(Math.abs)) > scaling.spread;
      assert.ok(scaling.spread > 0);
      if (equal) assert.is(scaling.spread, 1);
      if (!tiny) {
        assert.ok(close(median(scaled), 0), 'median');
        assert.ok(close(mean(scaled.map(Math.abs)), equal ? 0 : 1), 'mean size');
      }
      for (const [k, x] of list.entries()) assert.ok(close(invertScaling(scaling, scaled[k]), x, x), `${x}`);
    },
    200,
  ));

test('a change of unit and origin changes what is learnt in nothing', () =>
  check(
    fc.record({ list: values, factor: fc.constantFrom(0.5, 2, 1024), shift: fc.integer({ min: -50, max: 50 }) }),
    ({ list, factor, shift }) => {
      const whole = list.map((x) => Math.round(1024 * x) / 1024);
      const other = whole.map((x) => factor * x + shift);
      const [a, b] = [fitScaling(whole, 'standard'), fitScaling(other, 'standard')];
      whole.forEach((x, k) => {
        const learnt = applyScaling(a, x);
        if (whole.some((y) => y !== whole[0])) assert.ok(close(applyScaling(b, other[k]), learnt, learnt));
      });
      assert.equal(fitScaling([...whole].reverse(), 'standard').centre, a.centre);
    },
  ));

test('none changes no bit, whatever it is fitted on', () =>
  check(fc.record({ list: fc.array(value), x: fc.double({ noNaN: true }) }), ({ list, x }) => {
    const none = fitScaling(list, 'none');
    assert.ok(Object.is(applyScaling(none, x), x) && Object.is(invertScaling(none, x), x + 0));
  }));

test('the state survives JSON bit for bit', () =>
  check(values, (list) => {
    for (const kind of ['standard', 'none'] as const) {
      const scaling = fitScaling(list, kind);
      assert.equal(scalingFromJson(JSON.parse(JSON.stringify(scaling)), 'x'), scaling);
    }
  }));

test('examples, and what is refused', () => {
  assert.equal(fitScaling([1, 2, 10], 'standard'), { kind: 'standard', centre: 2, spread: 3 });
  assert.equal(fitScaling([4, 1], 'standard'), { kind: 'standard', centre: 2.5, spread: 1.5 });
  assert.is(medianError([1, 2, 10], [0, 2]), 1);
  assert.ok(Number.isNaN(medianError([1], [])));
  assert.equal(fitScaling(Float64Array.of(7, 7), 'standard'), { kind: 'standard', centre: 7, spread: 1 });
  assert.throws(() => fitScaling([], 'standard'), /at least one value/);
  assert.throws(() => fitScaling([1, Number.NaN], 'standard'), /finite values, got NaN \(value 2\)/);
  const good = fitScaling([1, 2], 'standard');
  for (const bad of [
    undefined,
    null,
    3,
    {},
    { ...good, spread: 0 },
    { ...good, spread: null },
    { ...good, more: 1 },
    { ...good, kind: 'x' },
  ])
    assert.throws(() => scalingFromJson(bad, 'best.safetensors'), /best.safetensors: expected the scaling/);
});

test.run();
