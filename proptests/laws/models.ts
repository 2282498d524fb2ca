/**
 * Every model and preset that the laws are checked for: add a model here and it inherits the whole suite.
 */
import { collate, type Edges, neighbours, type Structure } from '../../graph/index.ts';
import {
  applyCGCNN,
  applyTorchMDET,
  type CGCNNConfig,
  cgcnnDefaults,
  feedGraph,
  flattenParameters,
  forcesAndStress,
  type GraphInputs,
  graphInputs,
  initCGCNN,
  initTorchMDET,
  type RadialGridOptions,
  strainedGeometry,
  type TorchMDETConfig,
  torchmdETDefaults,
  torchmdETGrid,
} from '../../nn/index.ts';
import { type CpuEngine, cpuEngine, fold, key, normal, type Tensor } from '../../tensor/index.ts';

export interface Prediction {
  /** eV, one a structure. */
  readonly energy: Float64Array;
  /** eV/A, 3 an atom. */
  readonly forces: Float64Array;
  /** eV/A^3, 9 a structure. */
  readonly stress: Float64Array;
  /** Outputs of the same network without pooling, one an atom. */
  readonly perAtom: Float64Array;
  /** Is `perAtom` a vector, 3 numbers an atom, that turns with the crystal? */
  readonly vectors: boolean;
}

export interface LawModel {
  readonly name: string;
  readonly cutoff: number;
  /** Energies and forces do not jump when an edge crosses the cutoff. */
  readonly smooth: boolean;
  /** Atoms see the same in every cell of a crystal, also in supercells. */
  readonly anyCell: boolean;
  /** Predictions in float64 (of `singleModels` in float32); neighbour lists are built unless given. */
  readonly predict: (structures: readonly Structure[], edges?: readonly Edges[]) => Promise<Prediction>;
}

const CUTOFF = 4;

type Precision = 'f32' | 'f64';

/** The part of a law model that networks share: energies of `apply` and their derivatives, compiled in float64. */
function lawModel(
  engine: CpuEngine,
  what: Pick<LawModel, 'name' | 'smooth' | 'anyCell'>,
  grid: RadialGridOptions,
  vectors: boolean,
  apply: (inputs: GraphInputs, edgeVectors: Tensor, level: 'graph' | 'node') => Tensor,
): LawModel {
  const inputs = graphInputs();
  const shape = strainedGeometry(inputs);
  const energy = apply(inputs, shape.vectors, 'graph');
  const { forces, stress } = forcesAndStress(energy, inputs, shape);
  const plan = engine.compile({ outputs: [energy, forces, stress, apply(inputs, shape.vectors, 'node')] });
  return {
    ...what,
    cutoff: CUTOFF,
    async predict(structures, edges) {
      const batch = collate(
        structures.map((structure, k) => ({ structure, edges: edges?.[k] ?? neighbours(structure, CUTOFF) })),
      );
      const values = await plan.run(feedGraph(inputs, batch, grid));
      return { energy: values[0], forces: values[1], stress: values[2], perAtom: values[3], vectors };
    },
  };
}

function cgcnn(preset: 'paper' | 'physical', filter: 'exact' | 'table', precision: Precision = 'f64'): LawModel {
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
  return lawModel(
    cpuEngine({ precision }),
    { name: `CGCNN ${preset}, ${filter} filters`, smooth: preset === 'physical', anyCell: true },
    { cutoff: CUTOFF },
    false,
    (inputs, vectors, level) => applyCGCNN(parameters, inputs, vectors, { ...config, level }),
  );
}

function torchmdET(preset: 'paper' | 'physical', filter: 'exact' | 'table', precision: Precision = 'f64'): LawModel {
  const config: TorchMDETConfig = {
    ...torchmdETDefaults,
    hidden_channels: 8,
    num_heads: 2,
    num_layers: 2,
    num_rbf: 6,
    post_hidden_channels: 7,
    cutoff: CUTOFF,
    level: 'node',
    preset,
    filter,
  };
  const parameters = initTorchMDET(config, key(7));
  const engine = cpuEngine({ precision });
  // Fresh biases are zero, which hides jumps at the cutoff that training would bring out.
  for (const [name, tensor] of flattenParameters(parameters)) {
    if (name.endsWith('bias')) engine.write(tensor, normal(fold(key(8), name), tensor.shape[0] as number));
  }
  const physical = preset === 'physical';
  return lawModel(
    engine,
    { name: `TorchMD-Net ET ${preset}, ${filter} filters`, smooth: physical, anyCell: physical },
    { ...torchmdETGrid(config), knots: 1024 },
    true,
    (inputs, vectors, level) => applyTorchMDET(parameters, inputs, vectors, { ...config, level }),
  );
}

export const lawModels: readonly LawModel[] = [cgcnn, torchmdET].flatMap((model) => [
  model('paper', 'exact'),
  model('paper', 'table'),
  model('physical', 'exact'),
  model('physical', 'table'),
]);

/** The same in float32, as trainings compute. */
export const singleModels: readonly LawModel[] = [cgcnn, torchmdET].map((model) => model('physical', 'table', 'f32'));
