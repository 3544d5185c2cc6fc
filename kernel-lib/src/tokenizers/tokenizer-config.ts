import { InputError } from '../core/errors.ts';
import { requireObject, type JsonObject } from './json-parts.ts';
import type { TokenizerOptions } from './sequence-tokenizer.ts';
import type { SpecialTokenNames } from './special-tokens.ts';
import type { Side } from './tokenizer.ts';

/** What `tokenizer_config.json` and `special_tokens_map.json` say. */
export interface TokenizerConfig {
  readonly specialTokens: SpecialTokenNames;
  readonly maxLength?: number;
  readonly truncationSide?: Side;
  readonly paddingSide?: Side;
  readonly addPrefixSpace?: boolean;
  /** What `saveTokenizer` notes of k-mers and letters, which these files have no keys for. */
  readonly own?: JsonObject;
}

/** Transformers writes 10^30 where there is no limit. */
const NO_LIMIT = 1e9;

/** Keys of special tokens by meaning; where there are two, the first counts. */
const specialKeys: Readonly<Record<keyof SpecialTokenNames, readonly string[]>> = {
  start: ['cls_token', 'bos_token'],
  end: ['sep_token', 'eos_token'],
  padding: ['pad_token'],
  unknown: ['unk_token'],
  mask: ['mask_token'],
};

function nameOf(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  const { content } = requireObject(value, where);
  if (typeof content === 'string') return content;
  throw new InputError({ where, found: JSON.stringify(value), expected: 'a token' });
}

function sideOf(object: JsonObject, key: string, where: string): Side | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (value === 'left' || value === 'right') return value;
  throw new InputError({
    where: `${where}, ${key}`,
    found: JSON.stringify(value),
    expected: `'left' or 'right'`,
  });
}

/**
 * Reads what the two files say; either may be missing.
 *
 * @throws InputError for a value of the wrong kind
 */
export function readTokenizerConfig(
  config: { readonly content: unknown; readonly where: string } | undefined,
  specialTokensMap: { readonly content: unknown; readonly where: string } | undefined,
): TokenizerConfig {
  const settings = config === undefined ? {} : requireObject(config.content, config.where);
  const map =
    specialTokensMap === undefined
      ? {}
      : requireObject(specialTokensMap.content, specialTokensMap.where);
  const specialTokens: Record<string, string> = {};
  for (const [meaning, keys] of Object.entries(specialKeys)) {
    for (const key of keys) {
      const name =
        nameOf(settings[key], `${config?.where ?? ''}, ${key}`) ??
        nameOf(map[key], `${specialTokensMap?.where ?? ''}, ${key}`);
      if (name !== undefined) specialTokens[meaning] ??= name;
    }
  }
  const where = config?.where ?? '';
  const limit = settings['model_max_length'];
  if (limit !== undefined && limit !== null && typeof limit !== 'number') {
    throw new InputError({
      where: `${where}, model_max_length`,
      found: JSON.stringify(limit),
      expected: 'a number',
    });
  }
  const truncationSide = sideOf(settings, 'truncation_side', where);
  const paddingSide = sideOf(settings, 'padding_side', where);
  const own = settings['tatabox'];
  const prefix = settings['add_prefix_space'];
  return {
    specialTokens,
    ...(typeof limit === 'number' && limit < NO_LIMIT ? { maxLength: limit } : {}),
    ...(truncationSide === undefined ? {} : { truncationSide }),
    ...(paddingSide === undefined ? {} : { paddingSide }),
    ...(typeof prefix === 'boolean' ? { addPrefixSpace: prefix } : {}),
    ...(own === undefined ? {} : { own: requireObject(own, `${where}, tatabox`) }),
  };
}

/** Options of a call laid over what the files say. */
export function withOptions(
  config: TokenizerConfig,
  options: TokenizerOptions,
): TokenizerOptions & { readonly specialTokens: SpecialTokenNames } {
  const { maxLength, truncationSide, paddingSide } = { ...config, ...withoutUndefined(options) };
  return {
    specialTokens: { ...config.specialTokens, ...withoutUndefined(options.specialTokens ?? {}) },
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(truncationSide === undefined ? {} : { truncationSide }),
    ...(paddingSide === undefined ? {} : { paddingSide }),
  };
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
