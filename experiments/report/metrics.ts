/** Reads the metrics of a run, and draws its curves. */
import { existsSync, readFileSync } from 'node:fs';
import type { RunFolder } from '../run/folder.ts';
import { type CurveOptions, lossCurves } from './curves.ts';
import { savePicture } from './picture.ts';
import type { MetricsRow } from './series.ts';

export function readMetrics(path: string): MetricsRow[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as MetricsRow);
}

export const drawCurves = (folder: RunFolder, options: CurveOptions): Promise<void> =>
  savePicture(folder.file('plots', 'curves'), lossCurves(readMetrics(folder.file('metrics.jsonl')), options));
