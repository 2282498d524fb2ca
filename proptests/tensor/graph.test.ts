/**
 * The graph: what is one node and what is not, which shapes fit, what errors say, how a graph is printed.
 *
 * Sizes of named dimensions never decide anything while a graph is built.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import {
  abs,
  add,
  broadcastTo,
  concat,
  cpuEngine,
  dimension,
  div,
  exp,
  gather,
  index,
  input,
  linear,
  matmul,
  mean,
  mul,
  neg,
  permute,
  printDot,
  printText,
  referenceEngine,
  reshape,
  segmentSum,
  sigmoid,
  sizeOf,
  sub,
  sum,
  type Tensor,
  tensor,
  variable,
  where,
  withRule,
} from '../../tensor/index.ts';
import { internedCount } from '../../tensor/tensor.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { drawer, smoothFunction } from './support.ts';

const structures = dimension('structures');
const atoms = dimension('atoms');
const edges = dimension('edges', { streamed: true });
const engines = [referenceEngine(), cpuEngine()];

/** Asserts that `f` throws an error whose message contains all of `parts`. */
function says(f: () => unknown, ...parts: string[]): void {
  try {
    f();
  } catch (error) {
    const { message } = error as Error;
    for (const part of parts) assert.ok(message.includes(part), `'${message}' should contain '${part}'`);
    return;
  }
  assert.unreachable(`expected an error that says ${parts.join(', ')}`);
}

async function rejects(promise: Promise<unknown>, ...parts: string[]): Promise<void> {
  let caught: unknown;
  await promise.catch((error) => {
    caught = error;
  });
  says(
    () => {
      if (caught) throw caught;
    },
    ...parts,
  );
}

test('equal expressions are one node, whatever the order of building', () =>
  check(fc.integer(), (seed) => {
    const x = input([4]);
    const f = smoothFunction(drawer(seed), 10);
    const [y, z] = [f(x), f(x)];
    assert.is(y, z);
    assert.is(grad(sum(y), [x])[0], grad(sum(z), [x])[0], 'gradients too');
    assert.is.not(y, f(input([4])), 'another leaf is another graph');
  }));

test('attributes tell nodes apart', () => {
  const x = input([2, 2, 2]);
  const nodes = [
    sum(x, { axis: 0 }),
    sum(x, { axis: 1 }),
    sum(x, { axis: [0, 1] }),
    permute(x, [1, 0, 2]),
    permute(x, [2, 1, 0]),
    reshape(x, [8]),
    reshape(x, [4, 2]),
    broadcastTo(x, [3, 2, 2, 2]),
  ];
  assert.is(new Set(nodes).size, nodes.length);
});

test('leaves never merge; literals do', () => {
  assert.is.not(variable([0], []), variable([0], []));
  assert.is.not(tensor([1, 2]), tensor([1, 2]));
  assert.is.not(input([3]), input([3]));
  assert.is.not(index(atoms, structures), index(atoms, structures));
  assert.is(tensor(2), tensor(2));
  assert.is(tensor(Number.NaN), tensor(Number.NaN));
  const all = [tensor(Infinity), tensor(-Infinity), tensor(Number.NaN), tensor(0), tensor(-0), tensor(1)];
  assert.is(new Set(all).size, all.length);
});

test('the sign of zero survives in literals, in any order of building', async () => {
  const x = input([]);
  for (const engine of engines) {
    const feeds = new Map([[x, [1]]]);
    const [a, b] = await run([div(x, tensor(-0)), div(x, tensor(0))], { engine, feeds });
    assert.equal([a[0], b[0]], [-Infinity, Infinity], engine.name);
  }
});

test('literals fold among themselves only', () => {
  const x = variable([3], []);
  assert.is(add(tensor(2), tensor(3)), tensor(5));
  assert.is(add(x, 0), x);
  assert.is(mul(x, 1), x);
  assert.is.not(mul(x, 0), tensor(0), 'a zero weight keeps its operand');
  assert.is.not(sub(x, x), tensor(0));
});

test('graphs that are dropped leave nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const settle = async (rounds = 5) => {
    for (let k = 0; k < rounds; k++) {
      collect();
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  await settle();
  const before = internedCount();
  let largest = 0;
  for (let k = 0; k < 100_000; k++) {
    const x = input([3]);
    sum(mul(exp(neg(x)), add(x, tensor(k + 0.5))));
    largest = Math.max(largest, internedCount());
    if (k % 10_000 === 9999) await settle(1);
  }
  await settle();
  assert.ok(largest > before + 1000, 'nodes are interned while they live');
  assert.ok(internedCount() <= before + 20, `${internedCount()} nodes are left, ${before} were there before`);
});

test('rules of dropped functions leave nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const x = input([]);
  const rules: WeakRef<object>[] = [];
  for (let k = 0; k < 100; k++) {
    const rule = (c: Tensor) => [mul(c, k)];
    rules.push(new WeakRef(rule));
    withRule((t) => t, rule)(x);
  }
  for (let k = 0; k < 5; k++) {
    await new Promise((done) => setTimeout(done, 5));
    collect();
  }
  const left = rules.filter((rule) => rule.deref()).length;
  assert.ok(left <= 2, `${left} of 100 rules are still alive`);
});

test('B = 1 does not broadcast: names are compared, never sizes', async () => {
  const perAtom = input([atoms, 3]);
  says(() => add(perAtom, input([structures, 3])), 'add', '[atoms, 3]', '[structures, 3]');
  says(() => broadcastTo(input([structures, 3]), [atoms, 3]), 'broadcast', 'structures', 'atoms');
  assert.equal(add(perAtom, input([1, 3])).shape, [atoms, 3], 'the number 1 does');
  // And a batch with one structure works like any other.
  const energy = input([structures]);
  for (const engine of engines) {
    const [m] = await run([mean(energy)], { engine, feeds: new Map([[energy, [4]]]) });
    assert.is(m[0], 4);
  }
});

test('E = 100 edges are not 100 channels', () => {
  says(() => add(input([edges]), input([100])), 'edges', '100');
  says(() => mul(input([edges, 100]), input([edges])), '[edges, 100]', '[edges]');
  says(() => matmul(input([100, 100]), input([edges, 100])), 'matmul', 'edges');
  says(() => reshape(input([edges, 100]), [100, edges]), 'edges');
  assert.equal(mul(input([edges, 100]), input([100])).shape, [edges, 100]);
});

test('leaves that disagree about a size are an error that names both', async () => {
  const [x, y] = [input([atoms, 3], 'positions'), input([atoms], 'masses')];
  const outputs = [sum(mul(x, reshape(y, [atoms, 1])))];
  for (const engine of engines) {
    const feeds = new Map<Tensor, number[]>([
      [x, [1, 2, 3, 4, 5, 6]],
      [y, [1, 2, 3]],
    ]);
    await rejects(run(outputs, { engine, feeds }), 'atoms', 'positions', 'masses', '2', '3');
    await rejects(run(outputs, { engine, feeds: new Map([[x, [1, 2, 3]]]) }), 'masses', 'feeds');
    await rejects(
      run(outputs, { engine, feeds: new Map<Tensor, number[]>([...feeds, [x, [1, 2]]]) }),
      'positions',
      'whole rows of 3',
    );
    await rejects(run([sizeOf(edges)], { engine }), 'edges', 'sizes');
    assert.is((await run([sizeOf(edges)], { engine, sizes: { edges: 7 } }))[0][0], 7);
  }
});

test('indices check what they point into', async () => {
  const at = index(edges, atoms, 'sources');
  says(() => gather(input([structures, 3]), at), 'gather', 'atoms', '[structures, 3]');
  says(() => segmentSum(input([atoms, 3]), at), 'segment', '[edges]', '[atoms, 3]');
  says(() => gather(input([atoms]), input([edges])), 'index');
  const x = input([atoms], 'charges');
  for (const engine of engines) {
    const feeds = new Map<Tensor, number[] | { values: Int32Array; count: number }>([
      [x, [1, 2]],
      [at, { values: Int32Array.of(0, 1, 1), count: 3 }],
    ]);
    await rejects(run([gather(x, at)], { engine, feeds }), 'sources', 'charges', 'atoms');
  }
});

test('shapes that do not fit are errors that show both', () => {
  const x = input([2, 3]);
  says(() => add(x, input([4])), 'add', '[2, 3]', '[4]');
  says(() => matmul(x, input([4, 5])), 'matmul', '[2, 3]', '[4, 5]');
  says(() => linear(x, input([5, 4])), 'matmul', '[5, 4]');
  says(() => reshape(x, [5]), 'reshape', '[2, 3]', '[5]');
  says(() => sum(x, { axis: 2 }), 'axis', '2', '[2, 3]');
  says(() => permute(x, [0, 0]), 'permute', '[2, 3]');
  says(() => concat([input([atoms, 2]), input([atoms, 3])], 0), 'concat');
  says(() => tensor([1, 2, 3], [2, 2]), '[2, 2]', '4', '3');
  says(() => input([3, atoms]), 'atoms', 'first axis');
  says(() => input([1.5]), '1.5');
  says(() => grad(x, [x]), '[2, 3]', 'vjp');
});

test('printed text has one line a node, inputs before users, with shapes', () => {
  const x = input([edges, 3], 'vectors');
  const y = sum(mul(x, x), { axis: 1 });
  const lines = printText([y]).split('\n');
  assert.equal(lines, [
    '%0 = input vectors  [edges, 3]',
    '%1 = mul(%0, %0)  [edges, 3]',
    '%2 = sum axes=[1](%1)  [edges]',
    'return %2',
  ]);
});

test('printed text and DOT are well formed for random graphs and their gradients', () =>
  check(fc.integer(), (seed) => {
    const x = input([3], 'a "quoted" name');
    const y = sum(smoothFunction(drawer(seed))(x));
    const outputs = [y, ...grad(y, [x])];
    const lines = printText(outputs).split('\n');
    lines.slice(0, -1).forEach((line, k) => {
      assert.ok(line.startsWith(`%${k} = `), line);
      const body = line.slice(line.indexOf('=') + 1);
      for (const [, used] of body.matchAll(/%(\d+)/g)) assert.ok(Number(used) < k, `${line} uses a later value`);
    });
    assert.ok(lines.at(-1)!.startsWith('return %'));
    const dot = printDot(outputs);
    assert.ok(dot.startsWith('digraph ') && dot.endsWith('}'));
    const declared = new Set([...dot.matchAll(/^ {2}(n\d+) \[/gm)].map(([, name]) => name));
    assert.is(declared.size, lines.length - 1, 'as many nodes as lines');
    const arrows = [...dot.matchAll(/^ {2}(n\d+) -> (n\d+);$/gm)];
    assert.ok(arrows.length > 0 && arrows.every(([, a, b]) => declared.has(a) && declared.has(b)));
    for (const [, label] of dot.matchAll(/label="((?:[^"\\]|\\.)*)", shape=/g)) assert.ok(!/(^|[^\\])"/.test(label));
    assert.is([...dot.matchAll(/label="((?:[^"\\]|\\.)*)", shape=/g)].length, declared.size, 'labels are closed');
    assert.is([...dot.matchAll(/shape=box/g)].length > 0, true, 'leaves are boxes');
    assert.is([...dot.matchAll(/style=bold/g)].length, new Set(outputs).size, 'outputs are bold');
  }));

test('a graph deeper than the call stack is walked', async () => {
  let y: Tensor = input([]);
  const x = y;
  for (let k = 0; k < 30_000; k++) y = k % 2 === 0 ? sigmoid(y) : abs(y);
  const [value] = await run([where(1, y, 0)], { feeds: new Map([[x, [1]]]) });
  assert.ok(value[0] > 0.65 && value[0] < 0.67);
  assert.ok(grad(y, [x])[0].shape.length === 0);
});

test.run();
