/**
 * What the laws are checked for: small networks of every model of nn/models/, in every form, with exact filters and with
 * tables. A model that is added there inherits the whole suite.
 */
import { collate, neighbours, type Structure } from '../../graph/index.ts';
import {
  ARCHITECTURES,
  type Architecture,
  flattenParameters,
  forcesAndStress,
  graphInputs,
  type Laws,
  type ModelConfig,
  modelOf,
  network,
  strainedGeometry,
} from '../../nn/index.ts';
import { cpuEngine, fold, key, normal } from '../../tensor/index.ts';
import { feedGraph } from '../support/by-tensor.ts';

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

export interface LawModel extends Laws {
  readonly name: string;
  readonly cutoff: number;
  /** Predictions in float64 (of `singleModels` in float32). */
  readonly predict: (structures: readonly Structure[]) => Promise<Prediction>;
}

const CUTOFF = 4;

type Precision = 'f32' | 'f64';

/** A small network of a model with its derivatives, compiled once. */
function lawModel(
  architecture: Architecture,
  form: 'paper' | 'physical',
  filter: 'exact' | 'table',
  precision: Precision = 'f64',
): LawModel {
  const { title, sizes, laws, atomVectors } = modelOf({ architecture });
  const neighboursOfAll = { most: null, rule: 'shell', imageCap: null } as const;
  const common = { form, cutoff: CUTOFF, neighbours: neighboursOfAll, filter };
  const config = { architecture, ...common, ...sizes.small, channels: 8, hidden: 9 } as ModelConfig;
  const engine = cpuEngine({ precision });
  const [whole, atomic] = (['graph', 'node'] as const).map((level) => network(config, 'add', key(7), level));
  // Fresh biases are zero, which hides jumps at the cutoff that training would bring out.
  for (const { parameters } of [whole, atomic]) {
    for (const [name, tensor] of flattenParameters(parameters)) {
      if (name.endsWith('bias')) engine.write(tensor, normal(fold(key(8), name), tensor.shape[0] as number));
    }
  }
  const inputs = graphInputs();
  const shape = strainedGeometry(inputs);
  const energy = whole.apply(inputs, shape.vectors);
  const { forces, stress } = forcesAndStress(energy, inputs, shape);
  const plan = engine.compile({ outputs: [energy, forces, stress, atomic.apply(inputs, shape.vectors)] });
  return {
    name: `${title} ${form}, ${filter} filters`,
    ...laws[form],
    cutoff: CUTOFF,
    async predict(structures) {
      const batch = collate(structures.map((structure) => ({ structure, edges: neighbours(structure, CUTOFF) })));
      const values = await plan.run(feedGraph(inputs, batch, { ...whole.grid, knots: 1024 }));
      return { energy: values[0], forces: values[1], stress: values[2], perAtom: values[3], vectors: atomVectors };
    },
  };
}

export const lawModels: readonly LawModel[] = ARCHITECTURES.flatMap((architecture) => [
  lawModel(architecture, 'paper', 'exact'),
  lawModel(architecture, 'paper', 'table'),
  lawModel(architecture, 'physical', 'exact'),
  lawModel(architecture, 'physical', 'table'),
]);

/** The same in float32, as trainings compute. */
export const singleModels: readonly LawModel[] = ARCHITECTURES.map((architecture) =>
  lawModel(architecture, 'physical', 'table', 'f32'),
);
