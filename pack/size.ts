/** How large the entries of a package are in a page: bundled by esbuild, minified, compressed by gzip. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Packages that a page with a GPU or a test brings along itself. */
const EXTERNAL = ['gpu.js', 'webgpu', 'fast-check', 'node:*'];

/** A program as one text for browsers; packages are looked up from `folder`. */
export async function bundled(program: string, folder: string, external: readonly string[] = []): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: [...external],
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

export interface Size {
  readonly minified: number;
  readonly gzip: number;
}

export const sizeOf = (text: string): Size => ({
  minified: Buffer.byteLength(text),
  gzip: gzipSync(text, { level: 9 }).length,
});

/** Bytes of everything that an entry exports. */
export const entrySize = async (module: string, folder: string): Promise<Size> =>
  sizeOf(await bundled(`export * from '${module}';`, folder, EXTERNAL));

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
