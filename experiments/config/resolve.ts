/**
 * From a preset, a file and flags to one complete configuration; later ones win. Whatever is unknown or unusable is an
 * error that names the nearest thing that exists.
 */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { nearest } from '../data/nearest.ts';
import { UserError } from '../run/user-error.ts';
import { ARCHITECTURES, type Architecture } from './schema.ts';

export type Tree = { readonly [key: string]: unknown };

export const isTree = (x: unknown): x is Tree => typeof x === 'object' && x !== null && !Array.isArray(x);

/** `over` on top of `base`; lists are replaced whole. */
export function merged(base: Tree, over: Tree): Tree {
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const old = out[key];
    out[key] = isTree(old) && isTree(value) ? merged(old, value) : value;
  }
  return out;
}

/** A value at a dotted path, as a tree of its own: `training.epochs=20`. Values are JSON, else text. */
export function assignment(text: string): Tree {
  const at = text.indexOf('=');
  if (at < 1) throw new UserError(`Expected path=value, e.g. training.epochs=20, got '${text}'.`);
  let value: unknown = text.slice(at + 1);
  try {
    value = JSON.parse(value as string);
  } catch {
    // Text needs no quotes.
  }
  const path = text.slice(0, at).split('.');
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}

/** The architecture that a tree asks for, so that the right defaults are taken; CGCNN if it does not say. */
export function architectureIn({ model }: Tree): Architecture {
  const asked = isTree(model) ? model.architecture : undefined;
  if (asked === undefined) return 'cgcnn';
  const known = ARCHITECTURES.find((name) => name === asked);
  if (known) return known;
  throw new UserError(`model.architecture: expected ${ARCHITECTURES.join(' or ')}, got ${JSON.stringify(asked)}.`);
}

export function readConfigFile(path: string): Tree {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${(error as Error).message}). Expected a JSON file.`);
  }
  try {
    const tree: unknown = JSON.parse(text);
    if (isTree(tree)) return tree;
  } catch (error) {
    throw new UserError(`${path}: is not JSON (${(error as Error).message}).`);
  }
  throw new UserError(`${path}: expected a JSON object such as {"training": {"epochs": 20}}.`);
}

const inside = (tree: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (isTree(at) ? at[String(key)] : undefined), tree);

/** Checks a configuration; `template` is a complete one, whose keys are suggested for unknown ones. */
export function parseConfig<T>(schema: z.ZodType<T>, tree: Tree, template: Tree): T {
  const result = schema.safeParse(tree);
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys((inside(template, issue.path) as Tree | undefined) ?? {});
      return issue.keys.map((key) => {
        const [closest] = nearest(key, known);
        const hint = closest === undefined ? '' : `Did you mean '${closest}'? `;
        return `unknown key '${[...issue.path, key].join('.')}'. ${hint}Known here: ${known.join(', ')}.`;
      });
    }
    const found = JSON.stringify(inside(tree, issue.path));
    return [`${path || 'configuration'}: ${issue.message}, got ${found ?? 'nothing'}.`];
  });
  throw new UserError(`The configuration cannot be used:\n  ${lines.join('\n  ')}`);
}
