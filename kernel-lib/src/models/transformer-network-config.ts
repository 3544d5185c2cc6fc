import { z } from 'zod';
import { namingUnknownKeys, tokenNumber, wholeSize } from './transformer-config.ts';

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

/** Config of the architectures `bert` and `esm`. */
export interface TransformerNetworkConfig<Encoder> {
  length: number;
  features: string[];
  outputs: string[];
  task: TransformerTask;
  left_out_tokens: number[];
  pooling: TransformerPooling;
  head_dropout: number;
  batch_norm: boolean;
  predictions?: number | undefined;
  encoder: Encoder;
}

/** What the checks of a network need to know of its encoder. */
export interface EncoderLimits {
  readonly vocab_size: number;
}

/**
 * Schema of an architecture around the schema of its encoder.
 *
 * @param longest the most tokens for which an encoder has positions
 */
export function transformerNetworkSchema<Encoder extends EncoderLimits>(
  encoderSchema: z.ZodType<Encoder>,
  longest: (encoder: Encoder) => number,
): z.ZodType<TransformerNetworkConfig<Encoder>> {
  const keys = {
    length: wholeSize.default(512).describe('tokens of an input, start and end included'),
    features: z
      .array(z.string())
      .max(0, { message: 'this network takes the sequence alone' })
      .default([])
      .describe('none: the network takes the sequence alone'),
    outputs: z
      .array(z.string())
      .min(1)
      .default(['expression'])
      .describe('names of the outputs; not used by masked-language and embedding'),
    task: z
      .enum(transformerTasks)
      .default('regression')
      .describe(
        'masked-language: scores of all tokens; regression; classification: a score (logit) an output; poisson: the logarithm of a rate; embedding: one vector a sequence',
      ),
    left_out_tokens: z
      .array(tokenNumber)
      .default([])
      .describe('tokens besides padding that the mean over a sequence leaves out: start and end'),
    pooling: z
      .enum(['mean', 'first', 'pooler'])
      .default('mean')
      .describe(
        'of embedding: the mean hidden state, that of the first token, or the tanh of an affine map of that (pooler_output of transformers)',
      ),
    head_dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.1)
      .describe('dropout in front of both layers of the head'),
    batch_norm: z.boolean().default(false).describe('batch normalisation inside the head'),
    predictions: wholeSize
      .optional()
      .describe('score only this many positions, which the input masked_positions names'),
    encoder: encoderSchema,
  };
  return z
    .strictObject(keys, namingUnknownKeys(Object.keys(keys)))
    .refine(({ length, encoder }) => length <= longest(encoder), {
      error: ({ input }) => {
        const { encoder } = input as TransformerNetworkConfig<Encoder>;
        return `the encoder has positions for ${String(longest(encoder))} tokens`;
      },
      path: ['length'],
    })
    .refine(
      ({ left_out_tokens: leftOut, encoder }) => leftOut.every((id) => id < encoder.vocab_size),
      { message: 'left_out_tokens must be below vocab_size', path: ['left_out_tokens'] },
    )
    .refine(({ pooling, task }) => pooling === 'mean' || task === 'embedding', {
      message: 'only an embedding network is pooled in another way than by the mean',
      path: ['pooling'],
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
