import type { Architecture } from './architecture.ts';
import { bertConfigFromHuggingFace, bertConfigSchema, type BertConfig } from './bert-config.ts';
import { bertWeightNames } from './bert-weights.ts';
import { transformerArchitecture } from './transformer-architecture.ts';
import { encodePostNorm } from './transformer-encoder.ts';
import { transformerHuggingFace } from './transformer-hugging-face.ts';
import {
  transformerNetworkSchema,
  type TransformerNetworkConfig,
} from './transformer-network-config.ts';
import type { EncoderBuilder } from './transformer-network.ts';

/** Config of the architecture `bert`; the encoder's keys are those of Hugging Face. */
export type BertNetworkConfig = TransformerNetworkConfig<BertConfig>;

/** Schema of the architecture `bert`. */
export const bertNetworkConfigSchema = transformerNetworkSchema(
  bertConfigSchema.prefault({}),
  ({ max_position_embeddings: rows }) => rows,
);

const builder: EncoderBuilder<BertConfig> = {
  name: 'bert',
  encode: encodePostNorm,
  headActivation: ({ hidden_act: activation }) => activation,
  lastLayer: ({ num_hidden_layers: layers }) => `layer_${String(layers - 1)}_output_norm`,
};

const parse = (config: object): BertNetworkConfig => bertNetworkConfigSchema.parse(config);

/**
 * BERT over tokens of a tokenizer, for example DNABERT's k-mers: for masked language modelling, as
 * embedding, and with a head on the mean hidden state.
 */
export const bert: Architecture<BertNetworkConfig> = transformerArchitecture({
  modelType: 'bert',
  description: 'BERT, a transformer encoder over tokens (Devlin et al. 2019), as DNABERT is',
  configSchema: bertNetworkConfigSchema,
  presets: Object.freeze({
    // Ji et al. 2021: 4,096 6-mers and five special tokens
    'dnabert-6': parse({
      task: 'masked-language',
      left_out_tokens: [2, 3],
      encoder: { vocab_size: 4101 },
    }),
    small: parse({
      task: 'masked-language',
      length: 256,
      left_out_tokens: [2, 3],
      encoder: {
        vocab_size: 4101,
        hidden_size: 128,
        num_hidden_layers: 4,
        num_attention_heads: 4,
        intermediate_size: 512,
        max_position_embeddings: 256,
      },
    }),
  }),
  builder,
  huggingFace: transformerHuggingFace({
    modelType: 'bert',
    classPrefix: 'Bert',
    configSchema: bertNetworkConfigSchema,
    encoder: bertConfigFromHuggingFace,
    usualLength: ({ max_position_embeddings: rows }) => rows,
    weightNames: bertWeightNames,
    leftOut: /^embeddings\.(?:position_ids|token_type_ids)$/,
  }),
  encoderOfTokenizer: ({ vocabularySize, special }) => ({
    vocab_size: vocabularySize,
    ...(special.padding === undefined ? {} : { pad_token_id: special.padding }),
  }),
  weightNames: bertWeightNames,
});
