import { z } from 'zod';
import { dropoutRate, namingUnknownKeys, tokenNumber, wholeSize } from './transformer-config.ts';

/** What a BERT or ESM network is trained for. */
export const transformerTasks = Object.freeze([
  'masked-language',
  'regression',
  'classification',
  'poisson',
  'embedding',
] as const);

/** What a BERT or ESM network is trained for. */
export type TransformerTask = (typeof transformerTasks)[number];

/** How hidden states become the one vector of `embedding`. */
export type TransformerPooling = 'mean' | 'first' | 'pooler';

/** Config of a network over tokens; `sparse` and `padding_token` are of `roberta` alone. */
export interface NetworkConfig<Encoder> {
  length: number;
  features: string[];
  outputs: string[];
  task: TransformerTask | 'sparse';
  left_out_tokens: number[];
  head_dropout: number;
  batch_norm: boolean;
  predictions?: number | undefined;
  encoder: Encoder;
  /** How an embedding network pools. Default `mean`. */
  pooling?: TransformerPooling;
  /** Padding of the tokenizer, or null for none. Default `pad_token_id` of the encoder. */
  padding_token?: number | null;
}

/** Config of the architectures `bert` and `esm`. */
export interface TransformerNetworkConfig<Encoder> extends NetworkConfig<Encoder> {
  task: TransformerTask;
  pooling: TransformerPooling;
}

/** What the checks of a network need to know of its encoder. */
export interface EncoderLimits {
  readonly vocab_size: number;
}

/** Keys that all networks over tokens have, and that mean the same in each. */
export const networkKeys = {
  features: z
    .array(z.string())
    .max(0, { message: 'this network takes the sequence alone' })
    .default([])
    .describe('none: the network takes the sequence alone'),
  outputs: z.array(z.string()).min(1).default(['expression']),
  left_out_tokens: z
    .array(tokenNumber)
    .describe('tokens besides padding that the mean over a sequence leaves out: start and end'),
  head_dropout: dropoutRate.default(0.1).describe('dropout in front of both layers of the head'),
  batch_norm: z.boolean().default(false).describe('batch normalisation inside the head'),
  predictions: wholeSize
    .optional()
    .describe('score only this many positions, which the input masked_positions names'),
};

/** Schema of the tokens of an input. */
export const inputLength = wholeSize.describe('tokens of an input, start and end included');

/**
 * The schema of a network with the checks that hold for each.
 *
 * @param longest the most tokens for which an encoder has positions
 */
export function checkedNetwork<Encoder, Config extends NetworkConfig<Encoder>>(
  schema: z.ZodType<Config>,
  longest: (encoder: Config['encoder']) => number,
): z.ZodType<Config> {
  return schema
    .refine(({ length, encoder }) => length <= longest(encoder), {
      error: ({ input }) => {
        const { encoder } = input as Config;
        return `the encoder has positions for ${String(longest(encoder))} tokens`;
      },
      path: ['length'],
    })
    .refine(({ predictions, task }) => predictions === undefined || task === 'masked-language', {
      message: 'only a masked-language network scores positions',
      path: ['predictions'],
    })
    .refine(({ predictions, length }) => predictions === undefined || predictions <= length, {
      message: 'predictions must not be above length',
      path: ['predictions'],
    });
}

/**
 * Schema of the architecture `bert` or `esm` around the schema of its encoder.
 *
 * @param longest the most tokens for which an encoder has positions
 */
export function transformerNetworkSchema<Encoder extends EncoderLimits>(
  encoderSchema: z.ZodType<Encoder>,
  longest: (encoder: Encoder) => number,
): z.ZodType<TransformerNetworkConfig<Encoder>> {
  const keys = {
    length: inputLength.default(512),
    features: networkKeys.features,
    outputs: networkKeys.outputs.describe(
      'names of the outputs; not used by masked-language and embedding',
    ),
    task: z
      .enum(transformerTasks)
      .default('regression')
      .describe(
        'masked-language: scores of all tokens; regression; classification: a score (logit) an output; poisson: the logarithm of a rate; embedding: one vector a sequence',
      ),
    left_out_tokens: networkKeys.left_out_tokens.default([]),
    pooling: z
      .enum(['mean', 'first', 'pooler'])
      .default('mean')
      .describe(
        'of embedding: the mean hidden state, that of the first token, or the tanh of an affine map of that (pooler_output of transformers)',
      ),
    head_dropout: networkKeys.head_dropout,
    batch_norm: networkKeys.batch_norm,
    predictions: networkKeys.predictions,
    encoder: encoderSchema,
  };
  const schema = z
    .strictObject(keys, namingUnknownKeys(Object.keys(keys)))
    .refine(
      ({ left_out_tokens: leftOut, encoder }) => leftOut.every((id) => id < encoder.vocab_size),
      { message: 'left_out_tokens must be below vocab_size', path: ['left_out_tokens'] },
    )
    .refine(({ pooling, task }) => pooling === 'mean' || task === 'embedding', {
      message: 'only an embedding network is pooled in another way than by the mean',
      path: ['pooling'],
    });
  return checkedNetwork(schema, longest);
}
