/**
 * The public face of nn/: networks on crystals. Inputs of a network, layers, models, forces and stress as derivatives,
 * losses, optimisers, the training step, and weights in files and from one network to another.
 *
 * Layers come in pairs: `initX(key, sizes)` makes parameters, a pure function of its arguments, and `applyX(parameters,
 * inputs)` builds the graph. Names of parameters are those of PyTorch.
 */
export * from './attention.ts';
export * from './basis.ts';
export { type Aggregate, applyCGConv, type CGConv, initCGConv } from './cgconv.ts';
export * from './derivatives.ts';
export * from './gated-equivariant.ts';
export * from './inputs.ts';
export * from './layer-norm.ts';
export * from './linear.ts';
export * from './losses.ts';
export * from './model.ts';
export * from './models/cgcnn.ts';
export * from './models/index.ts';
export * from './models/torchmd-et.ts';
export * from './neighbour-embedding.ts';
export * from './optim/adamw.ts';
export * from './optim/average.ts';
export * from './optim/clip.ts';
export * from './optim/learning-rate.ts';
export type { Optimiser, OptimiserRule } from './optim/optimiser.ts';
export * from './optim/sgd.ts';
export * from './parameters.ts';
export * from './pooling.ts';
export * from './radial.ts';
export * from './safetensors.ts';
export * from './training-step.ts';
export * from './transfer.ts';
export { printTransfer } from './transfer-table.ts';
