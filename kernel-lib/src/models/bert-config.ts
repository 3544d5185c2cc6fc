import { z } from 'zod';
import {
  configFromHuggingFace,
  dropoutRate,
  layerCount,
  namingUnknownKeys,
  parseTransformerConfig,
  positionCount,
  tokenNumber,
  wholeSize,
} from './transformer-config.ts';

/** Config of a BERT encoder, under the names of Hugging Face's `BertConfig`. */
export interface BertConfig {
  /** Number of tokens of the vocabulary. */
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: 'gelu' | 'gelu_new' | 'gelu_pytorch_tanh' | 'relu';
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
  vocab_size: wholeSize.default(30_522).describe('number of tokens of the vocabulary'),
  hidden_size: wholeSize.default(768).describe('size of the hidden states'),
  num_hidden_layers: layerCount.default(12).describe('number of transformer layers'),
  num_attention_heads: wholeSize.default(12).describe('heads of each layer; divides hidden_size'),
  intermediate_size: wholeSize.default(3072).describe('size between the two maps of a layer'),
  hidden_act: z
    .enum(['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu'])
    .default('gelu')
    .describe('activation; gelu is exact, gelu_new and gelu_pytorch_tanh are its tanh form'),
  hidden_dropout_prob: dropoutRate.default(0.1).describe('dropout on embeddings and each branch'),
  attention_probs_dropout_prob: dropoutRate
    .default(0.1)
    .describe('dropout on attention probabilities'),
  max_position_embeddings: positionCount
    .default(512)
    .describe('rows of the table of positions: the longest input'),
  type_vocab_size: wholeSize
    .default(2)
    .describe('rows of the table of token types; all tokens are of type 0'),
  initializer_range: z.number().positive().default(0.02).describe('deviation of new weights'),
  layer_norm_eps: z.number().positive().default(1e-12).describe('added to variances'),
  pad_token_id: tokenNumber.default(0).describe('token of the padding, which is not attended to'),
  position_embedding_type: z.literal('absolute').default('absolute').describe('positions by table'),
  tie_word_embeddings: z.boolean().default(true).describe('score tokens by their embeddings'),
};

/** Schema of a BERT encoder's config, with the names and defaults of Hugging Face's `BertConfig`. */
export const bertConfigSchema: z.ZodType<BertConfig> = z
  .strictObject(keys, namingUnknownKeys(Object.keys(keys)))
  .refine(({ hidden_size: hidden, num_attention_heads: heads }) => hidden % heads === 0, {
    message: 'hidden_size must be a multiple of num_attention_heads',
    path: ['num_attention_heads'],
  })
  .refine(({ vocab_size: tokens, pad_token_id: padding }) => tokens > padding, {
    message: 'pad_token_id must be below vocab_size',
    path: ['pad_token_id'],
  })
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

/** Keys of a `config.json` that transformers builds the same network from. */
export function bertConfigToHuggingFace(
  config: BertConfig,
  architecture: 'BertModel' | 'BertForMaskedLM',
): Record<string, unknown> {
  return { model_type: 'bert', architectures: [architecture], torch_dtype: 'float32', ...config };
}
