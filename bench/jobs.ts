/**
 * What is measured against PyTorch: the same work on the same batches of structures, described once for both sides.
 */
/** Full-size networks of the paper. */
export type Model = 'cgcnn' | 'torchmd-et';

export interface Job {
  readonly name: string;
  readonly task: 'pretrain' | 'finetune' | 'graph';
  readonly model: Model;
  readonly batch: string;
  /** Angstrom; at most 250 nearest neighbours an atom. */
  readonly cutoff: number;
  /** Variants of the peer; the fastest counts. `micro`: structures whose gradients are accumulated one after another. */
  readonly peer: readonly { readonly variant: string; readonly alloc: 'default' | 'tuned'; readonly micro: number }[];
  /** Repetitions inside a process. */
  readonly reps: number;
}

const tuned = (variant: string, micro = 0) => ({ variant, alloc: 'tuned' as const, micro });

export const jobs: readonly Job[] = [
  {
    name: 'pretrain16',
    task: 'pretrain',
    model: 'cgcnn',
    batch: 'batch16',
    cutoff: 5,
    peer: [tuned('fast'), tuned('fast', 4)],
    reps: 7,
  },
  {
    name: 'finetune16',
    task: 'finetune',
    model: 'cgcnn',
    batch: 'batch16',
    cutoff: 5,
    peer: [tuned('fast'), tuned('factored')],
    reps: 9,
  },
  {
    name: 'graph50',
    task: 'graph',
    model: 'cgcnn',
    batch: 'batch50',
    cutoff: 8,
    peer: [tuned('graph_torch')],
    reps: 5,
  },
  {
    name: 'pretrain50',
    task: 'pretrain',
    model: 'cgcnn',
    batch: 'batch50',
    cutoff: 8,
    peer: [tuned('fast', 2)],
    reps: 3,
  },
  {
    name: 'et16',
    task: 'pretrain',
    model: 'torchmd-et',
    batch: 'batch16',
    cutoff: 5,
    peer: [tuned('fast', 1), tuned('fast', 2)],
    reps: 3,
  },
];

export const MOST_NEIGHBOURS = 250;

export interface Measurement {
  readonly median_s: number;
  readonly min_s: number;
  readonly n: number;
  readonly peak_rss_mb: number;
  readonly edges: number;
}
