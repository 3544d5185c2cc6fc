import { z } from 'zod';
import { robertaConfigSchema, type RobertaConfig } from './roberta-config.ts';
import { tableLength, tokenNumber } from './transformer-config.ts';
import {
  checkedNetwork,
  inputLength,
  networkKeys,
  type NetworkConfig,
} from './transformer-network-config.ts';

/** What a network is trained for. */
export const robertaTasks = Object.freeze([
  'masked-language',
  'regression',
  'classification',
  'poisson',
  'sparse',
  'embedding',
] as const);

/** What a network is trained for. */
export type RobertaTask = (typeof robertaTasks)[number];

/** Config of the architecture `roberta`. */
export interface RobertaNetworkConfig extends Omit<NetworkConfig<RobertaConfig>, 'pooling'> {
  padding_token: number | null;
}

const schema = z
  .strictObject({
    length: inputLength.default(256),
    features: networkKeys.features,
    outputs: networkKeys.outputs.describe(
      'names of the outputs, for example tissues; not used by masked-language',
    ),
    task: z
      .enum(robertaTasks)
      .default('regression')
      .describe(
        'masked-language: scores of all tokens; regression; classification: a score (logit) an output; poisson: the logarithm of a rate; sparse: score and value of each output; embedding: the mean hidden state',
      ),
    padding_token: tokenNumber
      .nullable()
      .default(1)
      .describe('padding of the tokenizer, which nothing attends to; null for none'),
    left_out_tokens: networkKeys.left_out_tokens.default([0, 2]),
    head_dropout: networkKeys.head_dropout,
    batch_norm: networkKeys.batch_norm,
    predictions: networkKeys.predictions,
    encoder: robertaConfigSchema.prefault({}),
  })
  .refine(
    ({ padding_token: padding, left_out_tokens: leftOut, encoder }) =>
      [...leftOut, padding ?? 0].every((id) => id < encoder.vocab_size),
    {
      message: 'padding_token and left_out_tokens must be below vocab_size',
      path: ['padding_token'],
    },
  );

/** Schema of the architecture `roberta`; the encoder's keys are those of Hugging Face. */
export const robertaNetworkConfigSchema: z.ZodType<RobertaNetworkConfig> = checkedNetwork(
  schema,
  tableLength,
).describe('RoBERTa over tokens of a tokenizer, with the head of a task');

/** FloraBERT's tissues in the order of its outputs. */
const TISSUES = ['tassel', 'base', 'anther', 'middle', 'ear', 'shoot', 'tip', 'root'];

/**
 * Of FloraBERT's tokenizer: `<s>` 0, `</s>` 1, `<pad>` 2. Its networks were made with the default
 * `pad_token_id` 1, by which padding takes up positions and `</s>` has no embedding of its own;
 * published weights need it so.
 */
const florabert = {
  length: 256,
  padding_token: 2,
  left_out_tokens: [0, 1],
  outputs: TISSUES,
  encoder: {
    vocab_size: 5261,
    hidden_size: 768,
    num_hidden_layers: 6,
    num_attention_heads: 6,
    intermediate_size: 3072,
    hidden_dropout_prob: 0.2,
    attention_probs_dropout_prob: 0.1,
    max_position_embeddings: 258,
    type_vocab_size: 1,
    layer_norm_eps: 1e-12,
    pad_token_id: 1,
  },
};

const small = {
  hidden_size: 128,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  intermediate_size: 512,
  hidden_dropout_prob: 0.1,
};

const parse = (config: object): RobertaNetworkConfig => robertaNetworkConfigSchema.parse(config);

/** FloraBERT's two networks (Levy et al. 2022), and smaller ones for trials. */
export const robertaPresets: Readonly<Record<string, RobertaNetworkConfig>> = Object.freeze({
  florabert: parse({ ...florabert, task: 'regression', head_dropout: 0.2 }),
  'florabert-language': parse({
    ...florabert,
    task: 'masked-language',
    encoder: { ...florabert.encoder, hidden_dropout_prob: 0.1 },
  }),
  'florabert-small': parse({
    ...florabert,
    task: 'regression',
    encoder: { ...florabert.encoder, ...small },
  }),
  'florabert-small-language': parse({
    ...florabert,
    task: 'masked-language',
    encoder: { ...florabert.encoder, ...small },
  }),
});
