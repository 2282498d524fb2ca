/**
 * From crystals to what an engine is fed, on crystals of the built-in universe: `npm run bench:graphs`.
 *
 * Measured, each apart: neighbour lists, limits on neighbours, `collate` (concatenation and indices in both directions),
 * `feedGraph` (placeholders' values), and feeding (values checked and copied into the engine's memory, by a program that reads
 * each number once). Excluded: making the crystals and whatever a step comes after. All but feeding runs on one thread. Rates
 * count the edges that come out (for limits: that go in).
 */

import { collate, type GraphOf, limitNeighbours, neighbours, type Structure } from '../graph/index.ts';
import { feedGraph, graphInputs, strainedGeometry } from '../nn/index.ts';
import { compile, cpuEngine } from '../tensor/index.ts';
import { crystals } from '../universe/index.ts';
import { type Case, type Prepared, runSuite, type SuiteOptions, suiteCommand } from './suite.ts';

const CUTOFFS = [5, 8];
/** As many neighbours as CGCNN had at first (Xie & Grossman 2018). */
const MOST_NEIGHBOURS = 12;

interface Cells {
  readonly name: string;
  readonly make: () => Structure[];
}

const cells: readonly Cells[] = [
  { name: '64 cells of 1 to 12 atoms', make: () => crystals({ count: 64 }) },
  { name: '4 cells of 400 to 500 atoms', make: () => crystals({ count: 4, minAtoms: 400, maxAtoms: 500 }) },
];

const options = suiteCommand('graphs', 'Neighbour lists, limits, batches and feeds.').parse().opts<SuiteOptions>();
const engine = cpuEngine(options.threads === undefined ? {} : { threads: options.threads });

const edgesOf = (graphs: readonly GraphOf[]): number =>
  graphs.reduce((total, { edges }) => total + edges.target.length, 0);

function casesOf({ name, make }: Cells, cutoff: number): Case[] {
  const graphsOf = (): GraphOf[] => make().map((structure) => ({ structure, edges: neighbours(structure, cutoff) }));
  const one = (once: () => unknown, edges: number): Prepared => ({
    once,
    work: { amount: edges, unit: 'edge' },
    threads: 1,
  });
  const entries: Record<string, () => Prepared> = {
    neighbours: () => {
      const structures = make();
      const once = () => structures.map((structure) => neighbours(structure, cutoff));
      return one(once, edgesOf(graphsOf()));
    },
    [`limit to ${MOST_NEIGHBOURS}`]: () => {
      const graphs = graphsOf();
      const once = () => graphs.map(({ edges }) => limitNeighbours(edges, { max: MOST_NEIGHBOURS, rule: 'exact' }));
      return one(once, edgesOf(graphs));
    },
    collate: () => {
      const graphs = graphsOf();
      return one(() => collate(graphs), edgesOf(graphs));
    },
    feedGraph: () => {
      const batch = collate(graphsOf());
      return one(() => feedGraph(batch, { cutoff }), batch.sizes.edges);
    },
    feeding: () => {
      const [batch, inputs] = [collate(graphsOf()), graphInputs()];
      const [vectors, radii] = [strainedGeometry(inputs).vectors.sum(), inputs.radii.gather(inputs.knot).sum()];
      const read = compile(inputs, { vectors, radii }, { engine });
      const feeds = feedGraph(batch, { cutoff });
      return { ...one(() => read(feeds), batch.sizes.edges), threads: engine.threads };
    },
  };
  return Object.entries(entries).map(([what, prepare]) => ({ name: `${what}, ${name}, ${cutoff} A`, prepare }));
}

await runSuite(
  'graphs',
  cells.flatMap((kind) => CUTOFFS.flatMap((cutoff) => casesOf(kind, cutoff))),
  options,
);
