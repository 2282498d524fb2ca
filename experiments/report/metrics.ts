/** Draws the curves of a run from its metrics. */
import type { RunFolder } from '../run/folder.ts';
import { readMetrics } from '../run/metrics.ts';
import { type CurveOptions, lossCurves } from './curves.ts';
import { savePicture } from './picture.ts';
import type { MetricsRow } from './series.ts';

export const drawCurves = (folder: RunFolder, options: CurveOptions): Promise<void> =>
  savePicture(
    folder.file('plots', 'curves'),
    lossCurves(readMetrics(folder.file('metrics.jsonl')) as MetricsRow[], options),
  );
