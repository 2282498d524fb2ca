/** The main entry of the package: tensors and their derivatives. */
export * from './autograd/index.ts';
export * from './tensor/index.ts';
