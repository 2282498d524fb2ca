/**
 * What a run can be told. Every run stores its complete configuration; defaults are in presets.ts, all in one place.
 *
 * These are types alone. Whoever takes configurations from people or files checks them first: the commands do so with the
 * schemas of experiments/config/schemas.ts.
 */
import type { ModelConfig } from '../nn/index.ts';
import type { EngineName } from './engine.ts';
import type { StrategyName } from './tasks/index.ts';

export const PRESETS = ['paper', 'physical', 'laptop', 'smoke'] as const;
export type Preset = (typeof PRESETS)[number];

export type TrainingConfig = {
  readonly epochs: number;
  /** A batch ends at this many structures, or before it would pass this many edges. */
  readonly batch: { readonly structures: number; readonly edges: number };
  readonly learningRate: number;
  readonly schedule: 'plateau' | 'cosine' | 'constant';
  /** Whose loss the plateau watches. */
  readonly plateauOn: 'training' | 'validation';
  /** Largest total norm of the gradients. */
  readonly clip: number;
  readonly weightDecay: number;
  /** Ends after this many epochs without a lower validation loss; null trains to the end. */
  readonly patience: number | null;
  /** Decay, for each step, of a running mean of the weights, which is then what is validated and kept; null: none. */
  readonly average: number | null;
};

export type SplitConfig = {
  /** Shares, which add up to 1. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Structures of one formula stay together. */
  readonly grouped: boolean;
};

type Common = {
  readonly preset: Preset;
  /** Draws split, weights and order. */
  readonly seed: number;
  readonly engine: EngineName;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  readonly split: SplitConfig;
  /** Structures of more atoms are left out; null takes all. */
  readonly maxAtoms: number | null;
  /** How many crystals of the built-in universe, where no data are given. */
  readonly crystals: number;
  /** At most this many structures of each file, drawn by the seed; null takes all. */
  readonly most: number | null;
  /** Structures of one atom are used. */
  readonly oneAtom: boolean;
};

export type PretrainConfig = Common & {
  readonly task: 'pretrain';
  /** What is learnt: labelled energies, forces and stress, or to remove noise from relaxed structures. */
  readonly strategy: StrategyName;
  /** Files of labelled structures; none: crystals of the built-in universe. */
  readonly data: readonly string[];
  /** Weights of energy, forces and stress in the loss. */
  readonly weights: readonly [number, number, number];
  /** The energy's loss is an error per structure (as the paper) or per atom. */
  readonly energyPer: 'structure' | 'atom';
  /** Reference energies of elements, fitted for each file; `none` learns raw totals (as the paper). */
  readonly references: 'per-element' | 'none';
  /** Divides the virial by the signed determinant of the cell (as the paper) or by its magnitude. */
  readonly volume: 'signed' | 'absolute';
  /** Labels above a limit (eV/A, eV/A^3) are dropped with their structure, or capped; null: no limit. */
  readonly limits: { readonly force: number | null; readonly stress: number | null; readonly policy: 'drop' | 'cap' };
  /** What denoising is told. */
  readonly noise: {
    /** Standard deviation of a coordinate, Angstrom. */
    readonly sigma: number;
    /** Forces along the noise (as the paper), or against it. */
    readonly sign: 'paper' | 'restoring';
    /** Structures with a larger force (eV/A) are not relaxed and left out; null takes all. */
    readonly maxForce: number | null;
  };
};

export type FinetuneConfig = Common & {
  readonly task: 'finetune';
  /** A file of structures with a property; null: relaxed crystals of the built-in universe. */
  readonly data: string | null;
  /** The property's key; null: the one that the file names. */
  readonly target: string | null;
  /** Its unit; null: as the file says. */
  readonly unit: string | null;
  /** Structures without the property are left out. */
  readonly dropMissing: boolean;
  /** A pre-training's folder, or a checkpoint; null starts from random weights. */
  readonly from: string | null;
  readonly pool: 'add' | 'mean';
  /** Layers after pooling start afresh in spite of a checkpoint, or go on. */
  readonly head: 'fresh' | 'kept';
  /** Paths of other parameters that start afresh, e.g. `conv_list.3`. */
  readonly reinitialise: readonly string[];
  /** Paths of transferred parameters that stay as they are. */
  readonly freeze: readonly string[];
  /** Targets less the training part's median, over its spread; or as they are. */
  readonly scaling: 'standard' | 'none';
};
