/** The property that engines compute the same: values and derivatives, compared with the definitions in float64. */
import type fc from 'fast-check';
import { grad } from '../autograd/index.ts';
import { choicesOf } from '../autograd/kinks.ts';
import { add, cpuEngine, type Engine, mul, sum, type Tensor, tensor } from '../tensor/index.ts';
import { inputName, type Program } from './arbitraries/programs.ts';
import { evaluate } from './evaluate.ts';
import {
  type Built,
  build,
  type Call,
  calls,
  type FunctionOptions,
  isBuilt,
  showCall,
  type TensorFunction,
} from './functions.ts';
import { expectOptions, FUNCTION_OPTIONS } from './options.ts';
import { type Finding, report, type SearchOptions, search, short, Unsuitable } from './search.ts';

/** An engine with how far its numbers may be off. */
export interface EngineUnderTest {
  readonly engine: Engine;
  /** Relative to the largest number of an output, or to 1 if all are smaller. */
  readonly tolerance: number;
}

export interface EngineOptions extends FunctionOptions, SearchOptions {
  /** Highest order of the derivatives that are compared, too (default 2; 0 for values only). */
  readonly order?: number;
  /** Default: the CPU engine in float64 (to 1e-10) and in float32 (to 1e-4). Others are compared instead of these. */
  readonly engines?: readonly EngineUnderTest[];
}

/**
 * The engines that are compared unless others are given, with the tolerances: the CPU engine in float64 (1e-10) and in
 * float32 (1e-4).
 *
 * @example
 * usualEngines().length;  // 2
 */
export const usualEngines = (): EngineUnderTest[] => [
  { engine: cpuEngine({ precision: 'f64' }), tolerance: 1e-10 },
  { engine: cpuEngine(), tolerance: 1e-4 },
];

/** How far from a kink, or any other choice, inputs stay: rounding to float32 must not decide about a side. */
const GAP = 1e-4;

const numberOf = ({ shape }: Tensor): number => shape.reduce<number>((n, size) => n * (size as number), 1);
/** A number made of all of y, with weights that have no symmetry. */
const project = (y: Tensor, salt: number): Tensor => {
  const weights = Array.from({ length: numberOf(y) }, (_, k) => Math.sin(1.3 * (k + 1) + salt) + 0.2);
  return sum(mul(y, tensor(weights, y.shape)));
};

/** The value of f, and all derivatives up to an order, each of a projection of those before it. */
function outputsOf({ xs, y }: Built, order: number): { names: string[]; outputs: Tensor[] } {
  const names = ['f'];
  const outputs = [y];
  let last = project(y, 0);
  for (let level = 1; level <= order; level++) {
    const slopes = grad(last, [...xs]);
    for (const [k, slope] of slopes.entries()) {
      names.push(`the derivative of order ${level} by ${inputName(k)}`);
      outputs.push(slope);
    }
    last = slopes.map((slope, k) => project(slope, level + 0.1 * k)).reduce((a, b) => add(a, b));
  }
  return { names, outputs };
}

/** Throws where a choice has another side close by. */
async function expectClear({ feeds }: Built, outputs: readonly Tensor[]): Promise<void> {
  const choices = choicesOf(outputs);
  if (choices.length === 0) return;
  const sides = choices.map(({ side }) => side);
  const moved = (sign: number, frequency: number) => {
    let position = 0;
    const shifted = (x: number) => x + sign * GAP * Math.max(1, Math.abs(x)) * Math.cos(frequency * position++);
    return evaluate(sides, new Map([...feeds].map(([x, data]) => [x, data.map(shifted)])));
  };
  const around = await Promise.all([moved(1, 0), moved(-1, 0), moved(1, 2), moved(-1, 2)]);
  const here = await evaluate(sides, feeds);
  const changes = here.some((side, k) => around.some((other) => side.some((x, e) => x !== other[k][e])));
  if (changes) throw new Unsuitable('a comparison, |x|, floor or maximum has another side within rounding of here');
}

async function examine(call: Call, order: number, engines: readonly EngineUnderTest[]): Promise<Finding | undefined> {
  const built = await build(call);
  if (!isBuilt(built)) return built;
  const { names, outputs } = outputsOf(built, order);
  await expectClear(built, outputs);
  const expected = await evaluate(outputs, built.feeds);
  for (const { engine, tolerance } of engines) {
    const found = await evaluate(outputs, built.feeds, engine);
    for (const [k, numbers] of expected.entries()) {
      // Where the definition itself is not finite, docs/numbers.md says in what engines may differ.
      const finite = numbers.filter(Number.isFinite);
      const scale = finite.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
      const e = numbers.findIndex((x, i) => Number.isFinite(x) && !(Math.abs(found[k][i] - x) <= tolerance * scale));
      if (e < 0 && found[k].length === numbers.length) continue;
      const place = outputs[k].shape.length === 0 || e < 0 ? '' : `, element ${e}`;
      return {
        kind: 'numbers',
        lines: [
          `the engine ${engine.name} is wrong about ${names[k]}${place}`,
          e < 0 ? `it gives     ${found[k].length} numbers` : `it gives     ${short(found[k][e])}`,
          e < 0
            ? `expected are ${numbers.length}`
            : `expected is  ${short(numbers[e])} (off by ${short(found[k][e] - numbers[e])}, allowed ${short(tolerance * scale)})`,
        ],
      };
    }
  }
  return undefined;
}

/**
 * Throws a readable counterexample unless engines give the numbers of the reference engine (float64, by the
 * definitions): values of `f`, a function of tensors or `programs(...)`, and derivatives up to `order`.
 *
 * Inputs are exact in float32. Those at which rounding could decide about a side of a comparison are drawn again.
 *
 * @example
 * const engines = [{ engine: cpuEngine({ precision: 'f64' }), tolerance: 1e-10 }];
 * await enginesAgree((x) => tanh(x), { engines, runs: 5 });
 */
export async function enginesAgree(
  f: TensorFunction | fc.Arbitrary<Program>,
  options: EngineOptions = {},
): Promise<void> {
  const { order = 2, engines = usualEngines() } = options;
  const name = 'enginesAgree';
  expectOptions(name, options, [...FUNCTION_OPTIONS, 'order', 'engines']);
  const found = await search(name, calls(f, options), (call) => examine(call, order, engines), options);
  if (!found) return;
  const [title, ...numbers] = found.finding.lines;
  throw new Error(report(`${name}: ${title}`, numbers, showCall(found.input), found.footer()));
}
