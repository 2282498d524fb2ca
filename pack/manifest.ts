/** What the manifests of both packages have in common, and the names of commands in them. */
import { PEERS, type Peer } from './entries.ts';

export interface Versions {
  /** Of both packages. */
  readonly version: string;
  /** The range of another package, as the repository's own package.json has it. */
  versionOf(name: string): string;
}

export interface RootManifest {
  readonly version: string;
  readonly [group: string]: unknown;
}

const GROUPS = ['dependencies', 'devDependencies'];

/** Versions as a manifest names them. */
export function versionsIn(own: RootManifest): Versions {
  const groups = GROUPS.map((group) => (own[group] ?? {}) as Record<string, string>);
  return {
    version: own.version,
    versionOf(name) {
      const found = groups.find((group) => Object.hasOwn(group, name));
      if (found) return found[name];
      throw new Error(`package.json names no version of ${name}, which a package needs. Add it.`);
    },
  };
}

/** Entries that are the same in both, beside what the package is. */
export const repository = (description: string): object => ({
  description,
  license: 'MIT',
  keywords: ['automatic differentiation', 'tensor', 'WebAssembly', 'graph neural network', 'materials science'],
  engines: { node: '>=20.11' },
});

/** Packages that may be there, and in which version if they are. */
export const optionalPeers = (names: readonly Peer[]): object => ({
  peerDependencies: Object.fromEntries(names.map((name) => [name, PEERS[name]])),
  peerDependenciesMeta: Object.fromEntries(names.map((name) => [name, { optional: true }])),
});

export const manifestText = (manifest: object): string => `${JSON.stringify(manifest, null, 2)}\n`;

/** A text in which the commands of the repository are called as they are called where the packages are installed. */
export const asCommand = (text: string): string =>
  text
    .replace(/npm run (\$\{[^}]+\}|[a-z]+\d?)(?: --)?/g, 'npx lattigrad $1')
    .replace(/npm start(?: --)?/g, 'npx lattigrad start');
