/**
 * What the page and its worker say to each other: one order, then news until the end.
 *
 * A worker serves one order; to stop a run, the page ends its worker.
 */
export const ENGINES = { cpu: 'CPU', webgpu: 'WebGPU', webgl2: 'WebGL2' } as const;
export type EngineName = keyof typeof ENGINES;

/** Convolutions × channels, cutoff. */
export const SIZES = {
  smoke: 'tiny: 2 × 16 channels, 4 Å',
  laptop: 'laptop: 4 × 100 channels, 5 Å',
  physical: 'paper: 4 × 100 channels, 8 Å',
} as const;
/** A preset of training/presets.ts. */
export type SizeName = keyof typeof SIZES;

export interface Order {
  readonly engine: EngineName;
  readonly size: SizeName;
  /** How many to make and learn from. */
  readonly crystals: number;
  readonly steps: number;
}

export type News =
  /** The engine answers; the data are being made and kernels compiled. */
  | { readonly kind: 'engine'; readonly device: string }
  | { readonly kind: 'data'; readonly crystals: number; readonly edges: number; readonly parameters: number }
  /** Step `step` (from 1) is done; `loss` is that of its batch before it. */
  | { readonly kind: 'step'; readonly step: number; readonly loss: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly message: string };
