/** Readable forms of a graph: numbered lines of text, and DOT for Graphviz. */
import { showShape } from './dimension.ts';
import { isLeaf, leafName, leafRole, literalValue } from './leaves.ts';
import { type Tensor, topological } from './tensor.ts';

const describe = (tensor: Tensor): string => {
  if (isLeaf(tensor)) return `${leafRole(tensor)} ${leafName(tensor)}`;
  if (tensor.inputs.length === 0 && literalValue(tensor) !== undefined) return `literal ${literalValue(tensor)}`;
  const { shape: _, ...rest } = tensor.attributes;
  const attributes = Object.entries(rest).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return tensor.op.name + attributes.join('');
};

/**
 * The graph below these tensors as text: one line a node, inputs before users, each with its shape.
 *
 * @example printText([input([3], 'x').sin()]); // %0 = input x [3] %1 = sin(%0) [3] return %1
 */
export function printText(outputs: readonly Tensor[]): string {
  const order = topological(outputs);
  const name = new Map(order.map((tensor, k) => [tensor, `%${k}`]));
  const lines = order.map((tensor) => {
    const inputs = tensor.inputs.length > 0 ? `(${tensor.inputs.map((x) => name.get(x)).join(', ')})` : '';
    return `${name.get(tensor)} = ${describe(tensor)}${inputs}  ${showShape(tensor.shape)}`;
  });
  return [...lines, `return ${outputs.map((x) => name.get(x)).join(', ')}`].join('\n');
}

/**
 * The graph below these tensors in the DOT language of Graphviz: leaves are boxes, outputs are bold.
 *
 * @example printDot([input([3], 'x').sin()]); // digraph lattigrad { ... n0 -> n1; }
 */
export function printDot(outputs: readonly Tensor[]): string {
  const order = topological(outputs);
  const name = new Map(order.map((tensor, k) => [tensor, `n${k}`]));
  const nodes = order.map((tensor) => {
    const style = [isLeaf(tensor) ? 'shape=box' : 'shape=ellipse', ...(outputs.includes(tensor) ? ['style=bold'] : [])];
    const label = `${describe(tensor)}\\n${showShape(tensor.shape)}`.replaceAll('"', '\\"');
    return `  ${name.get(tensor)} [label="${label}", ${style.join(', ')}];`;
  });
  const edges = order.flatMap((tensor) => tensor.inputs.map((x) => `  ${name.get(x)} -> ${name.get(tensor)};`));
  return ['digraph lattigrad {', '  rankdir=BT;', ...nodes, ...edges, '}'].join('\n');
}
