/**
 * Energy, forces and stress of batches of metals by one compiled plan. The heavy half of label.ts: it loads the
 * tensor library, so label.ts imports it only when it is called.
 */
import { collate, neighbours, type Structure } from '../graph/index.ts';
import { withDerivatives } from '../nn/derivatives.ts';
import { feedGraph, graphInputs } from '../nn/inputs.ts';
import { cpuEngine, type Engine } from '../tensor/index.ts';
import { EAM_CUT, eamEnergy } from './eam.ts';

export interface Labels {
  /** eV. */
  readonly energy: number;
  /** eV/A, 3 an atom. */
  readonly forces: Float64Array;
  /** eV/A^3, 3 x 3, exactly symmetric since the strain enters as (s + transpose s) / 2. */
  readonly stress: Float64Array;
}

/** Atoms of a batch: enough for vectors to pay, few enough for the caches. */
const BATCH_ATOMS = 256;

/** Consecutive structures, together up to BATCH_ATOMS atoms (or a single larger one). */
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

/** Labels of structures of the 16 metals, in their order. */
export async function labels(structures: readonly Structure[], engine?: Engine): Promise<Labels[]> {
  const inputs = graphInputs();
  const { energy, forces, stress } = withDerivatives(inputs, (vectors) => eamEnergy(inputs, vectors));
  const plan = (engine ?? cpuEngine({ precision: 'f64' })).compile({ outputs: [energy, forces, stress] });
  const made: Labels[] = [];
  for (const members of inBatches(structures)) {
    const graphs = members.map((structure) => ({ structure, edges: neighbours(structure, EAM_CUT.end) }));
    const batch = collate(graphs);
    const [energies, allForces, allStress] = await plan.run(feedGraph(inputs, batch, { cutoff: EAM_CUT.end }));
    let atom = 0;
    members.forEach(({ numbers }, k) => {
      made.push({
        energy: energies[k],
        forces: allForces.slice(3 * atom, 3 * (atom + numbers.length)),
        stress: allStress.slice(9 * k, 9 * k + 9),
      });
      atom += numbers.length;
    });
  }
  return made;
}
