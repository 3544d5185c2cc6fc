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
  positionsBehindPadding,
  tokenNumber,
} from './transformer-config.ts';

/** Config of an ESM encoder, under the names of Hugging Face's `EsmConfig`. */
export interface EsmConfig {
  /** Number of tokens of the vocabulary. */
  readonly vocab_size: number;
  /** Token that stands for a masked one; needed for `token_dropout`. */
  readonly mask_token_id?: number | undefined;
  /** Token of the padding, which is not attended to. */
  readonly pad_token_id: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_dropout_prob: number;
  readonly attention_probs_dropout_prob: number;
  readonly max_position_embeddings: number;
  readonly initializer_range: number;
  readonly layer_norm_eps: number;
  /** `rotary` as in ESM-2, or `absolute` as in ESM-1b. */
  readonly position_embedding_type: 'absolute' | 'rotary';
  readonly emb_layer_norm_before: boolean;
  readonly token_dropout: boolean;
  readonly tie_word_embeddings: boolean;
}

const keys = {
  vocab_size: encoderKeys.vocab_size,
  mask_token_id: tokenNumber
    .optional()
    .describe('token that stands for a masked one; needed for token_dropout'),
  pad_token_id: encoderKeys.pad_token_id,
  ...layerSizes,
  hidden_dropout_prob: dropoutRate.default(0.1).describe('dropout on each branch'),
  attention_probs_dropout_prob: encoderKeys.attention_probs_dropout_prob,
  max_position_embeddings: encoderKeys.max_position_embeddings.default(1026),
  initializer_range: encoderKeys.initializer_range,
  layer_norm_eps: encoderKeys.layer_norm_eps.default(1e-12),
  position_embedding_type: z
    .enum(['absolute', 'rotary'])
    .default('absolute')
    .describe('rotary as in ESM-2, or absolute (by table) as in ESM-1b'),
  emb_layer_norm_before: z.boolean().default(false).describe('normalise the embeddings'),
  token_dropout: z
    .boolean()
    .default(false)
    .describe('set embeddings of masked tokens to zero and rescale the others'),
  tie_word_embeddings: encoderKeys.tie_word_embeddings,
};

/** Schema of an ESM encoder's config, with the names and defaults of Hugging Face's `EsmConfig`. */
export const esmConfigSchema: z.ZodType<EsmConfig> = z
  .strictObject(keys, namingUnknownKeys(Object.keys(keys)))
  .refine(...headsDivide)
  .refine(
    ({ hidden_size: hidden, num_attention_heads: heads, position_embedding_type: type }) =>
      type !== 'rotary' || (hidden / heads) % 2 === 0,
    {
      message: 'rotary positions need an even hidden_size / num_attention_heads',
      path: ['num_attention_heads'],
    },
  )
  .refine(...paddingIsToken)
  .refine(({ vocab_size: tokens, mask_token_id: mask = 0 }) => tokens > mask, {
    message: 'mask_token_id must be below vocab_size',
    path: ['mask_token_id'],
  })
  .refine(({ token_dropout: dropout, mask_token_id: mask }) => !dropout || mask !== undefined, {
    message: 'token_dropout needs mask_token_id',
    path: ['mask_token_id'],
  })
  .refine(...positionsBehindPadding)
  .describe('ESM: a transformer encoder with normalisation before each part (Rives et al. 2021)');

/** An ESM config in which keys with a default may be missing. */
export type EsmConfigInput = Partial<EsmConfig> & Pick<EsmConfig, 'vocab_size' | 'pad_token_id'>;

/**
 * A config with all defaults filled in.
 *
 * @throws InputError naming each key that does not fit
 */
export function parseEsmConfig(config: EsmConfigInput): EsmConfig {
  return parseTransformerConfig(esmConfigSchema, config, 'ESM config');
}

/**
 * The config of a Hugging Face `config.json` of model type `esm`.
 *
 * @param json the parsed file
 * @throws InputError for another model type, and for keys that make it another network, such as
 *   `position_embedding_type: relative_key`, `is_folding_model` or the gated layers of the second
 *   Nucleotide Transformer
 */
export function esmConfigFromHuggingFace(json: unknown, where: string): EsmConfig {
  const config = configFromHuggingFace(json, 'esm', Object.keys(keys), where);
  return parseTransformerConfig(esmConfigSchema, config, where);
}
