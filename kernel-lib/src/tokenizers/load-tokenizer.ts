import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { sourceName, sourcePath, type FileSource } from '../formats/byte-source.ts';
import { readBytes } from '../formats/read-bytes.ts';
import { ByteLevelBpeTokenizer } from './byte-level-bpe-tokenizer.ts';
import { repeatedKey, requireObject } from './json-parts.ts';
import { readTokenizerJson } from './read-tokenizer-json.ts';
import { tokenizerOptionNames, type TokenizerOptions } from './sequence-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { readTokenizerConfig, withOptions, type TokenizerConfig } from './tokenizer-config.ts';
import { readVocabularyText } from './vocabulary-text.ts';
import { vocabularyTokenizer } from './word-tokenizer.ts';

/** Names of the files of a tokenizer, as Hugging Face libraries write them. */
export const TOKENIZER_FILES = Object.freeze({
  tokenizer: 'tokenizer.json',
  vocabulary: 'vocab.json',
  merges: 'merges.txt',
  config: 'tokenizer_config.json',
  specialTokens: 'special_tokens_map.json',
  words: 'vocab.txt',
});

interface JsonFile {
  readonly content: unknown;
  readonly where: string;
}

async function readText(file: FileSource): Promise<string> {
  const bytes = await readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(
      {
        where: sourceName(file),
        found: 'bytes that are no UTF-8 text',
        expected: 'a file of a tokenizer',
      },
      { cause: error },
    );
  }
}

async function readJson(file: FileSource): Promise<JsonFile> {
  const where = sourceName(file);
  const text = await readText(file);
  const content = parseJson(text, where, { expected: 'a JSON file of a tokenizer' });
  const twice = repeatedKey(text);
  if (twice !== undefined) {
    throw new InputError({ where, found: `the key '${twice}' twice`, expected: 'each once' });
  }
  return { content, where };
}

/** Merges of `merges.txt`: after a line `#version`, two tokens a line. */
function parseMerges(text: string, where: string): { pairs: [string, string][]; lines: number[] } {
  const pairs: [string, string][] = [];
  const lines: number[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '' || (index === 0 && line.startsWith('#version'))) continue;
    const [left, right, more] = line.split(' ');
    if (
      left === undefined ||
      right === undefined ||
      left === '' ||
      right === '' ||
      more !== undefined
    ) {
      throw new InputError({
        where: `${where}, line ${String(index + 1)}`,
        found: `'${line}'`,
        expected: 'two tokens with one space between them',
      });
    }
    pairs.push([left, right]);
    lines.push(index + 1);
  }
  return { pairs, lines };
}

/** A byte-level BPE tokenizer of `vocab.json` and `merges.txt`. */
async function readVocabularyAndMerges(
  vocabularyFile: string,
  mergesFile: string,
  config: TokenizerConfig,
  options: TokenizerOptions,
): Promise<Tokenizer> {
  const { content } = await readJson(vocabularyFile);
  const { pairs, lines } = parseMerges(await readText(mergesFile), mergesFile);
  return new ByteLevelBpeTokenizer({
    ...withOptions(config, options),
    vocabulary: new Map(
      Object.entries(requireObject(content, vocabularyFile)) as [string, number][],
    ),
    merges: pairs,
    names: {
      vocabulary: vocabularyFile,
      merges: (index) => `${mergesFile}, line ${String(lines[index] ?? 0)}`,
    },
    ...(config.addPrefixSpace === undefined ? {} : { addPrefixSpace: config.addPrefixSpace }),
  });
}

/** What the files beside a tokenizer's say. */
async function configBeside(folder: string, names: readonly string[]): Promise<TokenizerConfig> {
  const read = async (name: string): Promise<JsonFile | undefined> =>
    names.includes(name) ? readJson(path.join(folder, name)) : undefined;
  return readTokenizerConfig(
    await read(TOKENIZER_FILES.config),
    await read(TOKENIZER_FILES.specialTokens),
  );
}

/**
 * Loads a tokenizer: a folder with `tokenizer.json`, or with `vocab.json` and `merges.txt`, or with
 * `vocab.txt` (k-mers or single letters); or one of these files. `tokenizer_config.json` and
 * `special_tokens_map.json` beside them are read too; options go before what the files say.
 *
 * @throws InputError for files that are missing, wrong, do not fit each other or use what is not
 *   supported, naming file and line or token
 *
 * @example
 * const tokenizer = await loadTokenizer('notebooks/data/maize/tokenizer', { maxLength: 256 });
 */
export async function loadTokenizer(
  fileOrFolder: FileSource,
  options: TokenizerOptions = {},
): Promise<Tokenizer> {
  checkOptionNames(options, tokenizerOptionNames, 'loadTokenizer');
  const place = sourcePath(fileOrFolder);
  if (place === undefined) {
    const { content, where } = await readJson(fileOrFolder);
    return readTokenizerJson(content, where, { specialTokens: {} }, options);
  }
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const folder = isFolder ? place : path.dirname(place);
  const names = await readdir(folder).catch(() => [] as string[]);
  const name = isFolder ? mainFile(folder, names) : path.basename(place);
  const file = path.join(folder, name);
  const config = await configBeside(folder, isFolder || isTokenizerFile(name) ? names : []);
  if (name.endsWith('.txt') && name !== TOKENIZER_FILES.merges) {
    const words = readVocabularyText(await readText(file), file);
    return vocabularyTokenizer(words, file, config, options);
  }
  if (name === TOKENIZER_FILES.vocabulary || name === TOKENIZER_FILES.merges) {
    const [vocabularyFile, mergesFile] = [TOKENIZER_FILES.vocabulary, TOKENIZER_FILES.merges].map(
      (each) => path.join(folder, each),
    );
    return readVocabularyAndMerges(vocabularyFile ?? '', mergesFile ?? '', config, options);
  }
  const { content } = await readJson(file);
  return readTokenizerJson(content, file, config, options);
}

function isTokenizerFile(name: string): boolean {
  return Object.values(TOKENIZER_FILES).some((known) => known === name);
}

/** The file of a folder that a tokenizer is read from. */
function mainFile(folder: string, names: readonly string[]): string {
  const { tokenizer, vocabulary, merges, words } = TOKENIZER_FILES;
  if (names.includes(tokenizer)) return tokenizer;
  if (names.includes(vocabulary) || names.includes(merges)) return vocabulary;
  if (names.includes(words)) return words;
  throw new InputError({
    where: folder,
    found: names.length === 0 ? 'an empty folder' : 'no tokenizer',
    expected: `${tokenizer}, ${vocabulary} with ${merges}, or ${words}`,
    fix: 'Give the folder that holds them.',
  });
}
