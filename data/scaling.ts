/**
 * Scaling of a target: what a network learns is (value - median) / spread, both of the training values alone.
 *
 * Median and mean absolute deviation, not mean and variance: the loss is an absolute error, whose best constant is the
 * median, and property data have long tails. The state is plain JSON and belongs into a checkpoint.
 */
import { aboveZero, exactly, number, oneOf, type TypeOf } from '../text/schema.ts';
import { median } from './index.ts';

const schema = exactly({
  kind: oneOf(['standard', 'none']),
  /** In the unit of the target, as is the spread. */
  centre: number,
  spread: aboveZero,
});

export type Scaling = Readonly<TypeOf<typeof schema>>;

/** Mean of |value - centre|; NaN without values. */
const deviation = (values: readonly number[] | Float64Array, centre: number): number =>
  (values as readonly number[]).reduce((sum, value) => sum + Math.abs(value - centre), 0) / values.length;

/**
 * The scaling of training values: their median and their mean absolute deviation from it (1 if they are all equal).
 * Kind `none` leaves values as they are.
 */
export function fitScaling(training: readonly number[] | Float64Array, kind: Scaling['kind']): Scaling {
  if (kind === 'none') return { kind, centre: 0, spread: 1 };
  const centre = median(training);
  return { kind, centre, spread: deviation(training, centre) || 1 };
}

/** A value in the unit of the target -> what the network learns. */
export const applyScaling = ({ centre, spread }: Scaling, value: number): number => (value - centre) / spread;

/** What the network says -> a value in the unit of the target. */
export const invertScaling = ({ centre, spread }: Scaling, scaled: number): number => scaled * spread + centre;

/**
 * Mean absolute error, in the unit of the target, of always predicting the median of the training values: what a network
 * must beat. NaN for a part without values.
 */
export const medianError = (
  training: readonly number[] | Float64Array,
  part: readonly number[] | Float64Array,
): number => deviation(part, median(training));

/** A scaling as a checkpoint stores it; `place` stands for the checkpoint in messages. */
export function scalingFromJson(json: unknown, place: string): Scaling {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${place}: expected the scaling of a target, {kind, centre, spread > 0}, found ${JSON.stringify(json) ?? json}. ` +
      'Is it the checkpoint of a fine-tuning?',
  );
}
