/** Networks on crystals: layers, models, derivatives, losses, optimisers. */
export * from './basis.ts';
export { type Aggregate, applyCGConv, type CGConv, initCGConv } from './cgconv.ts';
export * from './derivatives.ts';
export * from './inputs.ts';
export * from './linear.ts';
export * from './losses.ts';
export * from './models/cgcnn.ts';
export * from './optim/adamw.ts';
export * from './optim/clip.ts';
export * from './optim/cosine.ts';
export * from './optim/plateau.ts';
export * from './parameters.ts';
export * from './pooling.ts';
export * from './radial.ts';
export * from './safetensors.ts';
export * from './training-step.ts';
