/**
 * Errors for whoever calls the library: their stack begins at the caller's line, not inside the library.
 *
 * A wrong shape is noticed three functions deep, in a file that the caller never wrote. The first lines of the stack that lie
 * in the library's own folders are therefore left out. Where all code is one file, as in a bundle, nothing is left out.
 */

/** Folders whose functions users call. */
const OWN = ['tensor', 'autograd', 'nn'];

/** How the lines of a stack name files of these folders: as addresses, and as paths. */
function ownPlaces(): string[] {
  const here: string | undefined = import.meta.url;
  if (!here?.includes('/tensor/errors.')) return [];
  const root = here.slice(0, here.lastIndexOf('/tensor/errors.'));
  const folders = OWN.map((folder) => `${root}/${folder}/`);
  return [...folders, ...folders.map((folder) => decodeURIComponent(folder.replace(/^file:\/\//, '')))];
}

let places: readonly string[] | undefined;

const made = new WeakSet<Error>();

/** Was this error made by `callerError`? Then the library refused what it was given. */
export const isCallerError = (error: unknown): boolean => error instanceof Error && made.has(error);

/** Lines of a stack, kept so that a long way through the library does not hide the caller. */
const DEPTH = 60;

/**
 * An error about how the library was called, to be thrown where that is noticed.
 *
 * @example throw callerError(`sum: axis ${axis} does not exist in ${showShape(shape)}.`);
 */
export function callerError(message: string): Error {
  places ??= ownPlaces();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const error = new Error(message);
  Error.stackTraceLimit = limit;
  made.add(error);
  if (error.stack) error.stack = withoutOwn(error.stack, places, limit);
  return error;
}

const isCall = (line: string): boolean => line.startsWith('    at ');
/** Calls from inside the language, such as `at Array.map (<anonymous>)`. */
const isNative = (line: string): boolean => line.endsWith('(<anonymous>)');

/** A stack without the calls at its top that are the library's own; all of it where there are no others. */
function withoutOwn(stack: string, own: readonly string[], most: number): string {
  const lines = stack.split('\n');
  const top = lines.findIndex(isCall);
  const first = lines.findIndex(
    (line) => isCall(line) && !isNative(line) && !own.some((place) => line.includes(place)),
  );
  return top < 0 || first <= top ? stack : [...lines.slice(0, top), ...lines.slice(first, first + most)].join('\n');
}
