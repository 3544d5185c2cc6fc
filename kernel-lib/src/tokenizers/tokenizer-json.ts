import type { AddedToken } from './added-tokens.ts';
import type { BpeSettings } from './bpe-settings.ts';
import type { PreSplit } from './pre-split.ts';
import type { SequenceTokenizer } from './sequence-tokenizer.ts';

/** An added token as `tokenizer.json` writes it. */
function addedTokenJson(token: AddedToken): object {
  return {
    id: token.id,
    content: token.content,
    single_word: token.singleWord ?? false,
    lstrip: token.leftStrip ?? false,
    rstrip: token.rightStrip ?? false,
    normalized: token.normalized ?? !token.special,
    special: token.special,
  };
}

/** The post-processor that puts start and end around a sequence; null where nothing goes there. */
export function templateJson(tokenizer: SequenceTokenizer): object | null {
  const { before, after } = tokenizer.template;
  if (before.length + after.length === 0) return null;
  const special = (id: number, type = 0): object => ({
    SpecialToken: { id: tokenizer.token(id), type_id: type },
  });
  const sequence = (id: 'A' | 'B'): object => ({ Sequence: { id, type_id: 0 } });
  const around = [...new Set([...before, ...after])].sort((a, b) => a - b);
  return {
    type: 'TemplateProcessing',
    single: [...before.map((id) => special(id)), sequence('A'), ...after.map((id) => special(id))],
    pair: [
      ...before.map((id) => special(id)),
      sequence('A'),
      ...after.map((id) => special(id)),
      sequence('B'),
      ...after.map((id) => special(id)),
    ],
    special_tokens: Object.fromEntries(
      around.map((id) => {
        const token = tokenizer.token(id);
        return [token, { id: token, ids: [id], tokens: [token] }];
      }),
    ),
  };
}

/** What every `tokenizer.json` holds beside its model; truncation and padding are options. */
export function commonJson(tokenizer: SequenceTokenizer): Record<string, unknown> {
  const { maxLength, truncationSide, paddingSide } = tokenizer.defaults;
  const { padding } = tokenizer.special;
  const side = (name: string): string => (name === 'left' ? 'Left' : 'Right');
  return {
    version: '1.0',
    truncation:
      maxLength === undefined
        ? null
        : {
            direction: side(truncationSide),
            max_length: maxLength,
            strategy: 'LongestFirst',
            stride: 0,
          },
    padding:
      maxLength === undefined || padding === undefined
        ? null
        : {
            strategy: { Fixed: maxLength },
            direction: side(paddingSide),
            pad_to_multiple_of: null,
            pad_id: padding,
            pad_type_id: 0,
            pad_token: tokenizer.token(padding),
          },
    added_tokens: [...tokenizer.addedTokens].sort((a, b) => a.id - b.id).map(addedTokenJson),
  };
}

const preTokenizers: Readonly<Record<Exclude<PreSplit, 'gpt-2'>, object | null>> = {
  none: null,
  whitespace: { type: 'Whitespace' },
  'whitespace-split': { type: 'WhitespaceSplit' },
  characters: {
    type: 'Split',
    pattern: { Regex: '[\\s\\S]' },
    behavior: 'Isolated',
    invert: false,
  },
};

/** The `tokenizer.json` of a tokenizer of byte-pair encoding. */
export function tokenizerJson(tokenizer: SequenceTokenizer, settings: BpeSettings): object {
  const { vocabulary } = tokenizer;
  const { byteLevel, preSplit, unknownId } = settings;
  const level = {
    type: 'ByteLevel',
    add_prefix_space: settings.addPrefixSpace ?? false,
    trim_offsets: true,
    use_regex: preSplit === 'gpt-2',
  };
  const before = preSplit === 'gpt-2' ? null : preTokenizers[preSplit];
  const inModel = new Set(settings.json === undefined ? undefined : modelTokens(settings.json));
  return {
    ...commonJson(tokenizer),
    normalizer: settings.json?.['normalizer'] ?? null,
    pre_tokenizer: byteLevel ? level : before,
    post_processor: templateJson(tokenizer),
    decoder: byteLevel
      ? { ...level, add_prefix_space: true }
      : (settings.json?.['decoder'] ?? null),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknownId === undefined ? null : tokenizer.token(unknownId),
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: settings.fuseUnknown ?? false,
      byte_fallback: settings.byteFallback ?? false,
      ignore_merges: settings.ignoreMerges ?? false,
      vocab: Object.fromEntries(
        vocabulary.tokens
          .map((token, id) => [token, id] as const)
          .filter(([token]) => inModel.size === 0 || inModel.has(token)),
      ),
      merges: mergesJson(settings),
    },
  };
}

/** Merges as `a b`, which every version reads, or as pairs where a token has a space in it. */
function mergesJson(settings: BpeSettings): readonly (string | readonly string[])[] {
  const pairs = mergePairs(settings);
  const haveSpaces = pairs.some((pair) => pair.some((part) => part.includes(' ')));
  return haveSpaces ? pairs : pairs.map((pair) => pair.join(' '));
}

/** The merges of a tokenizer as pairs of tokens, by rank. */
export function mergePairs({ merges, vocabulary }: BpeSettings): [string, string][] {
  return Array.from(merges.left, (left, rank) => [
    vocabulary.token(left),
    vocabulary.token(merges.right[rank] ?? 0),
  ]);
}

/** Tokens of the model that a tokenizer was read from; added ones may stand beside it. */
function modelTokens(json: Readonly<Record<string, unknown>>): string[] {
  const model = json['model'] as { vocab?: object } | undefined;
  return Object.keys(model?.vocab ?? {});
}
