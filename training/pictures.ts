/**
 * What a run asks of whoever draws its pictures. Training itself draws nothing: the commands hand it a way to draw
 * (experiments/pictures.ts), and without one a run has tables and no pictures.
 */
import type { PropertyPart } from './report/property.ts';
import type { MetricsLine } from './run-folder/metrics.ts';

/** Labels against predictions, gathered one by one while they are computed. */
export interface PointCloud {
  /** How many there are. */
  readonly size: number;
  add(point: { readonly label: number; readonly predicted: number; readonly group?: string }): void;
}

/** What is drawn of a quantity that a run logs. */
export interface DrawnQuantity {
  readonly label?: string;
  readonly unit?: string;
  /** What a logged value is multiplied by, e.g. 1000 from eV to meV. */
  readonly scale?: number;
}

export interface DrawnCurves {
  readonly title: string;
  /** The training loss (default: so called, without a unit). */
  readonly training?: DrawnQuantity;
  /** The validated quantity whose lowest value marks the best epoch. */
  readonly monitor: string;
  /** The validated quantities by name, in their order. */
  readonly quantities: Readonly<Record<string, DrawnQuantity>>;
}

/** A way to draw; files are named without their endings. */
export interface Pictures {
  cloud(): PointCloud;
  /** Predictions against labels. */
  parity(
    path: string,
    cloud: PointCloud,
    words: { readonly title: string; readonly quantity: string; readonly unit: string },
  ): Promise<void>;
  /** The same with a panel for each part; nothing where no structure has a label. */
  parityOfParts(path: string, parts: readonly PropertyPart[], target: string, unit: string): Promise<void>;
  /** How losses and errors went from epoch to epoch. */
  curves(path: string, lines: readonly MetricsLine[], words: DrawnCurves): Promise<void>;
}

/**
 * Draws nothing: what `openRun` takes unless it is given a way to draw.
 *
 * @example
 * const cloud = NO_PICTURES.cloud();
 * cloud.add({ label: 1, predicted: 1.1 });
 * cloud.size;  // 1
 */
export const NO_PICTURES: Pictures = {
  cloud: () => {
    let size = 0;
    return {
      get size() {
        return size;
      },
      add: () => void size++,
    };
  },
  parity: async () => {},
  parityOfParts: async () => {},
  curves: async () => {},
};
