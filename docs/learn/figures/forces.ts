/**
 * The pictures of forces.md. Three small networks are trained for the last one, which takes some seconds.
 *
 *     npx tsx docs/learn/figures/forces.ts
 */
import { grad } from '../../../autograd/index.ts';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../../../data/units.ts';
import { arrange, GREY } from '../../../plots/index.ts';
import { compile, input, variable } from '../../../tensor/index.ts';
import { copper, derivativesOf, evaluate, fcc, feed, inputs, learn, morse, shaken } from './copper.ts';
import { evenly, linePanel, savePng } from './line-panel.ts';

type Points = (readonly [number, number])[];
const zip = (xs: readonly number[], ys: ArrayLike<number>): Points => xs.map((x, k) => [x, ys[k]]);

/** Energy and force of two atoms. */
async function pair(): Promise<void> {
  const at = evenly(2.1, 6, 200);
  const r = input([at.length], 'r');
  const energy = morse(r, copper);
  const [slope] = grad(energy.sum(), [r]);
  const values = await compile({ r }, { energy, force: slope.neg() })({ r: at });
  const shared = { xLabel: 'distance r (Å)', rule: 0 };
  const panels = [
    linePanel([{ points: zip(at, values.energy.data) }], { ...shared, heading: 'energy (eV)' }),
    linePanel([{ points: zip(at, values.force.data) }], { ...shared, heading: 'force away from each other (eV/Å)' }),
  ];
  await savePng('forces-pair', arrange(panels, { title: 'Two atoms of copper', columns: 2 }));
}

/** Energy and pressure against the length of the cell. */
async function cell(): Promise<void> {
  const at = evenly(3.45, 3.85, 81);
  const { energy, stress } = await evaluate(feed(at.map(fcc)));
  const pressure = at.map(
    (_, k) =>
      (-EV_PER_CUBIC_ANGSTROM_IN_GPA * (stress.data[9 * k] + stress.data[9 * k + 4] + stress.data[9 * k + 8])) / 3,
  );
  const few = at.filter((_, k) => k % 8 === 4);
  const h = 1e-3;
  const around = await evaluate(feed(few.flatMap((a) => [fcc(a - h), fcc(a + h)])));
  const differences = few.map((a, k) => {
    const [below, above] = around.energy.data.subarray(2 * k);
    return (-EV_PER_CUBIC_ANGSTROM_IN_GPA * (above - below)) / ((a + h) ** 3 - (a - h) ** 3);
  });
  const shared = { xLabel: 'length of the cell a (Å)' };
  const perAtom = energy.data.map((e) => e / 4);
  const panels = [
    linePanel([{ points: zip(at, perAtom) }], { ...shared, heading: 'energy of an atom (eV)' }),
    linePanel(
      [
        { points: zip(at, pressure), name: 'stress' },
        { points: zip(few, differences), kind: 'dots', name: '−ΔE/ΔV' },
      ],
      { ...shared, heading: 'pressure (GPa)', rule: 0 },
    ),
  ];
  await savePng('forces-cell', arrange(panels, { title: 'A crystal of copper, squeezed and stretched', columns: 2 }));
}

/** The loss of forces against the rest distance, and its slope. */
async function loss(): Promise<void> {
  const crystals = [0, 1, 2, 3, 4, 5, 6, 7].map(shaken);
  const labels = await evaluate(feed(crystals));
  const rest = variable(2.8, 'rest');
  const guess = derivativesOf({ ...copper, rest });
  const wanted = input(guess.forces.shape, 'wanted forces');
  const error = guess.forces.sub(wanted).square().mean();
  const [slope] = grad(error, [rest]);
  const lossAt = compile({ ...inputs, wanted, rest }, { error, slope });
  const given = { ...feed(crystals), wanted: labels.forces };
  const at = evenly(2.7, 3, 61);
  const errors: number[] = [];
  const slopes: number[] = [];
  const differences: number[] = [];
  const h = 1e-4;
  for (const [k, r] of at.entries()) {
    const here = await lossAt({ ...given, rest: r });
    errors.push(here.error.item());
    slopes.push(here.slope.item());
    if (k % 6 !== 3) continue;
    const [left, right] = [await lossAt({ ...given, rest: r - h }), await lossAt({ ...given, rest: r + h })];
    differences.push((right.error.item() - left.error.item()) / (2 * h));
  }
  const few = at.filter((_, k) => k % 6 === 3);
  const shared = { xLabel: 'rest distance r₀ (Å)' };
  const panels = [
    linePanel([{ points: zip(at, errors) }], { ...shared, heading: 'loss of the forces (eV²/Å²)' }),
    linePanel(
      [
        { points: zip(at, slopes), name: 'grad' },
        { points: zip(few, differences), kind: 'dots', name: 'ΔL/Δr₀' },
      ],
      { ...shared, heading: 'slope of the loss (eV²/Å³)', rule: 0 },
    ),
  ];
  await savePng(
    'forces-loss',
    arrange(panels, { title: 'Learning from forces: a derivative of a derivative', columns: 2 }),
  );
}

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const centred = (values: ArrayLike<number>): number[] => Array.from(values, (v) => v - mean(values));

/** Energies of networks that were trained without energies. */
async function anchor(): Promise<void> {
  const others = [100, 101, 102, 103, 104, 105, 106, 107].map(shaken);
  const { energy } = await evaluate(feed(others));
  const right = centred(energy.data);
  const said = [
    [await learn(1, { forces: 1 }, others), await learn(2, { forces: 1 }, others)],
    [await learn(1, { forces: 1, stress: 1 }, others), await learn(2, { forces: 1, stress: 1 }, others)],
  ];
  const all = [...right, ...said.flat().flatMap((energies) => centred(energies))];
  const y = [Math.min(...all) - 0.2, Math.max(...all) + 0.2] as const;
  const ends = [Math.min(...right), Math.max(...right)];
  const panels = said.map((networks, k) =>
    linePanel(
      [
        { points: zip(ends, ends), colour: GREY, kind: 'dashes', name: 'right' },
        ...networks.map((energies, n) => {
          const shift = mean(energies) - mean(energy.data);
          return {
            points: zip(right, centred(energies)),
            kind: 'dots' as const,
            radius: n === 0 ? 4.5 : 2.5,
            name: `network ${n + 1}\n${shift > 0 ? '+' : '−'}${Math.abs(shift).toFixed(1)} eV`,
          };
        }),
      ],
      {
        heading: `energies of 0:1:${k}, less their mean (eV)`,
        xLabel: 'right energy less its mean (eV)',
        y,
        isWide: true,
      },
    ),
  );
  const notes = ['The number below a name is what was taken out: the mean energy of the network less the right mean.'];
  await savePng('forces-anchor', arrange(panels, { title: 'Energies that nobody taught', columns: 2, notes }));
}

await pair();
await cell();
await loss();
await anchor();
