/**
 * The networks against the golden model cases: energies, forces, stress, losses, parameter gradients and five steps of
 * AdamW, on every engine, with exact filters and with tables.
 *
 * Tolerances are those of the goldens' README. Tables add an error of their own: with 256 knots the filters of
 * CGCNN agree to 3e-7 of their largest value (slopes to 2e-5), the transformer's with 512 to 7e-7 (2e-5). Five steps of
 * Adam magnify it, in the transformer up to 3e-4 of a gradient's norm; with the 1024 knots that it has here to 2e-5.
 */

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gradWithReach } from '../../autograd/index.ts';
import { cgcnnDefaults, flattenParameters, gaussianBasis, writeParameters } from '../../nn/index.ts';
import { cpuEngine, type Engine, type Feeds, referenceEngine } from '../../tensor/index.ts';
import { initialValue } from '../../tensor/leaves.ts';
import { trainingStep } from '../support/by-tensor.ts';
import { goldens, needs } from '../support/folders.ts';
import {
  type GoldenCase,
  type GoldenSummary,
  goldenCases,
  goldenModel,
  goldenTensors,
} from '../support/golden-models.ts';

interface Tolerance {
  /** Energies and losses, relative. (A loss of forces inherits their error from tables.) */
  readonly energy: number;
  readonly loss: number;
  /** Forces, stress and gradients: relative to the largest entry. */
  readonly forces: number;
  readonly gradient: number;
  /** Parameters after five steps, absolute; Adam divides by tiny gradients, so float32 has none. */
  readonly after5?: number;
  readonly trajectory: number;
}

const FLOAT64: Tolerance = { energy: 1e-9, loss: 1e-9, forces: 1e-9, gradient: 1e-8, after5: 1e-7, trajectory: 1e-8 };
const FLOAT32: Tolerance = { energy: 2e-5, loss: 2e-5, forces: 2e-3, gradient: 2e-3, trajectory: 1e-3 };
/** The tables' own bound in float64. */
const TABLE: Tolerance = { energy: 1e-6, loss: 5e-6, forces: 1e-4, gradient: 1e-4, trajectory: 1e-4 };

interface Variant {
  readonly name: string;
  readonly engine: () => Engine;
  readonly filter: 'exact' | 'table';
  readonly tolerance: Tolerance;
  /** Also for full-size cases? The reference would take minutes. */
  readonly large: boolean;
}

const VARIANTS: Variant[] = [
  { name: 'reference, exact', engine: referenceEngine, filter: 'exact', tolerance: FLOAT64, large: false },
  { name: 'reference, table', engine: referenceEngine, filter: 'table', tolerance: TABLE, large: false },
  {
    name: 'cpu f64, exact',
    engine: () => cpuEngine({ precision: 'f64' }),
    filter: 'exact',
    tolerance: FLOAT64,
    large: true,
  },
  {
    name: 'cpu f64, table',
    engine: () => cpuEngine({ precision: 'f64' }),
    filter: 'table',
    tolerance: TABLE,
    large: true,
  },
  { name: 'cpu f32, exact', engine: () => cpuEngine(), filter: 'exact', tolerance: FLOAT32, large: true },
  { name: 'cpu f32, table', engine: () => cpuEngine(), filter: 'table', tolerance: FLOAT32, large: true },
];

const largest = (x: ArrayLike<number>): number => Array.from(x).reduce((m, v) => Math.max(m, Math.abs(v)), 0);

function close(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.is(found.length, expected.length, `${what}: length`);
  // 1e-11 absolute: what symmetry makes zero is rounding on both sides.
  const allowed = Math.max(1e-11, tolerance * largest(expected));
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(found[k] - expected[k]);
    assert.ok(
      error <= allowed,
      `${what}[${k}]: expected ${expected[k]}, found ${found[k]}, error ${error} > ${allowed}`,
    );
  }
}

/** The summary that full-size cases store in place of a tensor. */
const summary = (data: ArrayLike<number>): GoldenSummary => {
  const numbers = Array.from(data);
  return {
    norm: Math.hypot(...numbers),
    sum: numbers.reduce((a, b) => a + b, 0),
    sin_projection: numbers.reduce((total, v, k) => total + v * Math.sin(0.37 * (k + 1)), 0),
    first: numbers.slice(0, 6),
  };
};

function closeSummary(found: ArrayLike<number>, expected: GoldenSummary, tolerance: number, what: string): void {
  const s = summary(found);
  // Sums of n entries: relative to the norm, which bounds each entry, times what n roundings add.
  const allowed = Math.max(1e-11, tolerance * expected.norm * Math.sqrt(found.length));
  assert.ok(
    Math.abs(s.norm - expected.norm) <= Math.max(1e-11, tolerance * expected.norm),
    `${what}: norm ${s.norm}, expected ${expected.norm}`,
  );
  for (const part of ['sum', 'sin_projection'] as const) {
    assert.ok(Math.abs(s[part] - expected[part]) <= allowed, `${what}: ${part} ${s[part]}, expected ${expected[part]}`);
  }
  s.first.forEach((v, k) => {
    const error = Math.abs(v - expected.first[k]);
    assert.ok(
      error <= Math.max(1e-11, tolerance * largest(found)),
      `${what}[${k}]: ${v}, expected ${expected.first[k]}`,
    );
  });
}

function centresOf({ config }: GoldenCase): Float64Array {
  const { edge_dim, cutoff, width } = { ...cgcnnDefaults, ...config.model };
  return initialValue(gaussianBasis(edge_dim, cutoff, width).centres) as Float64Array;
}

/**
 * Networks as large as the full-size transformer take minutes: unless LATTIGRAD_RUNS asks for more, they are checked for
 * the trajectory of one loss with tables, and for the gradients of one loss in float64 with exact filters.
 */
const LARGE = 1_000_000;
const thorough = Number(process.env.LATTIGRAD_RUNS ?? 1) > 1;
const sizeOf = ({ weights }: GoldenCase): number => Object.values(weights).reduce((sum, w) => sum + w.data.length, 0);

async function checkCase(golden: GoldenCase, { engine: make, filter, tolerance }: Variant): Promise<void> {
  const quick = !thorough && sizeOf(golden) > LARGE;
  const model = await goldenModel(golden, filter);
  assert.is(model.batch.sizes.edges, golden.edges, 'number of edges');
  const named = [...flattenParameters(model.parameters)];
  assert.equal(
    named.map(([name]) => name),
    golden.parameter_order,
    'names of parameters',
  );

  // PyTorch stores the centres of the Gaussians beside the weights; ours follow from the configuration.
  const { 'distance_expansion.offset': centres, ...weights } = golden.weights;
  if (centres) close(centresOf(golden), centres.data, 1e-6, 'centres of the Gaussians');
  const engine = make();
  writeParameters(model.parameters, engine, weights);
  const outputs = Object.entries(model.outputs);
  const values = await engine.compile({ outputs: outputs.map(([, t]) => t) }).run(model.feeds(null) as Feeds);
  outputs.forEach(([name], k) => {
    const expected = golden[name as 'forces'];
    const bound = name === 'energy' ? tolerance.energy : tolerance.forces;
    close(values[k], Array.isArray(expected) ? expected : expected!.data, bound, name);
  });

  const losses = Object.entries(golden.losses);
  for (const [number, [name, expected]] of losses.entries()) {
    if (quick && filter === 'exact' && (number > 0 || tolerance === FLOAT32)) return;
    const fresh = make();
    writeParameters(model.parameters, fresh, weights);
    const loss = model.loss(expected);
    const feeds = model.feeds(expected.weights) as Feeds;
    const { gradients, reached } = gradWithReach(
      loss,
      named.map(([, t]) => t),
    );
    const [value, ...found] = await fresh.compile({ outputs: [loss, ...gradients] }).run(feeds);
    close(value, [expected.loss], tolerance.loss, `${name}: loss`);
    const unreached = named.filter((_, k) => !reached[k]).map(([n]) => n);
    assert.equal(unreached, expected.no_gradient, `${name}: parameters that are not reached`);
    const full = goldenTensors(golden, `grads_${name}`);
    named.forEach(([parameter], k) => {
      if (!reached[k]) return;
      const what = `${name}: gradient of ${parameter}`;
      if (full) close(found[k], full[parameter].data, tolerance.gradient, what);
      else closeSummary(found[k], expected.grads![parameter], tolerance.gradient, what);
    });

    if (quick && (filter === 'exact' || number > 0)) continue;
    const training = trainingStep(fresh, loss, model.parameters);
    for (const [k, step] of expected.trajectory.entries()) {
      const { loss: before, norm } = await training.step(feeds, 2e-3);
      close([before], [step.loss], tolerance.trajectory, `${name}: loss before step ${k + 1}`);
      close([norm], [step.grad_norm_before_clip], tolerance.trajectory, `${name}: norm before step ${k + 1}`);
    }
    const [after] = await fresh.compile({ outputs: [loss] }).run(feeds);
    close(after, [expected.loss_after_5], tolerance.trajectory, `${name}: loss after five steps`);
    if (tolerance.after5 === undefined) continue;
    const stored = goldenTensors(golden, `after5_${name}`);
    for (const [parameter, tensor] of named) {
      const what = `${name}: ${parameter} after five steps`;
      if (stored) {
        const difference = fresh.read(tensor).map((v, k) => v - stored[parameter].data[k]);
        assert.ok(largest(difference) <= tolerance.after5, `${what}: off by ${largest(difference)}`);
      } else if (expected.after5) closeSummary(fresh.read(tensor), expected.after5[parameter], tolerance.after5, what);
    }
  }
}

needs(goldens, test, 'there are golden cases of both networks', () => {
  const types = goldenCases(goldens).map((golden) => golden.config.model.type);
  assert.equal([...new Set(types)].sort(), ['cgcnn', 'torchmd_et']);
});

for (const golden of existsSync(goldens) ? goldenCases(goldens) : []) {
  for (const variant of VARIANTS.filter(({ large }) => large || sizeOf(golden) < 20_000)) {
    test(`${golden.name}: ${variant.name}`, () => checkCase(golden, variant));
  }
}
test.run();
