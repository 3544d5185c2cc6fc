export { importKeras } from './import-keras.ts';
export { LIBRARY_VERSION } from './library-version.ts';
export type { ModelConfig } from './model-config.ts';
export {
  MODEL_FILES,
  readModelFolder,
  writeModelFolder,
  type ModelFolder,
} from './model-folder.ts';
export type { MissingInputs, SequenceLike } from './encode-inputs.ts';
export { outputColumn, Predictor, type Predictions, type PredictOptions } from './predictor.ts';
export { promoterModelFolder, type TrainedPromoterModel } from './promoter-model-folder.ts';
export {
  verifyModel,
  writeModelExample,
  type ModelExample,
  type ModelVerification,
} from './verify-model.ts';
