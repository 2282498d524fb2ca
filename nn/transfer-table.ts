/**
 * A transfer of weights as a short table: layers, their number of tensors, and what becomes of them.
 *
 * Names form a tree; a branch that goes one way is one line, and entries of a list that agree are joined
 * (`conv_list.0..3 (16)  copied`). The numbers in parentheses add up to the totals of the last line.
 */
import type { TransferPlan } from './transfer.ts';

interface Branch {
  /** What becomes of the parameter of this very name. */
  outcome?: string;
  readonly below: Map<string, Branch>;
}

interface Line {
  readonly path: string;
  readonly count: number;
  readonly outcome: string;
}

const isIndex = (segment: string): boolean => /^\d+$/.test(segment);
const total = (lines: readonly Line[]): number => lines.reduce((sum, { count }) => sum + count, 0);

function linesOf({ outcome, below }: Branch, path: string): Line[] {
  const own = outcome === undefined ? [] : [{ path, count: 1, outcome }];
  const keys = [...below.keys()];
  if (keys.length > 0 && keys.every(isIndex)) return [...own, ...listLines(below, path)];
  const lines = [...own, ...keys.flatMap((key) => linesOf(below.get(key)!, path === '' ? key : `${path}.${key}`))];
  const one = path !== '' && lines.length > 1 && lines.every((line) => line.outcome === lines[0].outcome);
  return one ? [{ path, count: total(lines), outcome: lines[0].outcome }] : lines;
}

/** Lines of a list; neighbours that are one line each, of one outcome, become a range. */
function listLines(below: ReadonlyMap<string, Branch>, path: string): Line[] {
  const entries = [...below]
    .map(([key, branch]) => ({ from: Number(key), to: Number(key), lines: linesOf(branch, `${path}.${key}`) }))
    .sort((a, b) => a.from - b.from);
  const runs: typeof entries = [];
  for (const entry of entries) {
    const last = runs[runs.length - 1];
    const [line, before] = [entry.lines[0], last?.lines[0]];
    const single = entry.lines.length === 1 && last?.lines.length === 1;
    if (last && before && single && before.outcome === line.outcome && last.to + 1 === entry.from) {
      last.to = entry.to;
      last.lines = [
        { path: `${path}.${last.from}..${last.to}`, count: before.count + line.count, outcome: line.outcome },
      ];
    } else runs.push(entry);
  }
  return runs.flatMap(({ lines }) => lines);
}

/**
 * The plan of a transfer as a text for people: one line a layer, then the totals.
 *
 * @example
 * const model = { body: initLinear(key(1), 2, 2), head: initLinear(key(2), 2, 1) };
 * const source = readParameters(model, defaultEngine());
 * const lines = printTransfer(planTransfer(model, source, { reinitialise: ['head'] })).split('\n');
 * lines[2];  // 2 copied (0 of them frozen), 0 skipped, 2 fresh, 0 unused
 */
export function printTransfer({ copied, skipped, fresh, frozen, unused }: TransferPlan): string {
  const tree: Branch = { below: new Map() };
  const put = (name: string, outcome: string): void => {
    let at = tree;
    for (const segment of name.split('.')) {
      const next: Branch = at.below.get(segment) ?? { below: new Map() };
      at.below.set(segment, next);
      at = next;
    }
    at.outcome = outcome;
  };
  for (const name of copied) put(name, frozen.includes(name) ? 'copied, frozen' : 'copied');
  for (const { name, reason } of skipped) put(name, `skipped: ${reason}`);
  for (const name of fresh) put(name, 'fresh');
  for (const name of unused) put(name, 'unused: only in the source');
  const rows = linesOf(tree, '').map(({ path, count, outcome }) => [`${path} (${count})`, outcome] as const);
  const width = Math.max(...rows.map(([path]) => path.length));
  const totals =
    `${copied.length} copied (${frozen.length} of them frozen), ${skipped.length} skipped, ` +
    `${fresh.length} fresh, ${unused.length} unused`;
  return [...rows.map(([path, outcome]) => `${path.padEnd(width)}  ${outcome}`), totals].join('\n');
}
