/**
 * Names of everything below a folder. Node's own recursive listing follows links: it leaves the folder, and does not
 * end where links lead in a circle.
 */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    // To nothing, to itself, or to where nobody may look.
    return false;
  }
}

/**
 * Paths relative to `folder`, with `/` between their parts, a folder before what it holds. Links to folders are entered
 * only if `follow`.
 */
export function pathsBelow(folder: string, follow = false): string[] {
  const found: string[] = [];
  const isEntered = (entry: Dirent, path: string): boolean =>
    entry.isDirectory() || (follow && entry.isSymbolicLink() && leadsToFolder(path));
  const walk = (below: string, above: readonly string[]) => {
    const real = realpathSync(join(folder, below));
    // A link to what it lies in.
    if (above.includes(real)) return;
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      found.push(path);
      if (isEntered(entry, join(folder, path))) walk(path, [...above, real]);
    }
  };
  walk('', []);
  return found;
}
