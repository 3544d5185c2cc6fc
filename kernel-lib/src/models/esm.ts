import type { Architecture } from './architecture.ts';
import { esmConfigFromHuggingFace, esmConfigSchema, type EsmConfig } from './esm-config.ts';
import { encodeWithEsm } from './esm-encoder.ts';
import { esmExtraWeights, esmWeightNames } from './esm-weights.ts';
import { transformerArchitecture } from './transformer-architecture.ts';
import { tableLength } from './transformer-config.ts';
import { transformerHuggingFace } from './transformer-hugging-face.ts';
import {
  transformerNetworkSchema,
  type TransformerNetworkConfig,
} from './transformer-network-config.ts';
import type { EncoderBuilder } from './transformer-network.ts';

/** Config of the architecture `esm`; the encoder's keys are those of Hugging Face. */
export type EsmNetworkConfig = TransformerNetworkConfig<EsmConfig>;

/** Schema of the architecture `esm`. Rotary positions have no end. */
export const esmNetworkConfigSchema = transformerNetworkSchema(esmConfigSchema, (encoder) =>
  encoder.position_embedding_type === 'absolute' ? tableLength(encoder) : Infinity,
);

const builder: EncoderBuilder<EsmConfig> = {
  name: 'esm',
  encode: encodeWithEsm,
  headActivation: () => 'gelu',
  lastLayer: () => 'encoder_norm',
};

/** ESM-2 (Lin et al. 2023) over the vocabulary of its tokenizer, which is that of ESM-1b. */
function esm2(layers: number, size: number): EsmNetworkConfig {
  return esmNetworkConfigSchema.parse({
    length: 1024,
    task: 'masked-language',
    left_out_tokens: [0, 2],
    encoder: {
      vocab_size: 33,
      mask_token_id: 32,
      pad_token_id: 1,
      hidden_size: size,
      num_hidden_layers: layers,
      num_attention_heads: 20,
      intermediate_size: 4 * size,
      hidden_dropout_prob: 0,
      attention_probs_dropout_prob: 0,
      layer_norm_eps: 1e-5,
      position_embedding_type: 'rotary',
      token_dropout: true,
    },
  });
}

/**
 * ESM over tokens of proteins, or of DNA as the first Nucleotide Transformer: for masked language
 * modelling, as embedding, and with a head on the mean hidden state.
 */
export const esm: Architecture<EsmNetworkConfig> = transformerArchitecture<EsmNetworkConfig>({
  modelType: 'esm',
  description:
    'ESM, a transformer encoder with rotary positions and normalisation first (Lin et al. 2023)',
  configSchema: esmNetworkConfigSchema,
  presets: Object.freeze({
    'esm2-8m': esm2(6, 320),
    'esm2-35m': esm2(12, 480),
    'esm2-150m': esm2(30, 640),
    'esm2-650m': esm2(33, 1280),
  }),
  builder,
  huggingFace: transformerHuggingFace<EsmConfig>({
    modelType: 'esm',
    classPrefix: 'Esm',
    configSchema: esmNetworkConfigSchema,
    encoder: esmConfigFromHuggingFace,
    usualLength: tableLength,
    weightNames: esmWeightNames,
    extraWeights: esmExtraWeights,
    leftOut: /^embeddings\.(?:position_ids|position_embeddings\.weight)$|\.inv_freq$/,
  }),
  encoderOfTokenizer: ({ vocabularySize, special }) => ({
    vocab_size: vocabularySize,
    ...(special.padding === undefined ? {} : { pad_token_id: special.padding }),
    ...(special.mask === undefined ? {} : { mask_token_id: special.mask }),
  }),
  weightNames: esmWeightNames,
});
