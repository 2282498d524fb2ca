/**
 * The public face of training/: pre-training and fine-tuning as a library. A training is a configuration, an engine and a
 * folder, which afterwards holds the network, its errors and its predictions. Needs Node, for the files.
 *
 *   const config = { ...pretrainPreset('smoke'), data: ['forces.extxyz.gz'] };
 *   const folder = openRun('runs/forces', false);
 *   const { engine } = await chooseEngine(config.engine);
 *   const control = { checkpointSeconds: 60, stop: () => false, helper: true };
 *   await folder.writeJson('config.json', config);
 *   const result = await learn(PRETRAINING, config, { folder, engine, control });
 *   folder.close();
 */
export { type GraphService, graphService, type ServiceOptions } from './batches/graph-service.ts';
export { type BatchLimits, epochGroups, groupByEdges } from './batches/group.ts';
export {
  type FinetuneConfig,
  PRESETS,
  type Preset,
  type PretrainConfig,
  type SplitConfig,
  type TrainingConfig,
} from './config.ts';
export { type EmbeddingOptions, type Embeddings, embeddingsOf } from './embeddings.ts';
export { type ChosenEngine, chooseEngine, ENGINES, type EngineName, useHelper } from './engine.ts';
export { type Evaluation, evaluate } from './evaluation.ts';
export { FINETUNING, type FinetuningData, type FinetuningResult, finetuningData } from './finetuning.ts';
export { graphPredictor, graphStep } from './graph-step.ts';
export { type Kind, type LearnEvents, type LearntData, learn } from './learn.ts';
export type { EpochLine, LoopEvents, RunControl } from './loop.ts';
export { type DrawnCurves, NO_PICTURES, type Pictures, type PointCloud } from './pictures.ts';
export { finetunePreset, pretrainPreset, RATIOS } from './presets.ts';
export { PRETRAINING, type PretrainingData, type PretrainingResult, pretrainingData } from './pretraining.ts';
export { type ReadData, readData } from './read-data.ts';
export { BEST, type Checkpoint, checkpointOf, LAST, loadWeights, readCheckpoint } from './run-folder/checkpoint.ts';
export { hasBegun, isFinished, type OpenOptions, openRun, type RunFolder } from './run-folder/folder.ts';
export { openFreeRun } from './run-folder/free-folder.ts';
export { type MetricsLine, readMetrics } from './run-folder/metrics.ts';
export type { Comparison, ErrorReport, PretrainingOutcome, Strategy, Task, Validation } from './task.ts';
export { type ForceFieldOptions, type ForceLabels, forceField, forceLabels } from './tasks/force-field.ts';
export { STRATEGIES, STRATEGY_NAMES, type StrategyName, strategyOf } from './tasks/index.ts';
export { type PropertyOutcome, propertyPredictor } from './tasks/property.ts';
