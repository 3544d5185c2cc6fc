export {
  listCachedModels,
  type CachedModel,
  type CachedRevision,
  type ListCachedModelsOptions,
} from './cached-models.ts';
export { fillCardResults, type FillCardResultsOptions } from './card-results.ts';
export { copySnapshot, type CopySnapshotOptions } from './copy-snapshot.ts';
export {
  deleteCachedModel,
  type DeleteCachedModelOptions,
  type DeletedCachedModel,
} from './delete-cached-model.ts';
export {
  type HubOptions,
  type EnvironmentVariables,
  type HubRetry,
  type RetryPolicy,
} from './hub-settings.ts';
export {
  listHubModels,
  type HubModel,
  type HubModelOrder,
  type ListHubModelsOptions,
} from './list-models.ts';
export {
  modelCard,
  type ModelCardData,
  type ModelCardMetadata,
  type ModelCardMetric,
  type ModelCardPort,
} from './model-card.ts';
export { type LeftOutFile } from './model-folder-files.ts';
export { parseModelReference, type ModelReference } from './model-reference.ts';
export type { FileProgress } from './byte-progress.ts';
export type { PushTarget } from './prepare-push.ts';
export {
  pullModel,
  type PulledFile,
  type PulledModel,
  type PullModelOptions,
} from './pull-model.ts';
export {
  pushModel,
  type PushedFile,
  type PushedModel,
  type PushModelOptions,
} from './push-model.ts';
export { planPush, type PlannedFile, type PlanPushOptions, type PushPlan } from './plan-push.ts';
export { whoAmI, type HubAccount, type WhoAmIOptions } from './who-am-i.ts';
