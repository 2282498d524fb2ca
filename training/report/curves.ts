/** Draws the curves of a run that has trained, from its metrics; nothing of an evaluation. */
import type { DrawnCurves } from '../pictures.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { readMetrics } from '../run-folder/metrics.ts';

export async function drawCurves(folder: RunFolder, words: DrawnCurves): Promise<void> {
  if (!folder.has('metrics.jsonl')) return;
  await folder.pictures.curves(folder.file('plots', 'curves'), readMetrics(folder.file('metrics.jsonl')), words);
}
