/** Parameters know their full names, and names change neither numbers nor compiled programs. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cgcnnDefaults,
  flattenParameters,
  initCGCNN,
  initTorchMDET,
  normalParameter,
  type Parameters,
  readParameters,
  torchmdETDefaults,
} from '../../nn/index.ts';
import { nameParameters } from '../../nn/parameters.ts';
import { canonicalForm } from '../../tensor/compile/plan.ts';
import { cpuEngine, key, printText, referenceEngine, square, sum, type Tensor } from '../../tensor/index.ts';
import { leafName } from '../../tensor/leaves.ts';
import { check } from '../support/check.ts';

const models: Readonly<Record<string, Parameters>> = {
  CGCNN: initCGCNN({ ...cgcnnDefaults, dim1: 3, dim2: 2, edge_dim: 4, gc_count: 2 }, key(1)),
  'TorchMD-Net ET': initTorchMDET(
    { ...torchmdETDefaults, hidden_channels: 4, num_heads: 2, num_layers: 2, num_rbf: 3, level: 'node' },
    key(1),
  ),
};

for (const [model, parameters] of Object.entries(models)) {
  test(`${model}: every variable carries its path as its name`, () => {
    const flat = flattenParameters(parameters);
    assert.ok(flat.size > 10);
    for (const [name, tensor] of flat) assert.is(leafName(tensor), name);
  });

  test(`${model}: errors and printed graphs say which parameter is meant`, () => {
    for (const [name, tensor] of flattenParameters(parameters)) {
      assert.ok(printText([sum(square(tensor))]).includes(`variable ${name}  `), name);
      assert.throws(() => cpuEngine({ threads: 1 }).write(tensor, [1, 2, 3, 4, 5, 6, 7]), name);
    }
  });
}

/** A record of up to three levels; variables may stand at several places. */
const records = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    fc.letrec<{ tree: number | object }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.nat(3),
        fc.dictionary(fc.constantFrom('a', 'b', 'weight'), tie('tree'), { minKeys: 1, maxKeys: 3 }),
        fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
      ),
    })).tree,
  )
  .map(([sizes, tree]) => {
    const pool = sizes.map((size, k) => normalParameter(key(k), [size], 'weight'));
    const filled = (entry: number | object): Parameters | Tensor =>
      typeof entry === 'number'
        ? pool[entry % pool.length]
        : Array.isArray(entry)
          ? entry.map(filled)
          : Object.fromEntries(Object.entries(entry).map(([name, inner]) => [name, filled(inner)]));
    return { root: filled(tree) } as Parameters;
  });

test('naming keeps the shape of the record, its numbers, what is shared, and the compiled program', () =>
  check(
    records,
    (parameters) => {
      const named = nameParameters(parameters);
      const [before, after] = [[...flattenParameters(parameters)], [...flattenParameters(named)]];
      assert.equal(
        after.map(([name]) => name),
        before.map(([name]) => name),
      );
      const engine = referenceEngine();
      assert.equal(readParameters(named, engine), readParameters(parameters, engine));
      for (const [k, [, tensor]] of after.entries()) {
        const first = before.findIndex(([, other]) => other === before[k][1]);
        assert.is(tensor, after[first][1], 'one variable at two places stays one');
        assert.is(leafName(tensor), after[first][0]);
      }
      const program = (all: readonly (readonly [string, Tensor])[]) =>
        canonicalForm({ outputs: all.map(([, tensor]) => sum(square(tensor))) }).key;
      assert.is(program(after), program(before));
    },
    60,
  ));

test.run();
