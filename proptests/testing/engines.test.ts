/** enginesAgree finds engines that are wrong, and passes those that are right. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as T from '../../tensor/index.ts';
import { enginesAgree, programs } from '../../testing/index.ts';
import { seed } from '../support/check.ts';
import { againOf, messageOf, numbersIn, withoutFooter } from './wrong.ts';

/** The reference engine with its results changed. */
function changed(change: (value: number) => number): T.Engine {
  const engine = T.referenceEngine();
  return {
    name: 'changed',
    compile(program) {
      const plan = engine.compile(program);
      const run: T.Plan['run'] = async (...args) => (await plan.run(...args)).map((values) => values.map(change));
      return { run };
    },
    read: (variable) => engine.read(variable),
    sync: () => engine.sync(),
    write: (variable, value) => engine.write(variable, value),
  };
}

test('the CPU engine agrees with the definitions, in both precisions, on random programs', () =>
  enginesAgree(programs({ inputs: 2, steps: 8 }), { seed, runs: 25 }));

test('where a comparison decides, inputs keep away from its edge', async () => {
  for (const f of [T.floor, T.relu, (x: T.Tensor) => T.reduceMax(x)]) {
    await enginesAgree((x) => f(x), { seed, runs: 40 });
  }
  const all = { seed, domain: { low: 0, high: 0 } };
  const message = await messageOf(enginesAgree((x) => T.sign(x), all));
  assert.match(message, /cannot be tested, which is too many\. The last one: a comparison, /);
});

test('an engine that is wrong is found, and shrunk to one number; the message names it, and what it should have given', async () => {
  const engines = [{ engine: changed((x) => (x > 0.3 ? x + 1e-3 : x)), tolerance: 1e-6 }];
  const options = { seed, order: 1, engines };
  const message = await messageOf(enginesAgree((x) => T.sin(x), options));
  assert.match(
    message,
    /^enginesAgree: the engine changed is wrong about f\n {2}it gives {5}0\.842\d+\n {2}expected is {2}0\.841\d+/,
  );
  assert.match(message, /off by 0\.00(1|099)\d*, allowed 0\.000001/);
  assert.match(message, /^ {2}x = 1$/m);
  const again = await messageOf(enginesAgree((x) => T.sin(x), { ...options, ...againOf(message) }));
  assert.is(withoutFooter(again), withoutFooter(message));
  const program = await messageOf(enginesAgree(programs({ inputs: 2 }), options));
  assert.ok(numbersIn(program) <= 3, program);
});

test('an engine that is wrong about derivatives alone is found, unless only values are asked about', async () => {
  // Only a second output, which is a derivative, is changed.
  const engine = T.referenceEngine();
  const wrong: T.Engine = {
    ...changed((x) => x),
    compile(program) {
      const plan = engine.compile(program);
      const run: T.Plan['run'] = async (...args) => {
        const [value, ...slopes] = await plan.run(...args);
        return [value, ...slopes.map((numbers) => numbers.map((x) => -x))];
      };
      return { run };
    },
  };
  const engines = [{ engine: wrong, tolerance: 1e-6 }];
  await enginesAgree((x) => T.exp(x), { seed, order: 0, engines });
  const message = await messageOf(enginesAgree((x) => T.exp(x), { seed, engines }));
  assert.match(message, /is wrong about the derivative of order 1 by x/);
});

test.run();
