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
export {
  outputColumn,
  outputIndex,
  Predictor,
  type Predictions,
  type PredictOptions,
} from './predictor.ts';
export { promoterModelFolder, type TrainedPromoterModel } from './promoter-model-folder.ts';
export {
  verifyModel,
  writeModelExample,
  type ModelExample,
  type ModelVerification,
} from './verify-model.ts';
export {
  importHuggingFace,
  loadPretrainedEncoder,
  type ImportHuggingFaceOptions,
  type PretrainedEncoder,
} from './import-hugging-face.ts';
export { exportHuggingFace, type ExportHuggingFaceOptions } from './export-hugging-face.ts';
export { tokenModelFolder, type TrainedTokenModel } from './token-model-folder.ts';
export { warmStart } from './warm-start.ts';
export type { Embeddings, EmbedOptions } from './predictor.ts';
