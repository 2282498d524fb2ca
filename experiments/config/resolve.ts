/**
 * From a preset, a file and flags to one complete configuration; later ones win. Whatever is unknown or unusable is an
 * error that names the nearest thing that exists.
 */
import type { z } from 'zod';
import { nearest } from '../../data/nearest.ts';
import { UserError } from '../../files/errors.ts';
import { readJson } from '../../files/read.ts';
import { ARCHITECTURES, type Architecture, USUAL_ARCHITECTURE } from '../../nn/index.ts';
import { excerpt, excerptOf, quote } from '../../text/printable.ts';
import { parseStrictJson, prototypeKeys } from '../../text/strict-json.ts';

export type Tree = { readonly [key: string]: unknown };

export const isTree = (x: unknown): x is Tree => typeof x === 'object' && x !== null && !Array.isArray(x);

/** `over` on top of `base`; lists are replaced whole. */
export function merged(base: Tree, over: Tree): Tree {
  // Entries, not assignments: a key called __proto__ stays a key, which parseConfig refuses.
  const out = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const old = out.get(key);
    out.set(key, isTree(old) && isTree(value) ? merged(old, value) : value);
  }
  return Object.fromEntries(out);
}

/** No entry of a configuration lies deeper, by far. */
const DEEPEST = 20;

/** A value at a dotted path, as a tree of its own. */
export const treeAt = (path: string, value: unknown): Tree =>
  path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;

/** The tree of `training.epochs=20`. Values are JSON, else text. */
export function assignment(text: string): Tree {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(0, at)).split('.');
  if (at < 1 || path.includes('') || path.length > DEEPEST) {
    throw new UserError(`Expected path=value, e.g. training.epochs=20, got ${quote(text)}.`);
  }
  return treeAt(path.join('.'), parsedValue(text.slice(at + 1), path.join('.')));
}

function parsedValue(text: string, place: string): unknown {
  try {
    JSON.parse(text);
  } catch {
    // Text needs no quotes.
    return text;
  }
  try {
    return parseStrictJson(text);
  } catch (error) {
    throw new UserError(`${place}: ${(error as Error).message}, got ${excerpt(text)}.`);
  }
}

/** The architecture that a tree asks for, so that the right defaults are taken; the usual one if it does not say. */
export function architectureIn({ model }: Tree): Architecture {
  const asked = isTree(model) ? model.architecture : undefined;
  if (asked === undefined) return USUAL_ARCHITECTURE;
  const known = ARCHITECTURES.find((name) => name === asked);
  if (known) return known;
  throw new UserError(`model.architecture: expected ${ARCHITECTURES.join(' or ')}, got ${excerptOf(asked)}.`);
}

/** The tree in a file of the user; a pipe that the shell made, as in `--config <(command)`, is one too. */
export function readConfigFile(path: string): Tree {
  const tree = readJson(path, 'a configuration, such as {"training": {"epochs": 20}}', true);
  if (isTree(tree)) return tree;
  throw new UserError(`${path}: expected a JSON object such as {"training": {"epochs": 20}}, got ${excerptOf(tree)}.`);
}

const inside = (tree: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    // Lists have numbers for keys.
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Tree)[String(key)] : undefined,
    tree,
  );

/** At most so many faults are told at once. */
const MOST_FAULTS = 6;

/** Checks a configuration; `template` is a complete one, whose keys are suggested for unknown ones. */
export function parseConfig<T>(schema: z.ZodType<T>, tree: Tree, template: Tree): T {
  const unknownKey = (path: readonly PropertyKey[]) => {
    const known = Object.keys((inside(template, path.slice(0, -1)) as Tree | undefined) ?? {});
    const [closest] = nearest(excerpt(String(path.at(-1))), known);
    const hint = closest === undefined ? '' : `Did you mean '${closest}'? `;
    return `unknown key ${quote(path.join('.'))}. ${hint}Known here: ${known.join(', ')}.`;
  };
  const hidden = prototypeKeys(tree);
  const result = schema.safeParse(tree);
  if (result.success && hidden.length === 0) return result.data;
  const lines = (result.error?.issues ?? []).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.filter((key) => key !== '__proto__').map((key) => unknownKey([...issue.path, key]));
    }
    const found = inside(tree, issue.path);
    // A custom message says itself what was found.
    const got =
      issue.code === 'custom' && isTree(found) ? '' : `, got ${found === undefined ? 'nothing' : excerptOf(found)}`;
    return [`${excerpt(issue.path.join('.')) || 'configuration'}: ${issue.message}${got}.`];
  });
  // One line, and not a book: the others show when these are mended.
  const all = [...hidden.map(unknownKey), ...lines];
  const more = all.length > MOST_FAULTS ? ` And ${all.length - MOST_FAULTS} more.` : '';
  throw new UserError(`The configuration cannot be used: ${all.slice(0, MOST_FAULTS).join(' ')}${more}`);
}
