/**
 * gradientsAgree finds wrong rules: each is planted with `withRule`, found, and shrunk to at most three numbers, or four.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as T from '../../tensor/index.ts';
import { type GradientOptions, gradientsAgree, OPERATIONS, programs } from '../../testing/index.ts';
import { seed } from '../support/check.ts';
import { againOf, messageOf, numbersIn, withoutFooter } from './wrong.ts';

type Of = (...x: T.Tensor[]) => T.Tensor;
const { add, cos, exp, less, mean, mul, neg, sin, softmax, sub, sum, where, withRule } = T;

/** cos as a value, without derivative: the derivative of sin, whose own derivative is missing. */
const frozenCos = withRule(cos, () => [null]);
/** sin with a first derivative that is wrong; used in the second derivative of sin, it makes the third one wrong. */
const badSin = withRule(sin, (c, _, [x]) => [mul(c, cos(mul(0.5, x)))]);
const cosOnce = withRule(cos, (c, _, [x]) => [neg(mul(c, badSin(x)))]);

/** The cotangent of an operand that was stretched, wrong: the mean over the axes that it lacks, in place of the sum. */
const shrunk = (c: T.Tensor, to: T.Tensor): T.Tensor => {
  const lacking = c.shape.slice(to.shape.length).map((_, axis) => axis);
  const missing = mean(c, { axis: lacking });
  const ones = to.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  return T.reshape(sum(missing, { axis: ones, keep: true }), to.shape);
};

interface Planted {
  readonly f: Of;
  readonly options?: GradientOptions;
  readonly says: RegExp;
  /** What the counterexample shrinks to. */
  readonly at: RegExp;
  /** How many numbers that are, at most; three unless said. */
  readonly most?: number;
}

const planted: Record<string, Planted> = {
  'a wrong sign': {
    f: withRule(cos, (c, _, [x]) => [mul(c, sin(x))]),
    says: /^gradientsAgree: the derivative of f by x is wrong\n {2}the rule gives {2}0\.84\d+\n {2}differences are -0\.84\d+/,
    at: /^ {2}x = 1$/m,
  },
  'a missing factor': {
    f: withRule(T.square as Of, (c, _, [x]) => [mul(c, x)]),
    says: /the rule gives {2}1\n {2}differences are 2 \(off by -1\)\n/,
    at: /^ {2}x = 1$/m,
  },
  'a wrong axis': {
    f: withRule(
      (x) => softmax(x, 1),
      (c, y) => [mul(y, sub(c, sum(mul(c, y), { axis: 0, keep: true })))],
    ),
    options: { shapes: [['rows', 'columns']] },
    says: /the derivative of f by x\[\d\] is wrong/,
    at: /^ {2}x = \[\[-?[\d.]+(, |\], \[)-?[\d.]+\]\]$/m,
  },
  'a wrong second derivative': {
    f: withRule(sin, (c, _, [x]) => [mul(c, frozenCos(x))]),
    says: /the derivative of order 2 is wrong: the one by x of those of order 1\n {2}the rule gives {2}0\n {2}differences are -0\.84/,
    at: /^ {2}x = 1$/m,
  },
  'a rule that is wrong only for negative numbers': {
    f: withRule(exp, (c, y, [x]) => [mul(c, where(less(x, 0), neg(y), y))]),
    says: /the derivative of f by x is wrong/,
    at: /^ {2}x = -1$/m,
  },
  'a rule that is wrong only where an operand is stretched': {
    f: (a, b) => withRule(add, (c) => [shrunk(c, a), shrunk(c, b)])(a, b),
    says: /the derivative of f by [xy](\[0\])? is wrong/,
    at: /^ {2}[xy] = \[1, 1\]$|^ {2}[xy] = \[\[1\], \[1\]\]$/m,
  },
  'a third derivative that is wrong': {
    f: withRule(sin, (c, _, [x]) => [mul(c, cosOnce(x))]),
    options: { order: 3 },
    says: /the derivative of order 3 is wrong: the one by x of those of order 2/,
    at: /^ {2}x = 1$/m,
  },
  'a derivative that is forgotten': {
    f: withRule(mul, (c, _, [, b]) => [mul(c, b), null]),
    options: { inputs: 2 },
    says: /the derivative of f by y is wrong\n {2}the rule gives {2}0/,
    at: /^ {2}y = 1$/m,
  },
  'a rule that sums over the wrong axis': {
    f: (x, w) => withRule(mul, (c, _, [a, b]) => [mul(c, b), sum(mul(c, a), { axis: 1 })])(x, w),
    options: { shapes: [['rows', 'columns'], ['columns']] },
    says: /differentiating it fails: .* cotangent \[[12]\] for its input 1, which is 'y' \[[12]\]/,
    at: /^ {2}y = \[1(, 1)?\]$/m,
    // One row of two columns is as simple as two rows of one, but has one more number.
    most: 4,
  },
  'a rule that fails': {
    f: withRule(sin, () => {
      throw new Error('there is no rule');
    }),
    says: /differentiating it fails: there is no rule/,
    at: /^ {2}x = 1$/m,
  },
  'a derivative that is NaN': {
    f: withRule(sin, (c) => [mul(c, Number.NaN)]),
    says: /the rule gives {2}NaN/,
    at: /^ {2}x = 1$/m,
  },
};

for (const [name, { f, options = {}, says, at, most = 3 }] of Object.entries(planted)) {
  test(`${name} is found, shrunk to a few numbers, and seen again by seed and path`, async () => {
    const message = await messageOf(gradientsAgree(f, { seed, ...options }));
    assert.match(message, says);
    assert.match(message, at);
    const count = numbersIn(message);
    assert.ok(count >= 1 && count <= most, `${count} numbers in\n${message}`);
    const again = await messageOf(gradientsAgree(f, { ...options, ...againOf(message) }));
    assert.is(withoutFooter(again), withoutFooter(message));
  });
}

test('the third derivative is not asked about unless the order says so', async () => {
  await gradientsAgree(planted['a third derivative that is wrong'].f, { seed, order: 2 });
});

test('right rules pass: numbers, lists and matrices, stretched or not, and beside kinks', async () => {
  const right: [Of, GradientOptions][] = [
    [sin, { order: 3 }],
    [(a, b) => mul(a, b), {}],
    [(a, b) => T.div(a, b), { domain: [{}, { avoid: [0], gap: 0.3 }] }],
    [(a) => T.log(a), { domain: { low: 0.2, high: 3 } }],
    [
      (a, b) => T.matmul(a, b),
      {
        shapes: [
          ['n', 'k'],
          ['k', 'm'],
        ],
      },
    ],
    [(a, b) => T.maximum(a, b), { order: 3 }],
    [(a) => T.relu(a), {}],
    [(a) => T.huberLoss(a, T.broadcastTo(T.tensor(0), a.shape), 1), {}],
  ];
  for (const [f, options] of right) await gradientsAgree(f, { seed, runs: 25, ...options });
});

test('random programs are right to the third order, and one with a wrong operation shrinks to that', async () => {
  await gradientsAgree(programs({ inputs: 2 }), { seed, order: 3, runs: 25 });
  const wrong: Of = withRule(mul, (c, _, [a]) => [mul(c, a), mul(c, a)]);
  const operations = { ...OPERATIONS, times: { arity: 2 as const, apply: wrong } };
  const message = await messageOf(gradientsAgree(programs({ inputs: 2, operations, always: 'times' }), { seed }));
  assert.match(message, /^ {2}f = times\((x, y|y, x)\)$/m);
  assert.ok(numbersIn(message) <= 3, message);
});

test('if all points are kinks, the message says so, and of what', async () => {
  const message = await messageOf(gradientsAgree((x) => T.abs(x), { seed, domain: { low: 0, high: 0 } }));
  assert.match(
    message,
    /inputs that were drawn cannot be tested, which is too many\. The last one: .* a kink of abs\(argument 0\)/,
  );
});

test('what does not fit the function is told from a wrong rule', async () => {
  const shapes = await messageOf(gradientsAgree((a, b) => T.matmul(a, b), { seed }));
  assert.match(shapes, /the function does not take .*: matmul: .* does not fit/);
  assert.match(shapes, /Say which tensors the function takes, as in `shapes:/);
  const domain = await messageOf(gradientsAgree((x) => T.log(x), { seed }));
  assert.match(domain, /the function is NaN here. Say where it is defined, as in `domain:/);
  // A wrong rule does not shrink to a place outside of the domain.
  const rule = withRule(T.reciprocal as Of, (c, y) => [mul(c, mul(y, y))]);
  assert.match(await messageOf(gradientsAgree(rule, { seed })), /is wrong[\s\S]*x = 1$/m);
  for (const options of [{ shapes: [[1.5]] }, { domain: { low: 2, high: 1 } }, { domain: [{}], shapes: [[], []] }]) {
    assert.match(await messageOf(gradientsAgree(sin, options)), /^(shapes|domain): expected/);
  }
});

test('a rule takes as many tensors as its function, and what tells no number is asked for it', async () => {
  const times = withRule(
    (a, b) => mul(a, b),
    (c, _, [, b]) => [mul(c, b), null],
  );
  assert.is(times.length, 2);
  assert.match(await messageOf(gradientsAgree(times, { seed, domain: { low: 0.5 } })), /of f by y[\s\S]*^ {2}y = 1$/m);
  const all = (...x: T.Tensor[]) => x.reduce((a, b) => mul(a, b));
  assert.match(await messageOf(gradientsAgree(all)), /^inputs: expected how many tensors .* `inputs: 2`, got 0, the/);
  await gradientsAgree(all, { seed, runs: 10, inputs: 3 });
});

test('a function that throws is told from tensors that do not fit, and shrinks', async () => {
  const picky: Of = (x) => {
    if (x.shape.length === 1) throw new Error('no lists, please');
    return sin(x);
  };
  const message = await messageOf(gradientsAgree(picky, { seed }));
  assert.match(message, /^gradientsAgree: your function threw, for \[1\]: no lists, please\n/);
  assert.match(message, /^ {2}x = \[1\]$/m);
  assert.not.match(message, 'shapes:');
});

test('what goes wrong at special numbers only is found: at the end of the domain, and in long axes', async () => {
  const low = withRule(T.square as Of, (c, _, [x]) => [mul(c, where(less(x, -1.99999), 1, mul(2, x)))]);
  assert.match(await messageOf(gradientsAgree(low, { seed, runs: 200 })), /^ {2}x = -2$/m);
  const longOnly = withRule(sin, (c, _, [x]) => [mul(c, (x.shape[0] as number) > 4 ? 1 : cos(x))]);
  const message = await messageOf(gradientsAgree(longOnly, { seed, runs: 100, shapes: [['n']] }));
  assert.match(message, /^ {2}x = \[[^,]+(, [^,]+){4}\]$/m);
});

test('ends of a domain, zeros and equal numbers are no false alarms', async () => {
  const right: [Of, GradientOptions][] = [
    [(x) => T.sqrt(x), { domain: { low: 0, high: 2 } }],
    [(x) => T.log(x), { domain: { low: 1e-3, high: 2 } }],
    [(x) => T.reduceMax(x), { shapes: [['n']] }],
    [(x) => T.maximum(x, T.neg(x)), {}],
    [(x) => T.pow(x, 3), {}],
    [(x) => T.clamp(x, -1, 1), { domain: { low: -1, high: 1 } }],
    [(x) => softmax(x), { shapes: [['n']] }],
    [(x, y) => T.div(x, y), { domain: [{}, { avoid: [0], gap: 0.3 }] }],
  ];
  for (const [f, options] of right) await gradientsAgree(f, { seed, runs: 100, ...options });
});

test('long functions are cut, and a rule of a named function is not written out', async () => {
  const long: Of = (x) => Array.from({ length: 30 }, () => sin).reduce((y, f) => f(y), badSin(x));
  const lines = (await messageOf(gradientsAgree(long, { seed }))).split('\n');
  assert.ok(lines.filter((line) => line.startsWith('    ')).length <= 9, lines.join('\n'));
  const named = withRule(
    function soft(x) {
      return softmax(x);
    },
    (c) => [c],
  );
  assert.match(await messageOf(gradientsAgree(named, { seed })), /^ {2}f = custom\(soft\(x\)\)$/m);
});

test('options that do not exist are refused with the nearest one', async () => {
  const ordre = await messageOf(gradientsAgree(sin, { ordre: 3 } as object));
  assert.match(
    ordre,
    /^gradientsAgree: there is no option 'ordre'; did you mean 'order'\? All options are runs, seed, /,
  );
  assert.match(
    await messageOf(gradientsAgree(sin, { domain: { lo: 1 } as object })),
    /no option 'lo'; did you mean 'low'/,
  );
});

test('the same seed finds the same counterexample, and another seed draws other inputs', async () => {
  const points = (options: GradientOptions) => {
    const found: string[] = [];
    const f: Of = (x) => {
      found.push(String(x.shape));
      return sin(x);
    };
    return gradientsAgree(f, { runs: 20, order: 1, ...options }).then(() => found.join(' | '));
  };
  assert.is(await points({ seed: 5 }), await points({ seed: 5 }));
  assert.is.not(await points({ seed: 5 }), await points({ seed: 6 }));
});

test.run();
