export { type HubOptions, type EnvironmentVariables, type RetryPolicy } from './hub-settings.ts';
export { listHubModels, type HubModel, type ListHubModelsOptions } from './list-models.ts';
export {
  modelCard,
  type ModelCardData,
  type ModelCardMetadata,
  type ModelCardMetric,
  type ModelCardPort,
} from './model-card.ts';
export { type LeftOutFile } from './model-folder-files.ts';
export { parseModelReference, type ModelReference } from './model-reference.ts';
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
