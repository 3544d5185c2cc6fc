import { z } from 'zod';
import { suggestion } from '../core/nearest.ts';
import { layerCount, positionCount } from './transformer-config.ts';

const rate = z.number().min(0).lt(1);
const size = z.int().min(1);

const keys = {
  vocab_size: size.default(50_265).describe('number of tokens of the vocabulary'),
  hidden_size: size.default(768).describe('size of the hidden states'),
  num_hidden_layers: layerCount.default(12).describe('number of transformer layers'),
  num_attention_heads: size.default(12).describe('heads of each layer; divides hidden_size'),
  intermediate_size: size.default(3072).describe('size between the two maps of a layer'),
  hidden_act: z
    .enum(['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu'])
    .default('gelu')
    .describe('activation; gelu is exact, gelu_new and gelu_pytorch_tanh are its tanh form'),
  hidden_dropout_prob: rate.default(0.1).describe('dropout on embeddings and on each branch'),
  attention_probs_dropout_prob: rate.default(0.1).describe('dropout on attention probabilities'),
  max_position_embeddings: positionCount
    .default(514)
    .describe('rows of the table of positions: the longest input plus pad_token_id + 1'),
  type_vocab_size: z.int().min(0).default(1).describe('rows of the table of token types'),
  initializer_range: z.number().positive().default(0.02).describe('deviation of new weights'),
  layer_norm_eps: z.number().positive().default(1e-5).describe('added to variances'),
  pad_token_id: z
    .int()
    .min(0)
    .default(1)
    .describe('token from which positions are counted, and whose embedding is not looked up'),
  tie_word_embeddings: z.boolean().default(true).describe('score tokens by their embeddings'),
};

/**
 * Schema of a RoBERTa config, with the names and defaults of Hugging Face's `RobertaConfig`. Keys
 * of a `config.json` that say nothing about the network (`architectures`, `torch_dtype`, …) have to be
 * taken out before: a misspelt key is an error.
 */
export const robertaConfigSchema = z
  .strictObject(keys, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue.keys as string[])
            .map((key) => `unknown key '${key}'. ${suggestion(key, Object.keys(keys))}`)
            .join('; ')
        : undefined,
  })
  .refine(({ hidden_size: hidden, num_attention_heads: heads }) => hidden % heads === 0, {
    message: 'hidden_size must be a multiple of num_attention_heads',
    path: ['num_attention_heads'],
  })
  .refine(({ max_position_embeddings: rows, pad_token_id: padding }) => rows > padding + 1, {
    message: 'max_position_embeddings must be above pad_token_id + 1',
    path: ['max_position_embeddings'],
  })
  .refine(({ vocab_size: tokens, pad_token_id: padding }) => tokens > padding, {
    message: 'pad_token_id must be below vocab_size',
    path: ['pad_token_id'],
  })
  .describe('RoBERTa: a transformer encoder over tokens (Liu et al. 2019)');

/** Config of a RoBERTa network under the names of Hugging Face. */
export type RobertaConfig = z.output<typeof robertaConfigSchema>;

/** A config in which keys with a default may be missing. */
export type RobertaConfigInput = z.input<typeof robertaConfigSchema>;
