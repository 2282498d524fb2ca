/**
 * Readable lines in consoles: `console.log(x)` of a tensor or a value prints what `String(x)` does, in Node and in browsers.
 *
 * Node asks an object for its text under a symbol. The consoles of browsers ask for nothing: they show the name of an object's
 * constructor, or, where the object was not made by one, its own `Symbol.toStringTag`, which must be there beforehand. So in
 * browsers, and only there, tensors and values are made without their constructor and are given their line at once.
 */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Outside Node nobody asks for a line. */
const isBrowser = typeof process === 'undefined';

/** Lets Node print objects of this prototype by `line`. */
export function printedBy<T extends object>(prototype: T, line: (it: T) => string): void {
  Object.defineProperty(prototype, INSPECT, {
    value(this: T) {
      return line(this);
    },
  });
}

/** The object as browsers will show it by `line`; in Node the object itself. */
export function labelled<T extends object>(made: T, line: (it: T) => string): T {
  if (!isBrowser) return made;
  const copy = Object.assign(Object.create(Object.getPrototypeOf(made) as object) as T, made);
  relabel(copy, line);
  return copy;
}

/** Says that an object's line has changed since it was made. */
export function relabel<T extends object>(made: T, line: (it: T) => string): void {
  if (isBrowser) Object.defineProperty(made, Symbol.toStringTag, { value: line(made), configurable: true });
}
