/**
 * Matrix products on the CPU engine, in float32 and float64: `npm run bench:products`.
 *
 * Measured: a run of a plan, with packing of the right side and sharing among threads. Excluded: compilation, and
 * moving numbers: operands lie in the engine's memory, and one number of a result is read back.
 */

import {
  add,
  type CpuEngine,
  cpuEngine,
  key,
  linear,
  matmul,
  silu,
  slice,
  sum,
  type Tensor,
  transpose,
  uniform,
  variable,
} from '../tensor/index.ts';
import { matmulTNPrimitive } from '../tensor/primitives/linalg.ts';
import { node } from '../tensor/tensor.ts';
import { type Case, runSuite, type SuiteOptions, suiteCommand } from './suite.ts';

interface Job {
  readonly name: string;
  /** Multiplications and additions of the products. */
  readonly flops: number;
  /** Product kernels that the plan must have, so that no algebra takes away what is measured. */
  readonly kernels: number;
  /** The result, made of operands of given shapes. */
  readonly build: (operand: (...shape: number[]) => Tensor) => Tensor;
}

type Form = 'AB' | "AB'" | "A'B" | "A'B'";

/** A prime is a transpose. A' is stored before the product; gradients of weights never do that (see below). */
const product = (m: number, k: number, n: number, form: Form = 'AB'): Job => ({
  name: `${m} x ${k} x ${n} ${form}`,
  flops: 2 * m * k * n,
  kernels: 1,
  build: (operand) => {
    const a = form.startsWith("A'") ? transpose(operand(k, m)) : operand(m, k);
    return form.endsWith("B'") ? linear(a, operand(n, k)) : matmul(a, operand(k, n));
  },
});

/** a[rows, m]^T b[rows, n]: gradients of weights, contracted over all atoms. */
const contraction = (m: number, rows: number, n: number): Job => ({
  name: `${m} x ${rows} x ${n} A'B of rows`,
  flops: 2 * m * rows * n,
  kernels: 1,
  build: (operand) => node(matmulTNPrimitive, [operand(rows, m), operand(rows, n)]),
});

const jobs: readonly Job[] = [
  product(128, 128, 128),
  product(512, 512, 512),
  product(512, 512, 512, "AB'"),
  product(512, 512, 512, "A'B"),
  product(512, 512, 512, "A'B'"),
  contraction(512, 512, 512),
  product(5000, 100, 200),
  product(5000, 200, 100, "AB'"),
  product(50_000, 100, 1),
  product(4, 1000, 1000),
  contraction(100, 5000, 200),
  contraction(100, 50_000, 100),
  {
    name: 'batch of 16, 500 x 100 x 200, one B',
    flops: 16 * 2 * 500 * 100 * 200,
    kernels: 1,
    build: (operand) => matmul(operand(16, 500, 100), operand(100, 200)),
  },
  {
    // Batched right sides are fused sums; the sum of all elements makes each of them be computed.
    name: 'batch of 64, 32 x 32 x 32, summed',
    flops: 64 * 2 * 32 ** 3,
    kernels: 0,
    build: (operand) => sum(matmul(operand(64, 32, 32), operand(64, 32, 32)), { axis: 0 }),
  },
  {
    // The second product makes the activated result be stored, as in a network.
    name: '5000 x 100 x 200, bias and silu, x 100',
    flops: 2 * 2 * 5000 * 100 * 200,
    kernels: 2,
    build: (operand) =>
      linear(silu(add(linear(operand(5000, 100), operand(200, 100)), operand(200))), operand(100, 200)),
  },
];

function caseOf({ name, flops, kernels, build }: Job, engine: CpuEngine): Case {
  return {
    name: `${name} ${engine.precision}`,
    prepare: () => {
      let operands = 0;
      const result = build((...shape) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const values = uniform(key(++operands), count).map((u) => 2 * u - 1);
        const operand = variable(values, shape);
        // Written once, it stays in the engine's memory.
        engine.write(operand, values);
        return operand;
      });
      const corner = slice(
        result,
        result.shape.map(() => [0, 1]),
      );
      const plan = engine.compile({ outputs: [corner] });
      const { products } = plan.report();
      if (products !== kernels) throw new Error(`expected a plan with ${kernels} product kernels, got ${products}.`);
      return { once: () => plan.run(), work: { amount: flops, unit: 'flop' }, threads: engine.threads };
    },
  };
}

const options = suiteCommand('products', 'Matrix products of the CPU engine.').parse().opts<SuiteOptions>();
const threads = options.threads === undefined ? {} : { threads: options.threads };
const engines = (['f32', 'f64'] as const).map((precision) => cpuEngine({ precision, ...threads }));
await runSuite(
  'products',
  engines.flatMap((engine) => jobs.map((job) => caseOf(job, engine))),
  options,
);
