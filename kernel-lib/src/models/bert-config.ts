import { z } from 'zod';
import {
  configFromHuggingFace,
  dropoutRate,
  encoderKeys,
  headsDivide,
  layerSizes,
  namingUnknownKeys,
  paddingIsToken,
  parseTransformerConfig,
  positionCount,
  wholeSize,
  type Activation,
} from './transformer-config.ts';

/** Config of a BERT encoder, under the names of Hugging Face's `BertConfig`. */
export interface BertConfig {
  /** Number of tokens of the vocabulary. */
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: Activation;
  readonly hidden_dropout_prob: number;
  readonly attention_probs_dropout_prob: number;
  /** Rows of the table of positions: the longest input. */
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly initializer_range: number;
  readonly layer_norm_eps: number;
  /** Token of the padding, which is not attended to. */
  readonly pad_token_id: number;
  readonly position_embedding_type: 'absolute';
  readonly tie_word_embeddings: boolean;
}

const keys = {
  vocab_size: encoderKeys.vocab_size.default(30_522),
  ...layerSizes,
  hidden_act: encoderKeys.hidden_act,
  hidden_dropout_prob: dropoutRate.default(0.1).describe('dropout on embeddings and each branch'),
  attention_probs_dropout_prob: encoderKeys.attention_probs_dropout_prob,
  max_position_embeddings: positionCount
    .default(512)
    .describe('rows of the table of positions: the longest input'),
  type_vocab_size: wholeSize
    .default(2)
    .describe('rows of the table of token types; all tokens are of type 0'),
  initializer_range: encoderKeys.initializer_range,
  layer_norm_eps: encoderKeys.layer_norm_eps.default(1e-12),
  pad_token_id: encoderKeys.pad_token_id.default(0),
  position_embedding_type: z.literal('absolute').default('absolute').describe('positions by table'),
  tie_word_embeddings: encoderKeys.tie_word_embeddings,
};

/** Schema of a BERT encoder's config, with the names and defaults of Hugging Face's `BertConfig`. */
export const bertConfigSchema: z.ZodType<BertConfig> = z
  .strictObject(keys, namingUnknownKeys(Object.keys(keys)))
  .refine(...headsDivide)
  .refine(...paddingIsToken)
  .describe('BERT: a transformer encoder over tokens (Devlin et al. 2019)');

/**
 * A config with all defaults filled in.
 *
 * @throws InputError naming each key that does not fit
 */
export function parseBertConfig(config: Partial<BertConfig>): BertConfig {
  return parseTransformerConfig(bertConfigSchema, config, 'BERT config');
}

/**
 * The config of a Hugging Face `config.json` of model type `bert`.
 *
 * @param json the parsed file
 * @throws InputError for another model type, and for keys that make it another network, such as
 *   `position_embedding_type: relative_key`, `is_decoder` or the ALiBi of DNABERT-2
 */
export function bertConfigFromHuggingFace(json: unknown, where: string): BertConfig {
  const config = configFromHuggingFace(json, 'bert', Object.keys(keys), where);
  return parseTransformerConfig(bertConfigSchema, config, where);
}
