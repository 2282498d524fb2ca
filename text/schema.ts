/**
 * What a value that was read from JSON must look like to be of a type: small checks, put together to larger ones.
 *
 * A schema only looks: the value stays what it is, also where it holds more than the schema asks for. Written for files
 * that this program wrote itself and that may have been damaged since. Configurations, which people write and which want
 * defaults and hints for misspelt keys, are checked in experiments/config/.
 *
 *   const point = object({ x: number, name: optional(string) });
 *   type Point = TypeOf<typeof point>;                      // { x: number; name?: string | undefined }
 *   point.safeParse({ x: 'a' }).error.issues[0];            // { path: ['x'], message: 'expected a number' }
 */

/** Where a value is not what was expected, as keys from the outside to the inside, and what was expected there. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export type Parsed<T> =
  | { readonly success: true; readonly data: T; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: { readonly issues: readonly Issue[] } };

/** Whatever can say whether a value is of type T: a schema of this file, or one of zod's. */
export interface Checks<T> {
  safeParse(value: unknown): Parsed<T>;
}

/** A check of values of type T; `fault` gives the first place that does not fit, undefined if all does. */
export class Schema<T> implements Checks<T> {
  constructor(readonly fault: (value: unknown) => Issue | undefined) {}

  safeParse(value: unknown): Parsed<T> {
    const issue = this.fault(value);
    return issue ? { success: false, error: { issues: [issue] } } : { success: true, data: value as T };
  }
}

/** The type that a schema checks for. */
export type TypeOf<S> = S extends Schema<infer T> ? T : never;

const plain = <T>(expected: string, fits: (value: unknown) => boolean): Schema<T> =>
  new Schema((value) => (fits(value) ? undefined : { path: [], message: `expected ${expected}` }));

const below = (key: PropertyKey, issue: Issue | undefined): Issue | undefined =>
  issue && { path: [key, ...issue.path], message: issue.message };

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

export const string: Schema<string> = plain('a text', (value) => typeof value === 'string');
export const boolean: Schema<boolean> = plain('true or false', (value) => typeof value === 'boolean');
export const anything: Schema<unknown> = plain('anything', () => true);
/** A finite number: JSON has no others. */
export const number: Schema<number> = plain('a number', Number.isFinite);
export const atLeastZero: Schema<number> = where(number, (x) => x >= 0, 'a number of at least 0');
export const aboveZero: Schema<number> = where(number, (x) => x > 0, 'a number above 0');
/** An integer from 0 on, exact in float64. */
export const count: Schema<number> = where(
  number,
  (x) => Number.isSafeInteger(x) && x >= 0,
  'an integer of at least 0',
);

/** One of some values. */
export const oneOf = <const T extends string | number>(values: readonly T[]): Schema<T> =>
  plain(values.join(' or '), (value) => values.includes(value as T));

/** Values of a schema that also pass a test; `expected` completes "expected ...". */
export function where<T>(schema: Schema<T>, test: (value: T) => boolean, expected: string): Schema<T> {
  return new Schema((value) => {
    const issue = schema.fault(value);
    if (issue) return issue;
    return test(value as T) ? undefined : { path: [], message: `expected ${expected}` };
  });
}

export const nullable = <T>(schema: Schema<T>): Schema<T | null> =>
  new Schema((value) => (value === null ? undefined : schema.fault(value)));

/** A key of an object that need not be there. */
export const optional = <T>(schema: Schema<T>): Schema<T | undefined> =>
  new Schema((value) => (value === undefined ? undefined : schema.fault(value)));

export const list = <T>(schema: Schema<T>): Schema<T[]> =>
  new Schema((value) => {
    if (!Array.isArray(value)) return { path: [], message: 'expected a list' };
    return first(value.map((item, k) => [k, schema.fault(item)]));
  });

/** An object whose keys are all of one kind, by default any, and whose values are all alike. */
export const record = <T>(schema: Schema<T>, keys: Schema<string> = string): Schema<Record<string, T>> =>
  new Schema((value) => {
    if (!isTree(value)) return { path: [], message: 'expected an object' };
    return first(Object.entries(value).map(([key, item]) => [key, keys.fault(key) ?? schema.fault(item)]));
  });

function first(issues: readonly (readonly [PropertyKey, Issue | undefined])[]): Issue | undefined {
  const found = issues.find(([, issue]) => issue !== undefined);
  return found && below(...found);
}

type Fields = Readonly<Record<string, Schema<unknown>>>;
type IsOptional<T> = unknown extends T ? false : undefined extends T ? true : false;
type OptionalKeys<F> = { [K in keyof F]: IsOptional<TypeOf<F[K]>> extends true ? K : never }[keyof F];
type ObjectOf<F> = { [K in Exclude<keyof F, OptionalKeys<F>>]: TypeOf<F[K]> } & {
  [K in OptionalKeys<F>]?: TypeOf<F[K]>;
};

/** An object that has these keys, and maybe others. */
export const object = <const F extends Fields>(fields: F): Schema<ObjectOf<F>> =>
  new Schema((value) => {
    if (!isTree(value)) return { path: [], message: 'expected an object' };
    const own = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
    return first(Object.entries(fields).map(([key, schema]) => [key, schema.fault(own(key))]));
  });

/** An object that has these keys and no others. */
export const exactly = <const F extends Fields>(fields: F): Schema<ObjectOf<F>> =>
  new Schema((value) => {
    const issue = object(fields).fault(value);
    const other = issue ? undefined : Object.keys(value as object).find((key) => !Object.hasOwn(fields, key));
    return other === undefined ? issue : { path: [other], message: 'expected no such key' };
  });

/** An object of one of several kinds: the key `by` says which. */
export const kinds = <const K extends Readonly<Record<string, Schema<unknown>>>>(
  by: string,
  schemas: K,
): Schema<TypeOf<K[keyof K]>> =>
  new Schema((value) => {
    if (!isTree(value)) return { path: [], message: 'expected an object' };
    const kind = Object.hasOwn(value, by) ? value[by] : undefined;
    if (typeof kind === 'string' && Object.hasOwn(schemas, kind)) return schemas[kind].fault(value);
    return { path: [by], message: `expected ${Object.keys(schemas).join(' or ')}` };
  });
