export { trainModel } from './train-model.ts';
export type { TrainingResult, TrainModelOptions } from './training-call.ts';
export type { EpochRecord } from './training-state.ts';
export { readMetrics, type SkippedBatch } from './training-log.ts';
export {
  parseTrainingOptions,
  trainingOptionsSchema,
  type TrainingOptions,
  type TrainingOptionsInput,
} from './training-options.ts';
export { clipSchema, type ClipOptions } from './clip-options.ts';
export { lossFunction, type LossFunction } from './losses.ts';
export { lossSchema, type LossInput, type LossOptions } from './loss-options.ts';
export {
  createSchedule,
  scheduleSchema,
  type Schedule,
  type ScheduleContext,
  type ScheduleInput,
  type ScheduleOptions,
} from './schedules.ts';
export {
  createOptimizer,
  type LearningRate,
  type NamedArrays,
  type Optimizer,
  type OptimizerArithmetic,
  type OptimizerSettings,
  type TrainedWeight,
} from './optimizer.ts';
export {
  optimizerSchema,
  type OptimizerInput,
  type OptimizerOptions,
} from './optimizer-options.ts';
export { IGNORED_LABEL, maskedLanguageLoss, sparseCrossEntropy } from './sparse-cross-entropy.ts';
export { clipGradients, type Gradient } from './clip-gradients.ts';
export { layerDelay, type LayerDelayOptions } from './layer-delay.ts';
export { trainEnsemble, type TrainEnsembleOptions } from './train-ensemble.ts';
export type { EnsembleMember } from './ensemble-member.ts';
export { layerRates } from './layer-rates.ts';
