export type {
  Architecture,
  HuggingFaceConfigOptions,
  HuggingFaceFormat,
  HuggingFaceWeightsOptions,
  InputKind,
  ModelInput,
  SequenceInput,
  TokenizerFacts,
} from './architecture.ts';
export { roberta } from './roberta-architecture.ts';
export {
  robertaNetworkConfigSchema,
  robertaTasks,
  type RobertaNetworkConfig,
  type RobertaTask,
} from './roberta-network-config.ts';
export { robertaNetworkWeightNames, type HuggingFaceWeights } from './roberta-weights.ts';
export {
  promoterRegions,
  type PromoterRegionsConfig,
  type RegionConfig,
} from './promoter-regions.ts';
export { bert, type BertNetworkConfig } from './bert.ts';
export { bertConfigFromHuggingFace, parseBertConfig, type BertConfig } from './bert-config.ts';
export { esm, type EsmNetworkConfig } from './esm.ts';
export {
  esmConfigFromHuggingFace,
  parseEsmConfig,
  type EsmConfig,
  type EsmConfigInput,
} from './esm-config.ts';
export type {
  TransformerNetworkConfig,
  TransformerPooling,
  TransformerTask,
} from './transformer-network-config.ts';
export { architecture, architectureNames, architectureOfHuggingFace } from './registry.ts';
export {
  resolveArchitectureConfig,
  type ArchitectureChoice,
  type DataShape,
} from './resolve-config.ts';
export {
  buildRobertaEncoder,
  buildRobertaForMaskedLM,
  parseRobertaConfig,
  type RobertaBuildOptions,
  type RobertaMaskedLMOptions,
} from './roberta.ts';
export {
  robertaConfigSchema,
  type RobertaConfig,
  type RobertaConfigInput,
} from './roberta-config.ts';
export {
  robertaFromHuggingFace,
  robertaToHuggingFace,
  robertaWeightNames,
  type HuggingFaceWeight,
  type RobertaWeightsOptions,
} from './roberta-weights.ts';
export { xpresso, type XpressoConfig } from './xpresso.ts';
