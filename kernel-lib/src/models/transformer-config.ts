import { z } from 'zod';
import { InputError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';

/** Schema of a probability with which values are dropped. */
export const dropoutRate = z.number().min(0).lt(1);

/** Schema of a size. */
export const wholeSize = z.int().min(1);

/** Schema of the number of layers; a file may claim more than there is memory for their names. */
export const layerCount = wholeSize.max(1000);

/** Schema of the rows of a table of positions. */
export const positionCount = wholeSize.max(2 ** 20);

/** Schema of the number of a token. */
export const tokenNumber = z.int().min(0);

const activations = z.enum(['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu']);

/** Activation of a layer, under the names of transformers. */
export type Activation = z.output<typeof activations>;

/** Keys for the sizes of an encoder's layers. */
export const layerSizes = {
  hidden_size: wholeSize.default(768).describe('size of the hidden states'),
  num_hidden_layers: layerCount.default(12).describe('number of transformer layers'),
  num_attention_heads: wholeSize.default(12).describe('heads of each layer; divides hidden_size'),
  intermediate_size: wholeSize.default(3072).describe('size between the two maps of a layer'),
};

/** Keys that encoders have in common; those without a default have one of their own for each. */
export const encoderKeys = {
  vocab_size: wholeSize.describe('number of tokens of the vocabulary'),
  hidden_act: activations
    .default('gelu')
    .describe('activation; gelu is exact, gelu_new and gelu_pytorch_tanh are its tanh form'),
  attention_probs_dropout_prob: dropoutRate
    .default(0.1)
    .describe('dropout on attention probabilities'),
  max_position_embeddings: positionCount.describe(
    'rows of the table of positions: the longest input plus pad_token_id + 1',
  ),
  initializer_range: z.number().positive().default(0.02).describe('deviation of new weights'),
  layer_norm_eps: z.number().positive().describe('added to variances'),
  pad_token_id: tokenNumber.describe('token of the padding, which is not attended to'),
  tie_word_embeddings: z.boolean().default(true).describe('score tokens by their embeddings'),
};

type Check<Config> = [
  (config: Config) => boolean,
  { readonly message: string; readonly path: string[] },
];

/** Arguments of `refine`: the heads divide the hidden states. */
export const headsDivide: Check<{
  readonly hidden_size: number;
  readonly num_attention_heads: number;
}> = [
  ({ hidden_size: hidden, num_attention_heads: heads }) => hidden % heads === 0,
  {
    message: 'hidden_size must be a multiple of num_attention_heads',
    path: ['num_attention_heads'],
  },
];

/** Arguments of `refine`: the padding is a token. */
export const paddingIsToken: Check<{
  readonly vocab_size: number;
  readonly pad_token_id: number;
}> = [
  ({ vocab_size: tokens, pad_token_id: padding }) => tokens > padding,
  { message: 'pad_token_id must be below vocab_size', path: ['pad_token_id'] },
];

/** Sizes of a table of positions in which tokens are numbered from `pad_token_id + 1` on. */
export interface PositionTable {
  readonly max_position_embeddings: number;
  readonly pad_token_id: number;
}

/** The most tokens for which a table of positions has rows. */
export function tableLength({
  max_position_embeddings: rows,
  pad_token_id: padding,
}: PositionTable): number {
  return rows - padding - 1;
}

/** Arguments of `refine`: the table has a position for a token. */
export const positionsBehindPadding: Check<PositionTable> = [
  (config) => tableLength(config) > 0,
  {
    message: 'max_position_embeddings must be above pad_token_id + 1',
    path: ['max_position_embeddings'],
  },
];

/** Options of a strict object of zod, whose message names the nearest known key. */
export function namingUnknownKeys(known: readonly string[]): {
  error: (issue: { readonly code?: string; readonly keys?: unknown }) => string | undefined;
} {
  return {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys'
        ? (keys as string[])
            .map((key) => `unknown key '${key}'. ${suggestion(key, known)}`)
            .join('; ')
        : undefined,
  };
}

/**
 * A config with all defaults filled in.
 *
 * @param where what the config is, for the message
 * @param expected what it should be, for the message; default: nothing is said of it
 * @throws InputError naming each key that does not fit
 */
export function parseTransformerConfig<Config>(
  schema: z.ZodType<Config>,
  config: unknown,
  where: string,
  expected?: string,
): Config {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw new InputError({
    where,
    found: parsed.error.issues
      .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
      .join('; '),
    ...(expected === undefined ? {} : { expected }),
  });
}

/** A key of a `config.json` that makes it another network than the one built here. */
interface OtherNetwork {
  readonly key: string;
  /** Whether the value leaves the network as it is built here. */
  readonly same: (value: unknown) => boolean;
  /** What the key stands for. */
  readonly means: string;
}

const off = (value: unknown): boolean => value === undefined || value === null || value === false;
const empty = (value: unknown): boolean =>
  off(value) || (typeof value === 'object' && Object.keys(value as object).length === 0);

const OTHER_NETWORKS: readonly OtherNetwork[] = [
  { key: 'auto_map', same: empty, means: 'a network that Python code beside the weights defines' },
  { key: 'is_decoder', same: off, means: 'a decoder' },
  { key: 'is_encoder_decoder', same: off, means: 'an encoder with a decoder' },
  { key: 'add_cross_attention', same: off, means: 'attention to another sequence' },
  { key: 'pruned_heads', same: empty, means: 'layers with fewer heads' },
  { key: 'quantization_config', same: empty, means: 'quantised weights' },
  {
    key: 'alibi_starting_size',
    same: off,
    means: 'attention with linear biases (as in DNABERT-2)',
  },
  { key: 'is_folding_model', same: off, means: 'ESMFold, which predicts structures' },
  {
    key: 'add_bias_fnn',
    same: (value) => value !== false,
    means: 'gated layers without bias (as in the second Nucleotide Transformer)',
  },
  { key: 'embedding_size', same: off, means: 'embeddings of another size than the hidden states' },
];

/**
 * The keys of a Hugging Face `config.json` that a network is built from. Keys that say nothing about
 * the network (`architectures`, `torch_dtype`, `use_cache`, …) are left out as transformers does.
 *
 * @param json the parsed file
 * @param modelType `model_type` that is expected
 * @param keys keys of the network's config
 * @param where the file, for messages
 * @throws InputError for another model type, and for keys that make it a network of another kind
 */
export function configFromHuggingFace(
  json: unknown,
  modelType: string,
  keys: readonly string[],
  where: string,
): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new InputError({ where, found: 'no JSON object', expected: 'a config of transformers' });
  }
  const given = json as Readonly<Record<string, unknown>>;
  const type = given['model_type'];
  if (type !== undefined && type !== modelType) {
    throw new InputError({
      where,
      found: `model_type ${JSON.stringify(type)}`,
      expected: `'${modelType}'`,
    });
  }
  for (const { key, same, means } of OTHER_NETWORKS) {
    if (same(given[key])) continue;
    throw new InputError({
      where,
      found: `${key}: ${JSON.stringify(given[key])}, that is ${means}`,
      expected: `a network of the plain type '${modelType}'`,
      ...(key === 'auto_map'
        ? { fix: `If it is the plain network all the same, take auto_map out of the file.` }
        : {}),
    });
  }
  const config: Record<string, unknown> = {};
  for (const key of keys) {
    // transformers writes null where a key has no value
    if (given[key] !== undefined && given[key] !== null) config[key] = given[key];
  }
  return config;
}
