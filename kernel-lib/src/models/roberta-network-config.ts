import { z } from 'zod';
import { robertaConfigSchema, type RobertaConfig } from './roberta-config.ts';

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
export interface RobertaNetworkConfig {
  length: number;
  features: string[];
  outputs: string[];
  task: RobertaTask;
  padding_token: number | null;
  left_out_tokens: number[];
  head_dropout: number;
  batch_norm: boolean;
  predictions?: number | undefined;
  encoder: RobertaConfig;
}

const token = z.int().min(0);

/** Schema of the architecture `roberta`; the encoder's keys are those of Hugging Face. */
export const robertaNetworkConfigSchema = z
  .strictObject({
    length: z.int().min(1).default(256).describe('tokens of an input, start and end included'),
    features: z
      .array(z.string())
      .max(0, { message: 'this network takes the sequence alone' })
      .default([])
      .describe('none: the network takes the sequence alone'),
    outputs: z
      .array(z.string())
      .min(1)
      .default(['expression'])
      .describe('names of the outputs, for example tissues; not used by masked-language'),
    task: z
      .enum(robertaTasks)
      .default('regression')
      .describe(
        'masked-language: scores of all tokens; regression; classification: a score (logit) an output; poisson: the logarithm of a rate; sparse: score and value of each output; embedding: the mean hidden state',
      ),
    padding_token: token
      .nullable()
      .default(1)
      .describe('padding of the tokenizer, which nothing attends to; null for none'),
    left_out_tokens: z
      .array(token)
      .default([0, 2])
      .describe('tokens besides padding that the mean over a sequence leaves out: start and end'),
    head_dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.1)
      .describe('dropout in front of both layers of the head'),
    batch_norm: z.boolean().default(false).describe('batch normalisation inside the head'),
    predictions: z
      .int()
      .min(1)
      .optional()
      .describe('score only this many positions, which the input masked_positions names'),
    encoder: robertaConfigSchema.prefault({}),
  })
  .refine(({ length, encoder }) => length <= longest(encoder), {
    error: ({ input }) =>
      `the encoder has positions for ${String(longest((input as RobertaNetworkConfig).encoder))} tokens`,
    path: ['length'],
  })
  .refine(
    ({ padding_token: padding, left_out_tokens: leftOut, encoder }) =>
      [...leftOut, padding ?? 0].every((id) => id < encoder.vocab_size),
    {
      message: 'padding_token and left_out_tokens must be below vocab_size',
      path: ['padding_token'],
    },
  )
  .refine(({ predictions, task }) => predictions === undefined || task === 'masked-language', {
    message: 'only a masked-language network scores positions',
    path: ['predictions'],
  })
  .refine(({ predictions, length }) => predictions === undefined || predictions <= length, {
    message: 'predictions must not be above length',
    path: ['predictions'],
  })
  .describe('RoBERTa over tokens of a tokenizer, with the head of a task');

function longest(config: RobertaConfig): number {
  return config.max_position_embeddings - config.pad_token_id - 1;
}

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
