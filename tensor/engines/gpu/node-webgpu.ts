/**
 * WebGPU for Node: sets `navigator.gpu` from the optional package `webgpu` (Dawn), where Node has none of its own.
 *
 * Only programs that run in Node import this file; nothing that a browser loads does.
 */

/** A name that TypeScript and bundlers do not look up, since the package need not be there. */
const DAWN: string = 'webgpu';

/** What we use of the package; both are absent from the empty package that stands in for it (package.json). */
interface Dawn {
  readonly create?: (options: readonly string[]) => unknown;
  readonly globals?: object;
}

/**
 * Gives Node a `navigator.gpu` by the optional package `webgpu`, where it has none. The result is undefined if it is
 * there now, or else the reason why not, as a sentence to show; nothing is thrown.
 *
 * @example
 * // no-run: needs the package webgpu
 * const reason = await provideWebGpu();
 * if (reason !== undefined) console.log(reason);
 */
export async function provideWebGpu(): Promise<string | undefined> {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  if (navigator?.gpu) return undefined;
  try {
    const { create, globals } = (await import(DAWN)) as Dawn;
    if (!create) throw new Error('what is installed under this name is not Dawn');
    Object.assign(globalThis, globals);
    const held = navigator ?? {};
    Object.defineProperty(held, 'gpu', { value: create([]), configurable: true });
    if (!navigator) Object.defineProperty(globalThis, 'navigator', { value: held, configurable: true });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `the optional package webgpu cannot be loaded (${reason}); install it with: npm install webgpu@0.6.2`;
  }
}
