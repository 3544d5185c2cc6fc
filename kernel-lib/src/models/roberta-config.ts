import { z } from 'zod';
import {
  dropoutRate,
  encoderKeys,
  headsDivide,
  layerSizes,
  namingUnknownKeys,
  paddingIsToken,
  positionsBehindPadding,
  tokenNumber,
} from './transformer-config.ts';

const keys = {
  vocab_size: encoderKeys.vocab_size.default(50_265),
  ...layerSizes,
  hidden_act: encoderKeys.hidden_act,
  hidden_dropout_prob: dropoutRate
    .default(0.1)
    .describe('dropout on embeddings and on each branch'),
  attention_probs_dropout_prob: encoderKeys.attention_probs_dropout_prob,
  max_position_embeddings: encoderKeys.max_position_embeddings.default(514),
  type_vocab_size: z.int().min(0).default(1).describe('rows of the table of token types'),
  initializer_range: encoderKeys.initializer_range,
  layer_norm_eps: encoderKeys.layer_norm_eps.default(1e-5),
  pad_token_id: tokenNumber
    .default(1)
    .describe('token from which positions are counted, and whose embedding is not looked up'),
  tie_word_embeddings: encoderKeys.tie_word_embeddings,
};

/**
 * Schema of a RoBERTa config, with the names and defaults of Hugging Face's `RobertaConfig`. Keys
 * of a `config.json` that say nothing about the network (`architectures`, `torch_dtype`, …) have to be
 * taken out before: a misspelt key is an error.
 */
export const robertaConfigSchema = z
  .strictObject(keys, namingUnknownKeys(Object.keys(keys)))
  .refine(...headsDivide)
  .refine(...positionsBehindPadding)
  .refine(...paddingIsToken)
  .describe('RoBERTa: a transformer encoder over tokens (Liu et al. 2019)');

/** Config of a RoBERTa network under the names of Hugging Face. */
export type RobertaConfig = z.output<typeof robertaConfigSchema>;

/** A config in which keys with a default may be missing. */
export type RobertaConfigInput = z.input<typeof robertaConfigSchema>;
