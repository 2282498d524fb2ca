/**
 * The entries of the package and the source file behind each, as `exports` of package.json names them: what programs in
 * the pages may import, and what the reference describes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Entry {
  /** What a program imports, such as `lattigrad/nn`. */
  readonly name: string;
  /** Its source, from the root of the repository, such as `nn/index.ts`. */
  readonly file: string;
}

/** All entries, in the order of package.json. */
export function entries(): Entry[] {
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, { types?: string } | string>;
  };
  return Object.entries(exports).flatMap(([path, target]) => {
    const types = typeof target === 'string' ? undefined : target.types;
    if (types === undefined) return [];
    const file = types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts');
    if (!existsSync(join(ROOT, file)))
      throw new Error(`The entry ${path} of package.json is made from ${file}: there is none.`);
    return [{ name: path.replace(/^\./, name), file }];
  });
}

/** The entries that the reference describes: the main one has all of tensor and autograd, should these be entries, too. */
export const described = (): Entry[] => entries().filter(({ file }) => !/^(tensor|autograd)\/index\.ts$/.test(file));
