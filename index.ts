/**
 * lattigrad: tensors, and derivatives of any order. Everything that `import ... from 'lattigrad'` gives.
 *
 * Networks, graphs of crystals, data, training and GPUs are entries of their own (pack/entries.ts).
 */
export * from './autograd/index.ts';
export * from './tensor/index.ts';
