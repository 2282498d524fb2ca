/**
 * A learning rate that warms up linearly and then falls to zero along a cosine (Loshchilov & Hutter 2017): good for
 * short trainings of known length.
 */
export function cosineRate(step: number, steps: number, peak: number, warmup = 0.05): number {
  const rise = Math.max(1, warmup * steps);
  if (step < rise) return (peak * (step + 1)) / rise;
  return 0.5 * peak * (1 + Math.cos((Math.PI * (step - rise)) / Math.max(1, steps - rise)));
}
