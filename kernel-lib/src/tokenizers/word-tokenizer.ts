import { InputError } from '../core/errors.ts';
import { CharacterTokenizer } from './character-tokenizer.ts';
import { requireObject, type JsonObject } from './json-parts.ts';
import { KmerTokenizer, type KmerRemainder } from './k-mer-tokenizer.ts';
import { readNormalizer } from './normalizer.ts';
import type { TokenizerOptions, TokenizerTemplate } from './sequence-tokenizer.ts';
import { specialTokenIds } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';
import { withOptions, type TokenizerConfig } from './tokenizer-config.ts';
import { Vocabulary } from './vocabulary.ts';

/** How words cover a sequence. */
interface WordCut {
  readonly k: number;
  readonly stride: number;
  readonly remainder: KmerRemainder;
}

/** The tokenizer of a `vocab.txt`: k-mers or single letters. */
export function vocabularyTokenizer(
  entries: readonly (readonly [string, number])[],
  where: string,
  config: TokenizerConfig,
  options: TokenizerOptions,
): Tokenizer {
  const settings = withOptions(config, options);
  return make(Vocabulary.from(entries, where), config.own, settings, new Set());
}

interface WordTokenizerParts extends TokenizerOptions {
  readonly vocabulary: Vocabulary;
  readonly addedTokens: readonly { readonly id: number }[];
  readonly template: TokenizerTemplate;
  readonly file: JsonObject;
  readonly model: JsonObject;
  readonly own: JsonObject | undefined;
  readonly where: string;
}

/** The tokenizer of a `tokenizer.json` with the model WordLevel or WordPiece. */
export function wordTokenizer(parts: WordTokenizerParts): Tokenizer {
  const { vocabulary, addedTokens, template, file, model, own, where, ...options } = parts;
  if (readNormalizer(file['normalizer'], where).includes('lowercase')) {
    throw new InputError({
      where: `${where}, normalizer`,
      found: 'a tokenizer of words that makes letters small, which is not supported',
      expected: 'k-mers or letters as they are',
    });
  }
  const unknown = model['unk_token'];
  const named =
    typeof unknown === 'string' && vocabulary.id(unknown) !== undefined
      ? { unknown, ...options.specialTokens }
      : options.specialTokens;
  return make(
    vocabulary,
    own ?? ownOfPreTokenizer(file['pre_tokenizer']),
    { ...options, ...(named === undefined ? {} : { specialTokens: named }) },
    new Set(addedTokens.map(({ id }) => id)),
    template,
  );
}

/** What a pre-tokenizer that `saveTokenizer` wrote says of k-mers side by side. */
function ownOfPreTokenizer(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, pattern, behavior } = value as JsonObject;
  if (type !== 'Split') return undefined;
  const { Regex = '' } = requireObject(pattern ?? {}, 'pattern') as { Regex?: string };
  const k = Number(/\{(\d+)\}/.exec(Regex)?.[1] ?? 1);
  if (Regex.includes('|')) return { k, stride: k, remainder: 'letters' };
  return { k, stride: k, remainder: behavior === 'Removed' ? 'drop' : 'unknown' };
}

function make(
  vocabulary: Vocabulary,
  own: JsonObject | undefined,
  options: TokenizerOptions,
  added: ReadonlySet<number>,
  template?: TokenizerTemplate,
): Tokenizer {
  const cut = cutOf(vocabulary, own, options, added);
  const common = {
    ...options,
    vocabulary: new Map(vocabulary.entries()),
    where: vocabulary.where,
    ...(template === undefined ? {} : { template }),
  };
  return cut.k === 1 ? new CharacterTokenizer(common) : new KmerTokenizer({ ...common, ...cut });
}

/** How long the words are, and with what they leave uncovered. */
function cutOf(
  vocabulary: Vocabulary,
  own: JsonObject | undefined,
  options: TokenizerOptions,
  added: ReadonlySet<number>,
): WordCut {
  const special = new Set(Object.values(specialTokenIds(options.specialTokens ?? {}, vocabulary)));
  const words = vocabulary.tokens.filter(
    (token, id) => !special.has(id) && !added.has(id) && /^[A-Za-z*.-]+$/.test(token),
  );
  const lengths = [...new Set(words.map(({ length }) => length))].sort((a, b) => a - b);
  const [shortest = 0, longest = shortest, more] = lengths;
  const isKmers = more === undefined && (lengths.length === 1 || shortest === 1);
  if (!isKmers) {
    throw new InputError({
      where: vocabulary.where,
      found:
        lengths.length === 0
          ? 'a vocabulary without words'
          : `words of ${lengths.slice(0, 5).join(', ')} letters`,
      expected: 'k-mers of one length, with or without single letters, or single letters',
      fix: 'WordPiece and WordLevel are supported for k-mers and letters alone.',
    });
  }
  const { k, stride, remainder } = own ?? {};
  const sideBySide = lengths.length === 2;
  return {
    k: longest,
    stride: k === longest && typeof stride === 'number' ? stride : sideBySide ? longest : 1,
    remainder:
      remainder === 'drop' || remainder === 'unknown' || remainder === 'letters'
        ? remainder
        : sideBySide
          ? 'letters'
          : 'drop',
  };
}
