/** Draws the curves of a run from its metrics. */

import { type CurveOptions, lossCurves } from '../../plots/curves.ts';
import { savePicture } from '../../plots/picture.ts';
import type { MetricsRow } from '../../plots/series.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { readMetrics } from '../run-folder/metrics.ts';

export const drawCurves = (folder: RunFolder, options: CurveOptions): Promise<void> =>
  savePicture(
    folder.file('plots', 'curves'),
    lossCurves(readMetrics(folder.file('metrics.jsonl')) as MetricsRow[], options),
  );
