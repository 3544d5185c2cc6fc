import type { Architecture } from './architecture.ts';
import { robertaEncoder } from './roberta-encoder.ts';
import { robertaHuggingFace } from './roberta-hugging-face.ts';
import {
  robertaNetworkConfigSchema,
  robertaPresets,
  type RobertaNetworkConfig,
} from './roberta-network-config.ts';
import { robertaPartNames } from './roberta-weights.ts';
import { transformerArchitecture } from './transformer-architecture.ts';

/**
 * RoBERTa over tokens of a tokenizer: for masked language modelling, and with FloraBERT's head for
 * expression.
 */
export const roberta: Architecture<RobertaNetworkConfig> = {
  ...transformerArchitecture({
    modelType: 'roberta',
    description:
      'RoBERTa, a transformer encoder over tokens (Liu et al. 2019), with the mean-pooling head of FloraBERT (Levy et al. 2022)',
    configSchema: robertaNetworkConfigSchema,
    presets: robertaPresets,
    builder: robertaEncoder,
    huggingFace: robertaHuggingFace,
    // pad_token_id says from where positions are counted, and stays.
    encoderOfTokenizer: ({ vocabularySize }) => ({ vocab_size: vocabularySize }),
    networkOfTokenizer: ({ special }) => ({ padding_token: special.padding ?? null }),
    weightNames: robertaPartNames,
  }),
  hasGatedOutputs: ({ task }) => task === 'sparse',
};
