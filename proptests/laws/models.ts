/**
 * Every model and preset that the laws are checked for: add a model here and it inherits the whole suite.
 */
import { collate, type Edges, neighbours, type Structure } from '../../graph/index.ts';
import {
  applyCGCNN,
  type CGCNNConfig,
  cgcnnDefaults,
  feedGraph,
  forcesAndStress,
  geometry,
  graphInputs,
  initCGCNN,
} from '../../nn/index.ts';
import { cpuEngine, type Feeds, key } from '../../tensor/index.ts';

export interface Prediction {
  /** eV, one a structure. */
  readonly energy: Float64Array;
  /** eV/A, 3 an atom. */
  readonly forces: Float64Array;
  /** eV/A^3, 9 a structure. */
  readonly stress: Float64Array;
  /** Outputs of the same network without pooling, one an atom. */
  readonly perAtom: Float64Array;
}

export interface LawModel {
  readonly name: string;
  readonly cutoff: number;
  /** Energies and forces do not jump when an edge crosses the cutoff. */
  readonly smooth: boolean;
  /** Predictions in float64; neighbour lists are built unless given. */
  readonly predict: (structures: readonly Structure[], edges?: readonly Edges[]) => Promise<Prediction>;
}

const CUTOFF = 4;

function cgcnn(preset: 'paper' | 'physical', filter: 'exact' | 'table'): LawModel {
  const engine = cpuEngine({ precision: 'f64' });
  const config: CGCNNConfig = {
    ...cgcnnDefaults,
    dim1: 8,
    dim2: 9,
    gc_count: 2,
    post_fc_count: 2,
    edge_dim: 12,
    cutoff: CUTOFF,
    preset,
    filter,
  };
  const parameters = initCGCNN(config, key(7));
  const inputs = graphInputs();
  const shape = geometry(inputs);
  const energy = applyCGCNN(parameters, inputs, shape.vectors, config);
  const { forces, stress } = forcesAndStress(energy, inputs, shape);
  const perAtom = applyCGCNN(parameters, inputs, shape.vectors, { ...config, level: 'node' });
  const plan = engine.compile({ outputs: [energy, forces, stress, perAtom] });
  return {
    name: `CGCNN ${preset}, ${filter} filters`,
    cutoff: CUTOFF,
    smooth: preset === 'physical',
    async predict(structures, edges) {
      const batch = collate(
        structures.map((structure, k) => ({ structure, edges: edges?.[k] ?? neighbours(structure, CUTOFF) })),
      );
      const values = await plan.run(feedGraph(inputs, batch, { cutoff: CUTOFF }) as Feeds);
      return { energy: values[0]!, forces: values[1]!, stress: values[2]!, perAtom: values[3]! };
    },
  };
}

export const lawModels: readonly LawModel[] = [
  cgcnn('paper', 'exact'),
  cgcnn('paper', 'table'),
  cgcnn('physical', 'exact'),
  cgcnn('physical', 'table'),
];
