/** scan against the loop that it stands for, in plain numbers; its derivatives; and what it refuses. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients, grad } from '../../autograd/index.ts';
import {
  compile,
  cpuEngine,
  dimension,
  input,
  referenceEngine,
  scan,
  type Tensor,
  tensor,
} from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { close, drawer } from './support.ts';

test('one tensor of each: a recurrence in numbers, on every engine', () =>
  check(fc.integer(), async (seed) => {
    const draw = drawer(seed);
    const [steps, width] = [draw.integer(1, 9), draw.integer(1, 4)];
    const rows = Array.from({ length: steps }, () => draw.reals(width, -1, 1));
    const start = draw.reals(width, -1, 1);
    // h <- sin(h) + x, with outputs h x.
    let h = start;
    const expected = rows.map((row) => {
      h = h.map((value, k) => Math.sin(value) + row[k]);
      return h.map((value, k) => value * row[k]);
    });
    const [first, xs] = [input([width], 'first'), input([steps, width], 'xs')];
    const [last, outputs] = scan(
      (carry, x) => {
        const next = carry.sin().add(x);
        return [next, next.mul(x)];
      },
      first,
      xs,
    );
    assert.equal([last.shape, outputs.shape], [[width], [steps, width]]);
    for (const [engine, tolerance] of [
      [referenceEngine(), 1e-14],
      [cpuEngine({ precision: 'f64' }), 1e-13],
      [cpuEngine(), 1e-5],
    ] as const) {
      const found = await compile({ first, xs }, { last, outputs }, { engine })({ first: start, xs: rows });
      close(found.last.data, h, tolerance, 'the last carry', 1);
      close(found.outputs.data, expected.flat(), tolerance, 'outputs', 1);
    }
  }));

test('records and lists keep their arrangement, and outputs may be of several shapes', async () => {
  const times = [1, 2, 3];
  const [t, pairs] = [input([3], 't'), input([3, 2], 'pairs')];
  const [{ position, speed }, [energy, both]] = scan(
    ({ position, speed }, { t, pair }) => {
      const next = { speed: speed.sub(position.mul(t)), position: position.add(speed) };
      return [next, [next.position.square(), pair.mul(next.speed)]];
    },
    { position: tensor(1), speed: tensor(0.5) },
    { t, pair: pairs },
  );
  let [p, v] = [1, 0.5];
  const [energies, products]: number[][] = [[], []];
  for (const time of times) {
    [p, v] = [p + v, v - p * time];
    energies.push(p ** 2);
    products.push(time * v, -v);
  }
  const f = compile({ t, pairs }, { position, speed, energy, both });
  const found = await f({ t: times, pairs: times.map((time) => [time, -1]) });
  close([found.position.item(), found.speed.item()], [p, v], 1e-14, 'carries');
  close(found.energy.data, energies, 1e-14, 'energies');
  close(found.both.data, products, 1e-14, 'products');
  assert.equal(both.shape, [3, 2]);
});

test('derivatives are those of the loop, to the second order, with respect to carry, rows and what f closes over', () =>
  checkGradients(
    (start, xs, weight) => {
      const [last, outputs] = scan(
        (h, x) => {
          const next = h.mul(weight).add(x).tanh();
          return [next, next.square()];
        },
        start,
        xs,
      );
      return last.sum().add(outputs.sum());
    },
    [
      { shape: [2], data: [0.3, -0.4] },
      { shape: [5, 2], data: Array.from({ length: 10 }, (_, k) => Math.cos(3 * k)) },
      { shape: [2], data: [0.9, -1.1] },
    ],
    { order: 2 },
  ));

test('a running sum by scan has the values and derivatives of cumsum', async () => {
  const xs = input([37], 'xs');
  const [, sums] = scan((total, x) => [total.add(x), total.add(x)], tensor(0), xs);
  const rest = xs.cumsum(0);
  const weights = tensor(
    Float64Array.from({ length: 37 }, (_, k) => Math.sin(k)),
    [37],
  );
  const slope = (y: Tensor) => grad(y.mul(weights).sum(), [xs])[0];
  const f = compile({ xs }, { sums, rest, a: slope(sums), b: slope(rest) });
  const { a, b, ...found } = await f({ xs: Array.from({ length: 37 }, (_, k) => (k % 5) - 1.5) });
  close(found.sums.data, found.rest.data, 1e-14, 'sums');
  close(a.data, b.data, 1e-14, 'slopes');
});

test('what cannot be gone through, and what changes on the way, is refused with step and name', () => {
  const xs = input([3, 2], 'xs');
  const keep = (h: Tensor, _: Tensor): [Tensor, Tensor] => [h, h];
  const refused = (body: () => unknown, message: string | RegExp) => assert.throws(body, message);
  refused(() => scan(keep, tensor(0), tensor(1)), /xs, \[\], has no axis to go through/);
  refused(() => scan(keep, tensor(0), input([dimension('atoms')], 'r')), /'r' \[atoms\], has the named axis 'atoms'/);
  refused(() => scan(keep, tensor(0), input([0, 2], 'none')), /has no rows/);
  refused(
    () => scan((h) => [h, h], tensor(0), { xs, y: input([4], 'y') }),
    "scan: xs 'y', 'y' [4], has another first axis than 'xs' [3, 2].",
  );
  refused(() => scan((h) => [h, h], tensor(0), []), /expected at least one tensor to go through/);
  refused(
    () => scan((h, x) => [h.add(x), h], tensor(0), xs),
    'scan: expected the carry after step 0 to keep its shape [], got [2].',
  );
  refused(
    () => scan(({ a }) => [{ b: a }, a], { a: tensor(0) }, xs),
    'scan: expected the carry after step 0 to hold a as before, got b.',
  );
  let calls = 0;
  refused(
    () => scan((h, x) => [h, { y: calls++ < 2 ? x : h }], tensor(0), xs),
    "scan: expected the output of step 2 'y' to keep its shape [2], got [].",
  );
  refused(() => scan((h) => h as unknown as [Tensor, Tensor], tensor(0), xs), /expected f to return \[carry, output\]/);
  refused(
    () => scan((h) => [h, 3 as unknown as Tensor], tensor(0), xs),
    /expected the output to be a tensor, .* got 3/,
  );
});

test.run();
