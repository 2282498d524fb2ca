/** The picture of the home page: an energy, its force and its stiffness by distance, computed by the program beside it. */
import { grad } from '../../autograd/index.ts';
import { compile, input } from '../../tensor/index.ts';

const [WIDTH, HEIGHT] = [520, 250];
const [LEFT, RIGHT, TOP, BOTTOM] = [20, 76, 10, 34];
const [NEAREST, FARTHEST] = [0.4, 3.6];
const [LOWEST, HIGHEST] = [-0.65, 1.6];
const POINTS = 141;

/** Values of the three curves at all distances. */
async function curves(distances: readonly number[]): Promise<{ name: string; values: Float64Array; colour: string }[]> {
  const r = input([distances.length], 'distance');
  const energy = r.sub(1).neg().exp().sub(1).square();
  const [slope] = grad(energy.sum(), [r]);
  const [stiffness] = grad(slope.sum(), [r]);
  const found = await compile({ r }, { energy, force: slope.neg(), stiffness })({ r: distances });
  return [
    { name: 'energy', values: found.energy.data, colour: 'currentColor' },
    { name: 'force', values: found.force.data, colour: 'var(--vp-c-brand-1)' },
    { name: 'stiffness', values: found.stiffness.data, colour: 'var(--second)' },
  ];
}

const x = (r: number): number => LEFT + ((r - NEAREST) / (FARTHEST - NEAREST)) * (WIDTH - LEFT - RIGHT);
const y = (value: number): number => TOP + ((HIGHEST - value) / (HIGHEST - LOWEST)) * (HEIGHT - TOP - BOTTOM);
const at = (value: number): string => value.toFixed(1);

/** The picture, in the colours of the page that it stands in, without an empty line (Markdown would end there). */
export async function picture(): Promise<string> {
  const distances = Array.from({ length: POINTS }, (_, k) => NEAREST + ((FARTHEST - NEAREST) * k) / (POINTS - 1));
  const drawn = (await curves(distances)).map(({ name, values, colour }) => {
    const points = distances.map((r, k) => `${at(x(r))},${at(y(values[k]))}`);
    const end = values[POINTS - 1];
    // Force and stiffness end near 0: their names stand below and above the line.
    const shift = { energy: 4, force: 16, stiffness: -10 }[name]!;
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2" clip-path="url(#frame)"/>` +
      `<text x="${at(x(FARTHEST) + 8)}" y="${at(y(end) + shift)}" fill="${colour}">${name}</text>`
    );
  });
  const ticks = [1, 2, 3].map(
    (r) =>
      `<line x1="${at(x(r))}" x2="${at(x(r))}" y1="${at(y(0) - 3)}" y2="${at(y(0) + 3)}" stroke="currentColor" opacity="0.5"/>` +
      `<text x="${at(x(r))}" y="${HEIGHT - 12}" text-anchor="middle" opacity="0.7">${r}</text>`,
  );
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Morse's potential with its first and second derivative" font-size="14" fill="currentColor">`,
    `<clipPath id="frame"><rect x="${LEFT}" y="${TOP}" width="${WIDTH - LEFT - RIGHT}" height="${HEIGHT - TOP - BOTTOM}"/></clipPath>`,
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(0))}" y2="${at(y(0))}" stroke="currentColor" opacity="0.35"/>`,
    `<text x="${LEFT - 8}" y="${at(y(0) + 4)}" text-anchor="end" opacity="0.7">0</text>`,
    ...ticks,
    `<text x="${WIDTH - RIGHT + 8}" y="${HEIGHT - 12}" opacity="0.7">distance</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}
