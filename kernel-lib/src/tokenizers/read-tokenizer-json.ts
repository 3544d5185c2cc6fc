import { InputError } from '../core/errors.ts';
import type { AddedToken } from './added-tokens.ts';
import { resolveMerges } from './bpe-merges.ts';
import { BpeTokenizer } from './bpe-tokenizer.ts';
import {
  optionalFlag,
  requireList,
  requireObject,
  requireText,
  type JsonObject,
} from './json-parts.ts';
import { readNormalizer } from './normalizer.ts';
import type { PreSplit } from './pre-split.ts';
import type { TokenizerOptions, TokenizerTemplate } from './sequence-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { withOptions, type TokenizerConfig } from './tokenizer-config.ts';
import { Vocabulary } from './vocabulary.ts';
import { wordTokenizer } from './word-tokenizer.ts';

/**
 * The tokenizer of a Hugging Face `tokenizer.json`.
 *
 * @param json what the file holds
 * @param where what messages call it
 * @param config what the files beside it say
 * @throws InputError for what is wrong or not supported, naming it
 */
export function readTokenizerJson(
  json: unknown,
  where: string,
  config: TokenizerConfig,
  options: TokenizerOptions,
): Tokenizer {
  const file = requireObject(json, where);
  const model = requireObject(file['model'], `${where}, model`);
  const addedTokens = readAddedTokens(file['added_tokens'], where);
  const vocabulary = Vocabulary.from(vocabularyEntries(model, addedTokens, where), where);
  const template = readTemplate(file['post_processor'], vocabulary, `${where}, post_processor`);
  const settings = withOptions({ ...readLengths(file, where), ...config }, options);
  const [start, end] = [template.before[0], template.after.at(-1)];
  const common = {
    ...settings,
    specialTokens: {
      ...(start === undefined ? {} : { start: vocabulary.token(start) }),
      ...(end === undefined ? {} : { end: vocabulary.token(end) }),
      ...settings.specialTokens,
    },
    vocabulary,
    addedTokens,
    template:
      options.specialTokens === undefined ? template : renamed(template, options, vocabulary),
  };
  // `type` came late; before it, a model with merges was BPE.
  const type = model['type'] ?? (model['merges'] === undefined ? undefined : 'BPE');
  if (type === 'WordLevel' || type === 'WordPiece') {
    return wordTokenizer({ ...common, file, model, own: config.own, where });
  }
  if (type !== 'BPE') throw unsupported(`${where}, model`, type, 'BPE, WordLevel or WordPiece');
  for (const key of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix']) {
    const value = model[key];
    if (value !== undefined && value !== null && value !== '' && value !== 0) {
      throw unsupported(`${where}, model, ${key}`, value, 'none');
    }
  }
  const unknown = model['unk_token'] ?? undefined;
  const unknownId =
    unknown === undefined
      ? undefined
      : vocabulary.requireId(requireText(unknown, `${where}, unk_token`), `${where}, unk_token`);
  const pre = readPreTokenizer(file['pre_tokenizer'], `${where}, pre_tokenizer`);
  return new BpeTokenizer({
    ...common,
    ...pre,
    ...(unknownId === undefined
      ? {}
      : {
          specialTokens: { unknown: vocabulary.token(unknownId), ...common.specialTokens },
          unknownId,
        }),
    merges: resolveMerges(
      vocabulary,
      readMerges(model['merges'], where),
      (index) => `${where}, merge ${String(index + 1)}`,
    ),
    normalizer: readNormalizer(file['normalizer'], where),
    fuseUnknown: optionalFlag(model, 'fuse_unk', `${where}, model`),
    byteFallback: optionalFlag(model, 'byte_fallback', `${where}, model`),
    ignoreMerges: optionalFlag(model, 'ignore_merges', `${where}, model`),
    json: file,
  });
}

/** The error for a part of a `tokenizer.json` that this library does not have. */
export function unsupported(where: string, found: unknown, expected: string): InputError {
  return new InputError({
    where,
    found: `${JSON.stringify(found) as string | undefined}, which is not supported`,
    expected,
  });
}

/** Tokens of the model, and those added beside it. */
function vocabularyEntries(
  model: JsonObject,
  addedTokens: readonly AddedToken[],
  where: string,
): (readonly [string, unknown])[] {
  const vocab = requireObject(model['vocab'], `${where}, model, vocab`);
  return [
    ...Object.entries(vocab),
    ...addedTokens.map(({ content, id }) => [content, id] as const),
  ];
}

function readAddedTokens(value: unknown, where: string): AddedToken[] {
  if (value === undefined || value === null) return [];
  return requireList(value, `${where}, added_tokens`).map((entry, index) => {
    const place = `${where}, added_tokens, entry ${String(index + 1)}`;
    const token = requireObject(entry, place);
    const id = token['id'];
    if (typeof id !== 'number') throw unsupported(`${place}, id`, id, 'a whole number');
    return {
      id,
      content: requireText(token['content'], `${place}, content`),
      special: optionalFlag(token, 'special', place),
      singleWord: optionalFlag(token, 'single_word', place),
      leftStrip: optionalFlag(token, 'lstrip', place),
      rightStrip: optionalFlag(token, 'rstrip', place),
      normalized: optionalFlag(token, 'normalized', place),
    };
  });
}

function readMerges(value: unknown, where: string): [string, string][] {
  return requireList(value, `${where}, model, merges`).map((entry, index) => {
    const place = `${where}, merge ${String(index + 1)}`;
    const parts = typeof entry === 'string' ? entry.split(' ') : requireList(entry, place);
    const [left, right, more] = parts;
    if (more !== undefined || left === '' || right === '') {
      throw new InputError({ where: place, found: JSON.stringify(entry), expected: 'two tokens' });
    }
    return [requireText(left, place), requireText(right, place)];
  });
}

interface PreTokenizer {
  readonly byteLevel: boolean;
  readonly preSplit: PreSplit;
  readonly addPrefixSpace?: boolean;
}

function readPreTokenizer(value: unknown, where: string): PreTokenizer {
  if (value === undefined || value === null) return { byteLevel: false, preSplit: 'none' };
  const settings = requireObject(value, where);
  switch (settings['type']) {
    case 'ByteLevel':
      return {
        byteLevel: true,
        preSplit: settings['use_regex'] === false ? 'none' : 'gpt-2',
        addPrefixSpace: optionalFlag(settings, 'add_prefix_space', where),
      };
    case 'Whitespace':
      return { byteLevel: false, preSplit: 'whitespace' };
    case 'WhitespaceSplit':
      return { byteLevel: false, preSplit: 'whitespace-split' };
    case 'Sequence': {
      const steps = requireList(settings['pretokenizers'], where);
      if (steps.length === 1) return readPreTokenizer(steps[0], where);
      throw unsupported(where, 'Sequence of several', 'one pre-tokenizer');
    }
    default:
      throw unsupported(where, settings['type'], 'none, ByteLevel, Whitespace or WhitespaceSplit');
  }
}

/** Which tokens the post-processor puts around a sequence. */
function readTemplate(value: unknown, vocabulary: Vocabulary, where: string): TokenizerTemplate {
  if (value === undefined || value === null) return { before: [], after: [] };
  const settings = requireObject(value, where);
  const idOf = (name: unknown): number => vocabulary.requireId(requireText(name, where), where);
  switch (settings['type']) {
    case 'ByteLevel':
      return { before: [], after: [] };
    case 'RobertaProcessing':
    case 'BertProcessing': {
      const [start] = requireList(settings['cls'], `${where}, cls`);
      const [end] = requireList(settings['sep'], `${where}, sep`);
      return { before: [idOf(start)], after: [idOf(end)] };
    }
    case 'Sequence': {
      const steps = requireList(settings['processors'], where).map((step) =>
        readTemplate(step, vocabulary, where),
      );
      // Each puts its tokens around those of the one before.
      return {
        before: steps
          .flatMap(({ before }) => [before])
          .reverse()
          .flat(),
        after: steps.flatMap(({ after }) => after),
      };
    }
    case 'TemplateProcessing': {
      const before: number[] = [];
      const after: number[] = [];
      let isBehind = false;
      for (const piece of requireList(settings['single'], `${where}, single`)) {
        const { SpecialToken, Sequence } = requireObject(piece, `${where}, single`);
        if (Sequence !== undefined) {
          if (isBehind) throw unsupported(`${where}, single`, 'the sequence twice', 'it once');
          isBehind = true;
        } else {
          const { id } = requireObject(SpecialToken, `${where}, single`);
          (isBehind ? after : before).push(idOf(id));
        }
      }
      if (!isBehind) throw unsupported(`${where}, single`, 'no sequence', 'it once');
      return { before, after };
    }
    default:
      throw unsupported(
        where,
        settings['type'],
        'none, ByteLevel, TemplateProcessing, RobertaProcessing or BertProcessing',
      );
  }
}

/** The template with start and end of the caller. */
function renamed(
  template: TokenizerTemplate,
  { specialTokens = {} }: TokenizerOptions,
  vocabulary: Vocabulary,
): TokenizerTemplate {
  const { start, end } = specialTokens;
  const where = 'option specialTokens';
  return {
    before: start === undefined ? template.before : [vocabulary.requireId(start, where)],
    after: end === undefined ? template.after : [vocabulary.requireId(end, where)],
  };
}

/** Length and sides of `truncation` and `padding`. */
function readLengths(file: JsonObject, where: string): Partial<TokenizerConfig> {
  const sideOf = (value: unknown): 'left' | 'right' => (value === 'Left' ? 'left' : 'right');
  const result: {
    maxLength?: number;
    truncationSide?: 'left' | 'right';
    paddingSide?: 'left' | 'right';
  } = {};
  const truncation = file['truncation'] ?? undefined;
  if (truncation !== undefined) {
    const settings = requireObject(truncation, `${where}, truncation`);
    const length = settings['max_length'];
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 1) {
      throw unsupported(`${where}, truncation, max_length`, length, 'a whole number from 1');
    }
    result.maxLength = length;
    result.truncationSide = sideOf(settings['direction']);
  }
  const padding = file['padding'] ?? undefined;
  if (padding !== undefined) {
    result.paddingSide = sideOf(requireObject(padding, `${where}, padding`)['direction']);
  }
  return result;
}
