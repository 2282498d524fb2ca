/**
 * What a model is to everybody who trains, evaluates or compares networks: one record in a file of nn/models/.
 *
 * The record says what the model is called, which numbers describe it, and how a network is made of them. Whoever uses
 * networks takes any of them (nn/models/index.ts) and never asks which one it is.
 */
import type { Key, Tensor } from '../tensor/index.ts';
import type { GraphInputs, RadialGridOptions } from './inputs.ts';
import type { Parameters } from './parameters.ts';
import type { Pooling } from './pooling.ts';

/** Outputs for structures, one number each, or for atoms, three numbers each (the prediction head of denoising). */
export type Level = 'graph' | 'node';

/** A model with sizes: parameters, and functions of a graph. */
export interface Network {
  /** Of the model and its form, as in `CGCNN (physical)`. */
  readonly name: string;
  readonly parameters: Parameters;
  /** How many trainable numbers there are. */
  readonly size: number;
  /** The grid of its radial tables. */
  readonly grid: RadialGridOptions;
  /** Paths of the layers after pooling. */
  readonly head: readonly string[];
  /** From edge vectors [edges, 3] in Angstrom to outputs: [structures] (level `graph`) or [atoms, 3] (level `node`). */
  readonly apply: (inputs: GraphInputs, vectors: Tensor) => Tensor;
  /** Atoms as the network sees them before its head, [atoms, channels]; `apply` is made of it. */
  readonly embed: (inputs: GraphInputs, vectors: Tensor) => Tensor;
  /** What holds of it, by the record of its model; absent if nobody says. */
  readonly laws?: Laws;
}

/** What every model is told: whose conventions it follows, which neighbours it sees, and two sizes. */
export interface CommonSettings {
  /** `paper`: as the authors ran it, quirks included; `physical`: smooth at the cutoff. */
  readonly form: 'paper' | 'physical';
  /** Angstrom. */
  readonly cutoff: number;
  readonly neighbours: {
    /** Largest number of neighbours of an atom; null keeps all. */
    readonly most: number | null;
    /** `exact` cuts through a shell of equal distances, `shell` keeps the last one whole. */
    readonly rule: 'exact' | 'shell';
    /** Periodic images further than this many cells are ignored; null keeps all. */
    readonly imageCap: number | null;
  };
  /** Radial filters from tables, or exact. */
  readonly filter: 'table' | 'exact';
  /** Features of an atom. */
  readonly channels: number;
  /** Features after pooling. */
  readonly hidden: number;
}

/** The numbers that only this model has, by name: a width of layers, a number of layers, or any number above 0. */
export type OwnNumbers<Own extends string> = Readonly<Record<Own, 'size' | 'layers' | 'positive'>>;
export type Settings<Own extends string> = CommonSettings & Readonly<Record<Own, number>>;
type Sizes<Own extends string> = Readonly<Record<'channels' | 'hidden' | Own, number>>;

export interface Laws {
  /** Energies and forces do not jump when an edge crosses the cutoff. */
  readonly smooth: boolean;
  /** Atoms see the same in every cell that describes a crystal, also in supercells. */
  readonly anyCell: boolean;
  /** With sums over atoms (pooling `add`), a cell of twice the size has twice the energy. No layer after pooling may bend it. */
  readonly extensive: boolean;
}

export interface Model<Own extends string = never> {
  /** As texts call it. */
  readonly title: string;
  readonly own: OwnNumbers<Own>;
  /** Of the paper, and of a network that learns in seconds, to see that all works. */
  readonly sizes: { readonly full: Sizes<NoInfer<Own>>; readonly small: Sizes<NoInfer<Own>> };
  /** What holds of its outputs in each form; proptests/laws/ checks it. */
  readonly laws: Readonly<Record<CommonSettings['form'], Laws>>;
  /** Whether the three numbers of an atom (level `node`) are a vector that turns with the crystal. */
  readonly atomVectors: boolean;
  /** The largest learning rate of the paper. */
  readonly learningRate: number;
  /** Why no network has these settings, as in `expected channels to be ...`; undefined if one has. */
  fault?(settings: Settings<Own>): string | undefined;
  /** About so many weights a network has; asked before it is made. */
  weights(settings: Settings<Own>): number;
  /** A network with fresh weights, a pure function of its arguments. */
  network(settings: Settings<Own>, pooling: Pooling, key: Key, level: Level): Network;
}

/**
 * The record itself: it lets TypeScript find the names of a model's own numbers, such as the layers of `convolutions`.
 * docs/how-to/model.md adds one.
 *
 * @example
 * const { small } = cgcnn.sizes;
 * const narrow = defineModel({ ...cgcnn, title: 'narrow CGCNN', sizes: { full: small, small } });
 * narrow.sizes.full.channels;  // 16
 */
export const defineModel = <Own extends string>(record: Model<Own>): Model<Own> => record;
