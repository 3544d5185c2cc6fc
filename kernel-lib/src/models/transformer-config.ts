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
 * @throws InputError naming each key that does not fit
 */
export function parseTransformerConfig<Config>(
  schema: z.ZodType<Config>,
  config: unknown,
  where: string,
): Config {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw new InputError({
    where,
    found: parsed.error.issues
      .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
      .join('; '),
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
