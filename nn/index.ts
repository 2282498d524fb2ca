/**
 * The public face of nn/: networks on crystals. Inputs of a network, layers, models, forces and stress as derivatives,
 * losses, optimisers, the training step, and weights in files and from one network to another.
 *
 * Layers come in pairs: `initX(key, sizes)` makes parameters, a pure function of its arguments, and `applyX(parameters,
 * inputs)` builds the graph. Names of parameters are those of PyTorch.
 */
export * from './attention.ts';
export {
  cosineCutoff,
  type ExponentialNormalBasis,
  expandExponentialNormal,
  expandGaussian,
  type GaussianBasis,
  gaussianBasis,
  polynomialEnvelope,
} from './basis.ts';
export { type Aggregate, applyCGConv, type CGConv, initCGConv } from './cgconv.ts';
export * from './derivatives.ts';
export * from './gated-equivariant.ts';
export {
  atoms,
  edges,
  feedGraph,
  type GraphFeeds,
  type GraphInputs,
  graphInputs,
  type RadialGrid,
  type RadialGridOptions,
  SPECIES_COUNT,
  structures,
} from './inputs.ts';
export * from './layer-norm.ts';
export { applyLinear, initLinear, initProjection, initXavierLinear, type Linear, type Projection } from './linear.ts';
export {
  type ForceFieldLossOptions,
  type ForceFieldPredictions,
  forceFieldLoss,
  type LabelInputs,
  type LossKind,
  type LossWeights,
  labelInputs,
  lossWeightInputs,
} from './losses.ts';
export * from './model.ts';
export {
  applyCGCNN,
  type CGCNNConfig,
  type CGCNNParameters,
  cgcnn,
  cgcnnDefaults,
  initCGCNN,
} from './models/cgcnn.ts';
export { type Architecture, MODELS, type ModelConfig, modelOf, network } from './models/index.ts';
export {
  applyTorchMDET,
  initTorchMDET,
  type TorchMDETConfig,
  type TorchMDETParameters,
  torchmdET,
  torchmdETDefaults,
  torchmdETGrid,
} from './models/torchmd-et.ts';
export * from './neighbour-embedding.ts';
export { type AdamWOptions, adamW } from './optim/adamw.ts';
export { clipByNorm } from './optim/clip.ts';
export {
  cosineRate,
  type PlateauOptions,
  type PlateauState,
  plateauStart,
  plateauStep,
} from './optim/learning-rate.ts';
export type { Optimiser, OptimiserRule } from './optim/optimiser.ts';
export { type SgdOptions, sgd } from './optim/sgd.ts';
export {
  countParameters,
  flattenParameters,
  type NamedArray,
  normalParameter,
  type Parameters,
  readParameters,
  uniformParameter,
  writeParameters,
  xavierParameter,
} from './parameters.ts';
export * from './pooling.ts';
export * from './radial.ts';
export * from './safetensors.ts';
export * from './training-step.ts';
export * from './transfer.ts';
export { printTransfer } from './transfer-table.ts';
