export { trainModel } from './train-model.ts';
export type { TrainingResult, TrainModelOptions } from './training-call.ts';
export type { EpochRecord } from './training-state.ts';
export { readMetrics } from './training-log.ts';
export {
  parseTrainingOptions,
  trainingOptionsSchema,
  type TrainingOptions,
  type TrainingOptionsInput,
} from './training-options.ts';
export {
  lossFunction,
  lossSchema,
  type LossFunction,
  type LossInput,
  type LossOptions,
} from './losses.ts';
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
  optimizerSchema,
  type NamedArrays,
  type Optimizer,
  type OptimizerArithmetic,
  type OptimizerInput,
  type OptimizerOptions,
  type OptimizerSettings,
  type TrainedWeight,
} from './optimizer.ts';
export { clipGradients, clipSchema, type ClipOptions, type Gradient } from './clip-gradients.ts';
export { trainEnsemble, type TrainEnsembleOptions } from './train-ensemble.ts';
export type { EnsembleMember } from './ensemble-member.ts';
