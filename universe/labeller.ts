/**
 * Energy, forces and stress of batches of metals by one compiled plan.
 *
 * This is the heavy half of label.ts: it loads the tensor library, so label.ts imports it only when it is called.
 */
import { collate, neighbours, type Structure } from '../graph/index.ts';
import { withDerivatives } from '../nn/derivatives.ts';
import { feedGraph, type GraphFeeds, graphInputs } from '../nn/inputs.ts';
import { compile, type Engine } from '../tensor/index.ts';
import { EAM_CUT, eamEnergy } from './eam.ts';

/** What the potential says of one crystal. */
export interface Labels {
  /** Total energy of the cell in eV. */
  readonly energy: number;
  /** Forces in eV/A, [atoms, 3]. */
  readonly forces: Float64Array;
  /** Stress in eV/A^3, [3, 3], exactly symmetric because the strain enters as (s + transpose s) / 2. */
  readonly stress: Float64Array;
}

/** How many atoms a batch has: enough for vector instructions to pay, few enough for the caches. */
const BATCH_ATOMS = 256;

/** Consecutive structures in batches of up to BATCH_ATOMS atoms, or of a single larger structure. */
export function inBatches<T extends Structure>(structures: readonly T[]): T[][] {
  const batches: T[][] = [];
  let atoms = Number.POSITIVE_INFINITY;
  for (const structure of structures) {
    const size = structure.numbers.length;
    if (atoms + size > BATCH_ATOMS) {
      batches.push([]);
      atoms = 0;
    }
    batches[batches.length - 1].push(structure);
    atoms += size;
  }
  return batches;
}

/** The values of the inputs of the potential (see `graphInputs`) for some crystals, with all edges on which it does not vanish. */
export function feedCrystals(members: readonly Structure[]): GraphFeeds {
  const graphs = members.map((structure) => ({ structure, edges: neighbours(structure, EAM_CUT.end) }));
  return feedGraph(collate(graphs), { cutoff: EAM_CUT.end });
}

/** The labels of structures of the 16 metals, in their order. `engine`: a float64 CPU engine unless given. */
export async function labels(structures: readonly Structure[], engine?: Engine): Promise<Labels[]> {
  const inputs = graphInputs();
  const { energy, forces, stress } = withDerivatives(inputs, (vectors) => eamEnergy(inputs, vectors));
  const label = compile(inputs, { energy, forces, stress }, engine ? { engine } : {});
  const made: Labels[] = [];
  for (const members of inBatches(structures)) {
    const { energy: energies, forces: allForces, stress: allStress } = await label(feedCrystals(members));
    let atom = 0;
    members.forEach(({ numbers }, k) => {
      made.push({
        energy: energies.data[k],
        forces: allForces.data.slice(3 * atom, 3 * (atom + numbers.length)),
        stress: allStress.data.slice(9 * k, 9 * k + 9),
      });
      atom += numbers.length;
    });
  }
  return made;
}
