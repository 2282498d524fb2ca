/**
 * What the compiler makes of the loss of docs/learn/compiler.md: simplified graph, kernels, WebAssembly, a kernel for gpu.js.
 * The pieces of that page are printed here; a test compares them.
 *
 *   npx tsx docs/learn/figures/inside.ts
 */
import { pathToFileURL } from 'node:url';
import { grad } from '../../../autograd/index.ts';
import type { Expr, Place } from '../../../tensor/compile/expr.ts';
import type { Kernel } from '../../../tensor/compile/kernel.ts';
import { compileProgram } from '../../../tensor/compile/plan.ts';
import { simplify } from '../../../tensor/compile/simplify.ts';
import { showSize } from '../../../tensor/dimension.ts';
import { printSweep } from '../../../tensor/engines/cpu/bands.ts';
import { lanesOf } from '../../../tensor/engines/cpu/lanes.ts';
import { printProgram } from '../../../tensor/engines/gpu/program.ts';
import { dimension, index, input, mul, printText, sub, type Tensor, variable } from '../../../tensor/index.ts';
import { isLeaf, leafName } from '../../../tensor/leaves.ts';
import { watOf } from './wat.ts';

/** The program of the page: energies of springs, summed at atoms, learnt by steps along the slope. */
export function springs(): { loss: Tensor; slopes: Tensor[]; updates: [Tensor, Tensor][] } {
  const atoms = dimension('atoms');
  const bonds = dimension('bonds', { streamed: true });
  const length = input([bonds], 'length');
  const atom = index(bonds, atoms, 'atom');
  const wanted = input([atoms], 'wanted');
  const rest = variable(1, 'rest');
  const stiffness = variable(2, 'stiffness');
  const energy = length.sub(rest).square().mul(stiffness).segmentSum(atom);
  const loss = energy.sub(wanted).square().mean();
  const slopes = grad(loss, [rest, stiffness]);
  const moved = (x: Tensor, slope: Tensor): [Tensor, Tensor] => [x, sub(x, mul(slope, 0.01))];
  return { loss, slopes, updates: [moved(rest, slopes[0]), moved(stiffness, slopes[1])] };
}

const SIGNS: Readonly<Record<string, string>> = { add: '+', sub: '-', mul: '*', div: '/' };

/** A kernel in words, with arrays under the names that `nameOf` gives them. */
function kernelText(kernel: Kernel, number: number, nameOf: (buffer: number) => string): string {
  if (kernel.kind !== 'sweep') return `kernel ${number}: ${kernel.kind}`;
  const placeText = ({ space, slot, gather, index }: Place): string => {
    if (space === 'temp') return `t${slot}`;
    const row = gather ? `${nameOf(kernel.buffers[gather.index])}[row]` : index.row === 0 ? '0' : 'row';
    return `${nameOf(kernel.buffers[slot])}[${row}]`;
  };
  const text = (expr: Expr): string => {
    if (expr.op === 'literal') return String(expr.value);
    if (expr.op === 'load') return placeText(expr.place);
    const args = expr.args.map(text);
    const sign = SIGNS[expr.op];
    return sign === undefined ? `${expr.op}(${args.join(', ')})` : `(${args.join(` ${sign} `)})`;
  };
  const assign = { set: '=', add: '+=', max: 'max=' };
  const lines = kernel.stages.flatMap(({ writes }) =>
    writes.map(({ to, mode, value }) => `  ${placeText(to)} ${assign[mode]} ${text(value)}`),
  );
  return [`kernel ${number}: for every row of ${showSize(kernel.rows)}`, ...lines].join('\n');
}

export interface Inside {
  readonly gradient: string;
  readonly simplified: string;
  readonly kernels: string;
  readonly wat: string;
  readonly gpu: string;
}

/** All that the page shows. */
export function inside(): Inside {
  const { loss, slopes, updates } = springs();
  const compiled = compileProgram({ outputs: [loss], updates });
  const { kernels, tensors } = compiled;
  const nameOf = (buffer: number): string => {
    const tensor = tensors[buffer];
    return isLeaf(tensor) ? leafName(tensor) : tensor.op.name === 'sizeOf' ? 'atomCount' : `b${buffer}`;
  };
  const first = kernels.find((kernel) => kernel.kind === 'sweep' && typeof kernel.rows === 'object');
  if (first?.kind !== 'sweep') throw new Error('expected a sweep over bonds');
  const place = kernels.indexOf(first);
  const printed = printProgram(compiled).kernels;
  const onGpu = printed.find(({ output }) => first.fills.some(({ buffer }) => first.buffers[buffer] === output || buffer === output));
  return {
    gradient: printText([slopes[1]]),
    simplified: printText(simplify([slopes[1]])),
    kernels: kernels.map((kernel, k) => kernelText(kernel, k, nameOf)).join('\n'),
    wat: `kernel ${place}\n${watOf(printSweep(first, lanesOf('f32', false)))}`,
    gpu: onGpu?.source ?? printed.map(({ source }) => source).join('\n'),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const [name, text] of Object.entries(inside())) console.log(`--- ${name}\n${text}\n`);
