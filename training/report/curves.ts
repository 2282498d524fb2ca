/** Draws the curves of a run from its metrics. */
import type { DrawnCurves } from '../pictures.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { readMetrics } from '../run-folder/metrics.ts';

export const drawCurves = (folder: RunFolder, words: DrawnCurves): Promise<void> =>
  folder.pictures.curves(folder.file('plots', 'curves'), readMetrics(folder.file('metrics.jsonl')), words);
