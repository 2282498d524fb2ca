/**
 * Batches: groups within their limits, and a service that makes the same graphs on a helper thread as right here.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GraphRule } from '../../graph/graph-rule.ts';
import { collate, limitNeighbours, neighbours, type Structure } from '../../graph/index.ts';
import { crystals } from '../../testing/index.ts';
import { type GraphService, graphService } from '../../training/batches/graph-service.ts';
import { groupByEdges } from '../../training/batches/group.ts';
import { check, seed } from '../support/check.ts';

const grouping = fc.record({
  edges: fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }),
  limits: fc.record({ structures: fc.integer({ min: 1, max: 6 }), edges: fc.integer({ min: 1, max: 80 }) }),
  picks: fc.array(fc.nat(1000), { maxLength: 40 }),
});

test('groups hold everything in order, within the limits, and none could begin with the next one', () =>
  check(
    grouping,
    ({ edges, limits, picks }) => {
      const order = picks.map((k) => k % edges.length);
      const groups = groupByEdges(edges, order, limits);
      assert.equal(groups.flat(), order);
      const total = (group: readonly number[]) => group.reduce((sum, k) => sum + edges[k], 0);
      groups.forEach((group, g) => {
        assert.ok(group.length > 0 && group.length <= limits.structures);
        assert.ok(group.length === 1 || total(group) <= limits.edges, 'only a structure alone may pass the limit');
        const next = groups[g + 1]?.[0];
        if (next === undefined) return;
        const fits = group.length < limits.structures && total([...group, next]) <= limits.edges;
        assert.not.ok(fits, `${next} fits the group before it`);
      });
    },
    200,
  ));

const rule: fc.Arbitrary<GraphRule> = fc.record({
  cutoff: fc.double({ min: 2, max: 4.5, noNaN: true }),
  neighbours: fc.record({
    most: fc.option(fc.integer({ min: 1, max: 12 })),
    rule: fc.constantFrom('exact' as const, 'shell' as const),
    imageCap: fc.option(fc.constant(2)),
  }),
});
const request = fc.record({ picks: fc.array(fc.nat(100), { minLength: 1, maxLength: 4 }), moved: fc.boolean() });
const work = fc.record({
  structures: fc.array(crystals({ maxAtoms: 3 }), { minLength: 1, maxLength: 4 }),
  rule,
  requests: fc.array(request, { minLength: 1, maxLength: 5 }),
  bytes: fc.constantFrom(0, 1500, 2 ** 30),
});

const displaced = (structures: readonly Structure[], group: readonly number[]): Float64Array =>
  Float64Array.from(
    group.flatMap((k) => [...structures[k].positions]),
    (x, at) => 0.1 * Math.sin(7 * at + x),
  );

/** From the geometry alone, without services and stores. */
function expected(
  structures: readonly Structure[],
  { cutoff, neighbours: limit }: GraphRule,
  group: number[],
  d?: Float64Array,
) {
  let at = 0;
  return collate(
    group.map((k) => {
      const still = structures[k];
      const structure = d ? { ...still, positions: still.positions.map((x) => x + d[at++]) } : still;
      const all = neighbours(structure, cutoff, limit.imageCap === null ? {} : { imageCap: limit.imageCap });
      const edges = limit.most === null ? all : limitNeighbours(all, { max: limit.most, rule: limit.rule });
      return { structure, edges };
    }),
  );
}

test('helper thread, right here, and plain geometry: the same bits, asked for at once, kept or not', () =>
  check(
    work,
    async ({ structures, rule, requests, bytes }) => {
      const services = await Promise.all(
        [true, false].map((helper) => graphService(structures, rule, { helper, bytes })),
      );
      try {
        const asked = requests.map(({ picks, moved }) => {
          const group = picks.map((k) => k % structures.length);
          return { group, by: moved ? displaced(structures, group) : undefined };
        });
        // Twice: what was handed over must not be missing the second time.
        const all = [...asked, ...asked];
        const wanted = all.map(({ group, by }) => expected(structures, rule, group, by));
        for (const { counts, batch } of services) {
          const single = structures.map((_, k) => expected(structures, rule, [k]).sizes.edges);
          assert.equal([...counts], single);
          const found = await Promise.all(all.map(({ group, by }) => batch(group, by)));
          assert.equal(found, wanted);
        }
      } finally {
        for (const service of services) await service.close();
      }
    },
    8,
  ));

const [example] = fc.sample(crystals({ minAtoms: 2, maxAtoms: 3 }), { numRuns: 1, seed });
const plain: GraphRule = { cutoff: 4, neighbours: { most: null, rule: 'exact', imageCap: null } };

async function withService(structures: readonly Structure[], body: (service: GraphService) => Promise<void>) {
  for (const helper of [true, false]) {
    const service = await graphService(structures, plain, { helper });
    await body(service).finally(() => service.close());
  }
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error) => error as Error,
  );

test('a request that fails is rejected, those around it are answered, in order', () =>
  withService([example], async ({ batch }) => {
    const order: number[] = [];
    const track = <T>(k: number, promise: Promise<T>) => promise.finally(() => order.push(k));
    const [first, wrong, last] = [track(0, batch([0])), track(1, batch([5])), track(2, batch([0, 0]))];
    assert.instance(await failure(wrong), Error);
    const [one, two] = [await first, await last];
    assert.is(2 * one.sizes.edges, two.sizes.edges);
    assert.equal(order, [0, 1, 2]);
    assert.equal(await batch([0]), one);
  }));

test('a cell without a volume is told of when the service starts, with or without a helper', async () => {
  const flat: Structure = { ...example, id: 'flat', cell: new Float64Array(9) };
  const messages: string[] = [];
  for (const helper of [true, false]) {
    messages.push((await failure(graphService([example, flat], plain, { helper }))).message);
  }
  assert.match(messages[0], /flat/);
  assert.is(messages[0], messages[1]);
});

test('a helper that is gone refuses, at once and for good', async () => {
  const service = await graphService([example], plain, { helper: true });
  const pending = failure(service.batch([0]));
  await service.close();
  await pending.catch(() => {});
  assert.match((await failure(service.batch([0]))).message, /thread that makes graphs ended/);
});

test.run();
