/**
 * Transfer by name, against a definition that is slow and plain: patterns become regular expressions, every name is
 * classified on its own. What cannot be transferred ends in one message, and then nothing has been written.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  applyTransfer,
  cgcnnDefaults,
  flattenParameters,
  initCGCNN,
  type NamedArray,
  type Parameters,
  planTransfer,
  printTransfer,
  readParameters,
} from '../../nn/index.ts';
import { cpuEngine, key, referenceEngine, variable } from '../../tensor/index.ts';
import { check } from '../support/check.ts';

const segment = fc.constantFrom('a', 'b', 'ab', '0', '1', '2', '10', 'constructor');
const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
const size = (of: readonly number[]): number => of.reduce((x, y) => x * y, 1);

/** Nested records and lists with random names, leaves at any depth. */
const { model } = fc.letrec<{ model: Parameters; entry: Parameters | ReturnType<typeof variable> }>((tie) => ({
  entry: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    shape.map((s) => variable(new Float64Array(size(s)).fill(-1), s)),
    tie('model'),
  ),
  model: fc.oneof(
    fc.dictionary(segment, tie('entry'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    fc.array(tie('entry'), { minLength: 1, maxLength: 4 }),
  ),
}));

/** A source that shares most names with the model; some have another shape, some are unknown, some are absent. */
const source = (parameters: Parameters): fc.Arbitrary<Record<string, NamedArray>> => {
  const flat = [...flattenParameters(parameters)];
  return fc
    .array(
      fc.record({
        keep: fc.integer({ min: 0, max: 9 }),
        other: shape,
        value: fc.double({ noNaN: true, min: -5, max: 5 }),
      }),
      { minLength: flat.length, maxLength: flat.length },
    )
    .chain((draws) =>
      fc
        .dictionary(fc.constantFrom('extra', 'a.extra', 'toString', '0.0.0.extra'), shape, { maxKeys: 2 })
        .map((extra) =>
          Object.fromEntries([
            ...flat.flatMap(([name, tensor], k): [string, NamedArray][] => {
              const { keep, other, value } = draws[k];
              const s = keep < 7 ? [...(tensor.shape as number[])] : other;
              return keep === 9 ? [] : [[name, { shape: s, data: new Float64Array(size(s)).fill(value) }]];
            }),
            ...Object.entries(extra).map(([name, s]) => [name, { shape: s, data: new Float64Array(size(s)) }] as const),
          ]),
        ),
    );
};

/** Patterns made from the model's own names: cut somewhere, some segments starred. */
const patterns = (names: readonly string[]): fc.Arbitrary<string[]> =>
  fc.array(
    fc
      .tuple(fc.constantFrom(...names), fc.nat(4), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }))
      .map(([name, cut, stars]) =>
        name
          .split('.')
          .slice(0, cut + 1)
          .map((s, k) => (stars[k] && k > 0 ? '*' : s))
          .join('.'),
      ),
    { maxLength: 2 },
  );

const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}(\\.|$)`).test(name);

const attempt = <T>(make: () => T): T | Error => {
  try {
    return make();
  } catch (error) {
    return error as Error;
  }
};

const cases = model.chain((parameters) =>
  fc.record({
    parameters: fc.constant(parameters),
    source: source(parameters),
    reinitialise: patterns([...flattenParameters(parameters).keys()]),
    freeze: patterns([...flattenParameters(parameters).keys()]),
  }),
);

test('every name goes the way that its own rules say, and exactly one', async () => {
  let [refused, made, mixed] = [0, 0, 0];
  await check(
    cases,
    ({ parameters, source: given, reinitialise, freeze }) => {
      const flat = flattenParameters(parameters);
      const names = [...flat.keys()];
      const afresh = names.filter((name) => reinitialise.some((p) => matches(p, name)));
      const fits = (name: string) => JSON.stringify(given[name]?.shape) === JSON.stringify(flat.get(name)!.shape);
      const copied = names.filter((name) => Object.hasOwn(given, name) && fits(name) && !afresh.includes(name));
      const frozen = names.filter((name) => freeze.some((p) => matches(p, name)));
      const plan = attempt(() => planTransfer(parameters, given, { reinitialise, freeze }));
      if (copied.length === 0 || frozen.some((name) => !copied.includes(name))) {
        refused++;
        assert.instance(plan, Error);
        assert.match((plan as Error).message, copied.length === 0 ? /nothing can be copied/ : /should be frozen/);
        return;
      }
      if (plan instanceof Error) throw plan;
      made++;
      if (plan.skipped.length > 0 && plan.fresh.length > 0) mixed++;
      assert.equal(plan.copied, copied);
      assert.equal(plan.fresh, afresh);
      assert.equal(plan.frozen, frozen);
      assert.equal(
        plan.skipped.map(({ name }) => name),
        names.filter((name) => !afresh.includes(name) && !copied.includes(name)),
      );
      for (const { name, reason } of plan.skipped) {
        const known = Object.hasOwn(given, name);
        assert.is(reason === 'not in the source', !known, `${name}: ${reason}`);
        if (known) assert.ok(reason.includes(`[${given[name].shape.join(', ')}]`), reason);
      }
      assert.equal(
        plan.unused,
        Object.keys(given).filter((name) => !names.includes(name)),
      );
    },
    300,
  );
  assert.ok(refused > 20 && made > 50 && mixed > 5, `${refused} refused, ${made} made, ${mixed} mixed`);
});

for (const engine of [referenceEngine(), cpuEngine()]) {
  test(`applying writes the copied values and no others (${engine.name})`, () =>
    check(cases, ({ parameters, source: given, reinitialise }) => {
      const plan = attempt(() => planTransfer(parameters, given, { reinitialise }));
      if (plan instanceof Error) return;
      applyTransfer(parameters, engine, plan);
      for (const [name, { shape: s, data }] of Object.entries(readParameters(parameters, engine))) {
        const wanted = plan.copied.includes(name) ? given[name].data : new Float64Array(size(s)).fill(-1);
        assert.equal([...data], Array.from(wanted, engine.name === 'cpu' ? Math.fround : Number), name);
      }
    }));
}

test('the table accounts for every name once; its lines add up', () =>
  check(
    cases,
    ({ parameters, source: given, reinitialise, freeze }) => {
      const plan = attempt(() => planTransfer(parameters, given, { reinitialise, freeze }));
      if (plan instanceof Error) return;
      const lines = printTransfer(plan).split('\n');
      const rows = lines.slice(0, -1).map((line) => /^(\S+) \((\d+)\) +(\S.*)$/.exec(line)!.slice(1));
      const count = (outcome: RegExp) =>
        rows.filter((row) => outcome.test(row[2])).reduce((sum, row) => sum + Number(row[1]), 0);
      const found = [/^copied/, /^copied, frozen/, /^skipped/, /^fresh/, /^unused/].map(count);
      const { copied, frozen, skipped, fresh, unused } = plan;
      assert.equal(
        found,
        [copied, frozen, skipped, fresh, unused].map((list) => list.length),
      );
      assert.equal(lines[lines.length - 1].match(/\d+/g)!.map(Number), found);
      assert.is(new Set(rows.map(([path]) => path)).size, rows.length, 'no line twice');
    },
    300,
  ));

const sizes = { ...cgcnnDefaults, dim1: 4, dim2: 3, edge_dim: 5 };
const trained = readParameters(initCGCNN(sizes, key(1)), referenceEngine());

test('a CGCNN: lists are joined as far as they agree; layers with copied tensors come first', () => {
  const plan = planTransfer(initCGCNN({ ...sizes, output_dim: 2 }, key(2)), trained, {
    reinitialise: ['post_lin_list', 'conv_list.2.lin_f.bias'],
    freeze: ['pre_lin_list', 'conv_list.*.lin_s'],
  });
  assert.equal(
    printTransfer(plan)
      .split('\n')
      .map((line) => line.replace(/ {2,}/, ' ')),
    [
      'pre_lin_list.0 (2) copied, frozen',
      ...[0, 1].flatMap((k) => [`conv_list.${k}.lin_f (2) copied`, `conv_list.${k}.lin_s (2) copied, frozen`]),
      'conv_list.2.lin_f.weight (1) copied',
      'conv_list.2.lin_f.bias (1) fresh',
      'conv_list.2.lin_s (2) copied, frozen',
      'conv_list.3.lin_f (2) copied',
      'conv_list.3.lin_s (2) copied, frozen',
      'lin_out.weight (1) skipped: the model has [2, 3], the source [1, 3]',
      'lin_out.bias (1) skipped: the model has [2], the source [1]',
      'post_lin_list.0..2 (6) fresh',
      '17 copied (10 of them frozen), 2 skipped, 7 fresh, 0 unused',
    ],
  );
  const whole = printTransfer(planTransfer(initCGCNN(sizes, key(2)), trained));
  assert.match(whole, /^conv_list\.0\.\.3 \(16\) +copied$/m);
});

test('a list with a gap is not joined across it', () => {
  const entry = () => ({ weight: variable([1], [1]) });
  const gapped = { layers: { 0: entry(), 1: entry(), 3: entry() } };
  const lines = printTransfer(planTransfer(gapped, readParameters(gapped, referenceEngine()))).split('\n');
  assert.equal(
    lines.slice(0, -1).map((line) => line.split(' ')[0]),
    ['layers.0..1', 'layers.3.weight'],
  );
});

test('messages name what came, what there is, and what to try', () => {
  const parameters = initCGCNN(sizes, key(2));
  const broken: [message: RegExp, make: () => unknown][] = [
    [
      /nothing can be copied. The model has 26 names \(pre_lin_list.0.weight.*the source 1 \(gnn.w\).*another architecture/,
      () => planTransfer(parameters, { 'gnn.w': { shape: [1], data: [1] } }),
    ],
    [/nothing can be copied.*the source 0 \(none\)/, () => planTransfer(parameters, {})],
    [/every parameter/, () => planTransfer(parameters, trained, { reinitialise: ['*'] })],
    [
      /reinitialise 'conv_lst' matches no parameter. The model has pre_lin_list, conv_list, post_lin_list, lin_out/,
      () => planTransfer(parameters, trained, { reinitialise: ['conv_lst'] }),
    ],
    [
      /freeze 'conv_list.4.lin_f' matches no parameter. Below conv_list it has 0, 1, 2, 3/,
      () => planTransfer(parameters, trained, { freeze: ['conv_list.4.lin_f'] }),
    ],
    [
      /Below lin_out.weight it has nothing/,
      () => planTransfer(parameters, trained, { freeze: ['lin_out.weight.data'] }),
    ],
    [/'' matches no parameter/, () => planTransfer(parameters, trained, { freeze: [''] })],
    [/'conv_list.' matches/, () => planTransfer(parameters, trained, { freeze: ['conv_list.'] })],
    [
      /lin_out.weight.*should be frozen.*it is reinitialised/,
      () => planTransfer(parameters, trained, { freeze: ['lin_out'], reinitialise: ['lin_out.weight'] }),
    ],
    [
      /lin_out.bias of shape \[1\] needs 1 numbers, got 2/,
      () => planTransfer(parameters, { ...trained, 'lin_out.bias': { shape: [1], data: [1, 2] } }),
    ],
    [
      /lin_out.bias of the source.*not finite/,
      () => planTransfer(parameters, { ...trained, 'lin_out.bias': { shape: [1], data: [Number.NaN] } }),
    ],
  ];
  for (const [message, make] of broken) assert.throws(make, message);
});

test('a plan that does not fit writes nothing', () => {
  const engine = referenceEngine();
  const plan = planTransfer(initCGCNN(sizes, key(2)), trained);
  for (const options of [{ output_dim: 2 }, { post_fc_count: 2 }]) {
    const other = initCGCNN({ ...sizes, ...options }, key(3));
    const before = readParameters(other, engine);
    assert.throws(() => applyTransfer(other, engine, plan), /applyTransfer: the model has/);
    assert.equal(readParameters(other, engine), before);
  }
});

test.run();
