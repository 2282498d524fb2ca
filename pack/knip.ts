/** What knip takes for granted when it looks for files, exports and dependencies that nothing uses. */
export default {
  entry: [
    // What users run, beside the entries of package.json.
    'plots/index.ts',
    'examples/**/*.ts',
    'experiments/*.ts',
    'bench/*.ts',
    'bench/peers/contenders.ts',
    'pack/{index,check,knip}.ts',
    'web/{page,worker}.ts',
    // Every test is a program, and some start others.
    'proptests/*.ts',
    'proptests/**/*.test.ts',
    'proptests/browser/{training,gpu-program,shown}.ts',
    'proptests/experiments/crash.ts',
    // Started as a thread, by its address.
    'training/batches/graph-worker.ts',
  ],
  project: ['**/*.ts', '!docs/**'],
  // A name that its own file needs may be exported for whoever reads its types.
  ignoreExportsUsedInFile: true,
  ignoreDependencies: [
    // Asked for its files, not imported (plots/text.ts).
    'dejavu-fonts-ttf',
    // Have manifests of their own.
    '@jax-js/jax',
    '@tensorflow/tfjs-backend-wasm',
    '@tensorflow/tfjs-core',
  ],
  // Programs of the system, which tests use where they are there.
  ignoreBinaries: ['mkfifo', 'mount', 'umount'],
  // npm run web and vite's own configuration file are in web/.
  vite: { config: ['web/vite.config.ts'], entry: ['web/index.html'] },
};
