/**
 * Elementwise primitives of one's own, from outside the package: `primitive` makes one from its definition, its rule and
 * its scalar expression, as the primitives of the library are made.
 *
 * Nodes and compiled code are told apart by the names of primitives, so there is one primitive of a name. Functions cannot
 * be compared; what is compared where a name is defined again is what they are made of, see `fingerprint`.
 */
import { evaluate, expectExpr, operandsOf, structure } from '../compile/evaluate.ts';
import type { Expr } from '../compile/expr.ts';
import { described } from '../described.ts';
import { sameShape, showShape } from '../dimension.ts';
import { callerError } from '../errors.ts';
import type { Primitive } from '../primitive.ts';
import { expectTensor, type Tensor } from '../tensor.ts';
import type { CustomRule } from './custom.ts';
import { primitives } from './index.ts';
import { apply, type Domain, type Operand, record } from './map.ts';
import type { Scalar } from './scalar.ts';

/** The same type for every number in the list `P`. */
type Each<P extends readonly number[], T> = { [K in keyof P]: T };

/** What a primitive is made of; `P` are the parameters of its definition. */
export interface PrimitiveDefinition<P extends number[]> {
  /** One word that no other primitive has; printed graphs and messages use it. */
  readonly name: string;
  /** One line that says what it computes. */
  readonly doc: string;
  /** The value, of one to three numbers, in float64. All engines mean this. */
  readonly definition: (...x: P) => number;
  /**
   * The cotangents of the operands, given that of the output, the output and the operands, all of one shape; null where no
   * derivative flows. It is written with the functions of tensors, so that derivatives of any order follow from it.
   */
  readonly rule: (cotangent: Tensor, output: Tensor, x: Each<P, Tensor>) => readonly (Tensor | null)[];
  /** The same value as a scalar expression, from which kernels are printed. */
  readonly expression: (...x: Each<P, Scalar>) => Scalar;
  /**
   * Where the two are compared: all operands from `low` (-2) to `high` (2), and not at the points `avoid`; or a list with
   * such a record for each operand.
   */
  readonly domain?: Domain | readonly Domain[];
}

/** Deviations allowed between definition and expression, relative to the largest value. */
const TOLERANCE = 1e-9;
/** At how many points they are compared, and how far these stay away from points to avoid. */
const POINTS = 64;
const GAP = 0.05;
/** Names of nodes that are not in the list of primitives. */
const LEAVES = ['leaf', 'index', 'literal', 'sizeOf'];

const known = new Map<string, { readonly op: Primitive; readonly fingerprint: string }>();

/**
 * An elementwise primitive: a function of tensors or numbers, whose shapes broadcast, that every engine computes in one
 * kernel with its neighbours and that can be differentiated as often as its rule can.
 *
 * Most functions need no primitive: composed of others they are as fast. It is worth it where a formula needs care
 * (overflow, cancellation) or where the rule is simpler than that of the parts. The rule is not checked here: test it with
 * `checkGradients`.
 *
 * Throws where the name is taken (by the library, or by another definition; the same text with the same expression gives
 * the same primitive), where definition and expression take other numbers of operands than one to three, or where they
 * disagree at a point of the domain; the message has the point and both values.
 *
 * @example
 * const bump = primitive({
 *   name: 'bump',
 *   doc: 'e^(-x^2)',
 *   definition: (x: number) => Math.exp(-x * x),
 *   expression: (x) => scalar.exp(scalar.neg(scalar.mul(x, x))),
 *   rule: (c, y, [x]) => [mul(c, mul(-2, mul(x, y)))],
 * });
 * bump(tensor([0, 1])); // [1, 0.367879]
 */
export function primitive<P extends number[]>(made: PrimitiveDefinition<P>): (...x: Each<P, Operand>) => Tensor {
  const arity = arityOf(made);
  const { name } = made;
  const expr = expressionOf(made)(operandsOf(arity));
  const fingerprint = fingerprintOf(made, arity, expr);
  const before = known.get(name);
  if (before && before.fingerprint !== fingerprint) {
    throw callerError(`primitive: there is another definition of '${name}' already. Take another name.`);
  }
  let op = before?.op;
  if (!op) {
    expectAgreement(made, arity, expr);
    const definition = made.definition as (...x: number[]) => number;
    const expression = expressionOf(made);
    op = record(name, arity, made.doc, definition, (...x) => expression(x), ruleOf(made, arity), made.domain);
    known.set(name, { op, fingerprint });
  }
  const primitive = op;
  return (...operands) => {
    if (operands.length === arity) return apply(primitive, ...(operands as Operand[]));
    throw callerError(`${name}: expected ${counted(arity)}, got ${operands.length}.`);
  };
}

const counted = (operands: number): string => `${operands} operand${operands === 1 ? '' : 's'}`;

/** How many operands the definition has. Throws unless the name can be used and expression and domain have as many. */
function arityOf<P extends number[]>({ name, definition, expression, domain }: PrimitiveDefinition<P>): number {
  if (typeof name !== 'string' || !/^[A-Za-z]\w*$/.test(name)) {
    throw callerError(`primitive: expected a name of letters, digits and _, got ${described(name)}.`);
  }
  if (LEAVES.includes(name) || primitives.some((op) => op.name === name)) {
    throw callerError(`primitive: the library has a primitive '${name}' already. Take another name.`);
  }
  const arity = definition.length;
  if (arity < 1 || arity > 3) {
    throw callerError(
      `primitive '${name}': expected a definition with one to three operands, got ${arity}. ` +
        'Each is a parameter of its own, without a default.',
    );
  }
  if (expression.length !== arity) {
    throw callerError(
      `primitive '${name}': the definition has ${counted(arity)}, the expression ${expression.length}. Give both the same.`,
    );
  }
  if (Array.isArray(domain) && domain.length !== arity) {
    throw callerError(`primitive '${name}': expected ${arity} domains, one for each operand, got ${domain.length}.`);
  }
  return arity;
}

const expressionOf =
  <P extends number[]>({ name, expression }: PrimitiveDefinition<P>) =>
  (x: readonly Expr[]): Expr =>
    expectExpr(expression(...(x as Each<P, Scalar>)), `primitive '${name}'`);

/** Equal for two definitions that compute the same and say the same. Functions of the same text may close over other values. */
const fingerprintOf = <P extends number[]>(made: PrimitiveDefinition<P>, arity: number, expr: Expr): string =>
  JSON.stringify([
    structure(expr),
    String(made.definition),
    String(made.rule),
    made.doc,
    pointsOf(made, arity).map((point) => [...point, String(made.definition(...(point as P)))]),
  ]);

/** Points that fill the domain evenly, the same ones each time. */
function pointsOf<P extends number[]>({ name, domain = {} }: PrimitiveDefinition<P>, arity: number): number[][] {
  const axes = Array.from({ length: arity }, (_, k) => {
    const { low = -2, high = 2, avoid = [] } = Array.isArray(domain) ? (domain[k] as Domain) : (domain as Domain);
    if (!(low < high))
      throw callerError(`primitive '${name}': expected a domain from low to high, got ${low} to ${high}.`);
    // Multiples of a root of a prime number, without their whole parts, fill an interval evenly.
    const at = (i: number) => low + (high - low) * (((i + 0.5) * Math.sqrt([2, 3, 5][k])) % 1);
    return { at, allowed: (x: number) => avoid.every((kink) => Math.abs(x - kink) >= GAP) };
  });
  return Array.from({ length: POINTS }, (_, i) => axes.map(({ at }) => at(i))).filter((point) =>
    point.every((x, k) => axes[k].allowed(x)),
  );
}

/** Throws, with a point, unless definition and expression have the same finite values on the domain. */
function expectAgreement<P extends number[]>(made: PrimitiveDefinition<P>, arity: number, expr: Expr): void {
  const points = pointsOf(made, arity);
  if (points.length === 0)
    throw callerError(`primitive '${made.name}': the domain leaves no point to compare definition and expression at.`);
  const values = points.map((point) => ({ point, value: made.definition(...(point as P)) }));
  const where = (point: readonly number[], value: number) =>
    `primitive '${made.name}': at ${point.join(', ')} the definition is ${value}`;
  const odd = values.find(({ value }) => !Number.isFinite(value));
  if (odd) throw callerError(`${where(odd.point, odd.value)}. Give a domain in which it is finite.`);
  const scale = values.reduce((top, { value }) => Math.max(top, Math.abs(value)), 0);
  for (const { point, value } of values) {
    const found = evaluate(expr, point);
    if (Math.abs(found - value) <= TOLERANCE * scale) continue;
    throw callerError(
      `${where(point, value)} and the expression ${found}. They have to agree to ${TOLERANCE} of the largest value.`,
    );
  }
}

/** The rule, with its result checked: a cotangent of the operands' shape, or null, for each operand. */
const ruleOf =
  <P extends number[]>({ name, rule }: PrimitiveDefinition<P>, arity: number): CustomRule =>
  (cotangent, output, x) => {
    const parts = rule(cotangent, output, x as Each<P, Tensor>);
    if (!Array.isArray(parts) || parts.length !== arity) {
      const got = Array.isArray(parts) ? `a list of ${parts.length}` : described(parts);
      throw callerError(
        `${name}: expected the rule to return a list of ${arity} (a cotangent or null each), got ${got}.`,
      );
    }
    for (const [k, part] of parts.entries()) {
      if (part === null || sameShape(expectTensor(part).shape, output.shape)) continue;
      throw callerError(
        `${name}: the rule returned ${showShape(part.shape)} for operand ${k}, expected ${showShape(output.shape)}. ` +
          'It gets and returns tensors of one shape, without sums over axes.',
      );
    }
    return parts;
  };
