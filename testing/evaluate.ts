/** The one place where this room asks an engine for numbers. */
import { type Engine, type Feeds, type Results, referenceEngine, type Tensor } from '../tensor/index.ts';

/** Float64, by the definitions of the primitives. */
const REFERENCE = referenceEngine();

/** The values of the outputs, in row-major order. */
export const evaluate = (outputs: readonly Tensor[], feeds: Feeds, engine: Engine = REFERENCE): Promise<Results> =>
  engine.compile({ outputs }).run(feeds);
