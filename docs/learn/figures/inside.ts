/**
 * What the compiler makes of the loss of docs/learn/compiler.md: simplified expressions, kernels, WebAssembly, a kernel for gpu.js.
 * The pieces of that page are printed here; a test compares them.
 *
 *   npx tsx docs/learn/figures/inside.ts
 */
import { pathToFileURL } from 'node:url';
import { grad } from '../../../autograd/index.ts';
import type { Expr, Place } from '../../../tensor/compile/expr.ts';
import type { Kernel, Sweep } from '../../../tensor/compile/kernel.ts';
import { compileProgram } from '../../../tensor/compile/plan.ts';
import { simplify } from '../../../tensor/compile/simplify.ts';
import { showSize } from '../../../tensor/dimension.ts';
import { printSweep } from '../../../tensor/engines/cpu/bands.ts';
import { lanesOf } from '../../../tensor/engines/cpu/lanes.ts';
import { printProgram } from '../../../tensor/engines/gpu/program.ts';
import { formulaOf } from '../../../tensor/formula.ts';
import { dimension, index, input, mul, type Tensor, variable } from '../../../tensor/index.ts';
import { isLeaf, leafName } from '../../../tensor/leaves.ts';
import { watOf } from './wat.ts';

/** The program of the page: energies of springs, summed at atoms, learnt by steps along the slope. */
function springs(): { loss: Tensor; updates: [Tensor, Tensor][] } {
  const atoms = dimension('atoms');
  const bonds = dimension('bonds', { streamed: true });
  const length = input([bonds], 'length');
  const atom = index(bonds, atoms, 'atom');
  const wanted = input([atoms], 'wanted');
  const rest = variable(1, 'rest');
  const stiffness = variable(2, 'stiffness');
  const energy = length.sub(rest).square().mul(stiffness).segmentSum(atom);
  const loss = energy.sub(wanted).square().mean();
  const [dRest, dStiffness] = grad(loss, [rest, stiffness]);
  return {
    loss,
    updates: [
      [rest, rest.sub(dRest.mul(0.0015))],
      [stiffness, stiffness.sub(dStiffness.mul(0.0015))],
    ],
  };
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

/** Expressions before and after simplification. */
function rules(): string {
  const [x, row, m] = [input([4, 3], 'x'), input([3], 'row'), input([5, 3], 'm')];
  const examples = [
    mul(3, x.mul(2)),
    x.mul(-1),
    row.broadcastTo([4, 3]).sum({ axis: 0 }),
    x.matmul(m.transpose()),
    x.mul(0),
    x.sub(x),
  ];
  const lines = examples.map((y) => [formulaOf(y), formulaOf(simplify([y])[0])]);
  return lines.map(([before, after]) => `${before.padEnd(22)} becomes   ${after}`).join('\n');
}

/** All that the page shows. */
export function inside(): Readonly<Record<'rules' | 'kernels' | 'wat' | 'gpu', string>> {
  const { loss, updates } = springs();
  const compiled = compileProgram({ outputs: [loss], updates });
  const { kernels, tensors } = compiled;
  const nameOf = (buffer: number): string => {
    const tensor = tensors[buffer];
    if (tensor.op.name === 'sizeOf') return 'atomCount';
    return isLeaf(tensor) ? leafName(tensor) : `b${buffer}`;
  };
  const place = kernels.findIndex((kernel) => kernel.kind === 'sweep' && typeof kernel.rows === 'object');
  const overBonds = kernels[place] as Sweep;
  const sums = overBonds.fills[0].buffer;
  return {
    rules: rules(),
    kernels: kernels.map((kernel, k) => kernelText(kernel, k, nameOf)).join('\n'),
    wat: watOf(printSweep(overBonds, lanesOf('f32', false))),
    gpu: printProgram(compiled).kernels.find(({ output }) => output === sums)!.source,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const [name, text] of Object.entries(inside())) console.log(`--- ${name}\n${text}\n`);
