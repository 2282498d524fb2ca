/**
 * One message layer of CGCNN (100 channels, 50 Gaussians, float32) over crystals of the built-in universe:
 * `npm run bench:messages`.
 *
 * Measured: a run of a compiled plan with its feeds (indices are checked and copied into the engine's memory), from edge
 * vectors to the filters, the messages and their sum. Excluded: compilation, neighbour lists, batches. Atomic features
 * and weights lie in the engine's memory. Three plans: `forward` (energies: sums of the layer's results), `forces`
 * (also their derivative by positions), `training` (gradients of a loss of the forces by weights and features).
 */
import { grad } from '../autograd/index.ts';
import { collate } from '../graph/index.ts';
import {
  applyCGConv,
  atoms,
  cgcnnDefaults,
  evaluateRadial,
  expandGaussian,
  feedGraph,
  flattenParameters,
  forcesAndStress,
  gaussianBasis,
  graphInputs,
  initCGConv,
  poolAtoms,
  type RadialEvaluation,
  strainedGeometry,
} from '../nn/index.ts';
import {
  add,
  type CpuEngine,
  compile,
  cpuEngine,
  fold,
  key,
  linear,
  type Named,
  sqrt,
  square,
  sum,
  type Tensor,
  uniform,
  variable,
} from '../tensor/index.ts';
import { graphsWith } from './crystals.ts';
import { type Case, runSuite, type SuiteOptions, suiteCommand } from './suite.ts';

const CUTOFF = 5;
const { dim1: channels, edge_dim: edgeChannels, width } = cgcnnDefaults;
type Task = 'forward' | 'forces' | 'training';

const messageCase = (task: Task, filter: RadialEvaluation, least: number, engine: CpuEngine): Case => ({
  name: `${task}, ${filter} filter, ${least} edges`,
  prepare: () => {
    const batch = collate(graphsWith(least, CUTOFF));
    const conv = initCGConv({ f: fold(key(1), 'f'), s: fold(key(1), 's') }, channels, edgeChannels);
    const values = uniform(key(2), batch.sizes.atoms * channels);
    const features = variable(values, [atoms, channels], 'features');
    engine.write(features, values);
    for (const weight of flattenParameters(conv).values()) engine.write(weight, engine.read(weight));
    const inputs = graphInputs();
    const run = compile(inputs, outputs(task), { engine });
    const feeds = feedGraph(batch, { cutoff: CUTOFF });
    return {
      once: () => run(feeds),
      work: { amount: batch.sizes.edges, unit: 'edge' },
      threads: engine.threads,
    };

    function outputs(wanted: Task): Named {
      const shape = strainedGeometry(inputs);
      const r = sqrt(sum(square(shape.vectors), { axis: -1 }));
      const basis = gaussianBasis(edgeChannels, CUTOFF, width);
      const onEdges = (weight: Tensor) =>
        evaluateRadial((distance) => linear(expandGaussian(basis, distance), weight), r, inputs, filter);
      const x = applyCGConv(conv, features, inputs, onEdges, { kind: 'mean' });
      const energy = poolAtoms(sum(x, { axis: 1 }), inputs.structure, 'add');
      if (wanted === 'forward') return { energy };
      const { forces } = forcesAndStress(energy, inputs, shape);
      if (wanted === 'forces') return { energy, forces };
      const gradients = grad(sum(square(forces)), [...flattenParameters(conv).values(), features]);
      // Their norm, as for clipping: all are computed, one number is read back.
      return { norm: gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b)) };
    }
  },
});

const options = suiteCommand('messages', 'One message layer of CGCNN, forward to double backward.')
  .parse()
  .opts<SuiteOptions>();
const engine = cpuEngine(options.threads === undefined ? {} : { threads: options.threads });
const cases = [10_000, 100_000].flatMap((edges) =>
  (['forward', 'forces', 'training'] as const).flatMap((task) =>
    (['table', 'exact'] as const).map((filter) => messageCase(task, filter, edges, engine)),
  ),
);
await runSuite('messages', cases, options);
