/** The curves of a run that has trained, from its metrics, as plots/curves; nothing of an evaluation. */
import { type CurveOptions, lossCurves, savePicture } from '../../plots/index.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { readMetrics } from '../run-folder/metrics.ts';

export async function drawCurves(folder: RunFolder, options: CurveOptions): Promise<void> {
  if (!folder.has('metrics.jsonl')) return;
  const rows = readMetrics(folder.file('metrics.jsonl'));
  await savePicture(folder.file('plots', 'curves'), lossCurves(rows, options));
}
