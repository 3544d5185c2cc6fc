export { describeMetrics, describeModel } from './describe-model.ts';
export {
  evaluateOnTable,
  evaluateTargetsOnTable,
  type EvaluateOnTableOptions,
  type EvaluateTargetsOnTableOptions,
} from './evaluate-run.ts';
export { executeRun, type ExecuteRunOptions } from './execute-run.ts';
export { importToFolder, type ImportedModel } from './import-run.ts';
export {
  interpretToFile,
  type InterpretedFile,
  type InterpretToFileOptions,
} from './interpret-run.ts';
export { predictToFile, type PredictToFileOptions } from './predict-run.ts';
export { readExamples, type ExampleChunk, type ExampleSource } from './read-examples.ts';
export { load, resolveModel } from './resolve-model.ts';
export { parseRunConfig, readRunConfig, type RunConfigFile } from './schema/read-run-config.ts';
export type { TextRange } from './schema/config-text.ts';
export {
  runConfigProblems,
  runConfigProblemText,
  type RunConfigProblem,
  type RunConfigProblemKind,
} from './schema/run-config-problems.ts';
export { runConfigJsonSchema, type RunConfig } from './schema/run-config.ts';
export type { TrainRunConfig } from './schema/train-config.ts';
export type { RunResult, TrainRunSummary } from './run-result.ts';
export type { EpochFigures } from './status/last-epoch.ts';
export { listRuns, type ListRunsOptions } from './status/list-runs.ts';
export { readRun, type RunSummary } from './status/read-run.ts';
export type { RunMetrics } from './status/run-metrics.ts';
export type { RunState } from './status/run-status.ts';
