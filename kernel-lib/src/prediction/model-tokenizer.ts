import { access } from 'node:fs/promises';
import path from 'node:path';
import { InputError, UsageError } from '../core/errors.ts';
import { architecture } from '../models/registry.ts';
import { decodeTokens } from '../sequence/encode-sequence.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { SequenceLike } from './encode-inputs.ts';
import type { ModelConfig } from './model-config.ts';

/** The files of which one says that a folder holds a tokenizer. */
const TOKENIZER_FILES = ['tokenizer.json', 'vocab.json', 'vocab.txt'];

/** Vocabularies of networks are rounded up to a multiple of at most this, for speed. */
const ROUNDED_TO = 128;

/** Whether a model reads the tokens of a tokenizer, not bases. */
export function readsTokens(config: ModelConfig): boolean {
  return config.inputs.some(({ vocabularySize }) => vocabularySize !== undefined);
}

/** The tokenizer that lies in a folder, if there is one. */
export async function loadFolderTokenizer(folder: string): Promise<Tokenizer | undefined> {
  for (const name of TOKENIZER_FILES) {
    try {
      await access(path.join(folder, name));
    } catch {
      continue;
    }
    const { loadTokenizer } = await import('../tokenizers/load-tokenizer.ts');
    return loadTokenizer(folder);
  }
  return undefined;
}

/**
 * Checks that a tokenizer is that of a model: as many tokens as the network has rows for (which may be
 * rounded up to a multiple of 8), and the same padding.
 *
 * @throws InputError where it is that of another model
 */
export function checkTokenizer(config: ModelConfig, tokenizer: Tokenizer, where: string): void {
  const rows = config.inputs.find(({ vocabularySize }) => vocabularySize !== undefined);
  const { vocabularySize: tokens } = tokenizer;
  const size = rows?.vocabularySize ?? tokens;
  const rounded = size % 8 === 0 && tokens < size && size - tokens < ROUNDED_TO;
  if (tokens !== size && !rounded) {
    throw new InputError({
      where,
      found: `a tokenizer with ${String(tokens)} tokens`,
      expected: `${String(size)}, the vocabulary of the network`,
      fix: 'Put the tokenizer beside the model that it was trained with.',
    });
  }
  const fitted = architecture(config.model_type).fitTokenizer?.(config.architecture, tokenizer);
  if (fitted === undefined) return;
  const [ours, theirs] = [config.architecture, fitted].map(paddingOf);
  if (ours === theirs) return;
  throw new InputError({
    where,
    found: `a tokenizer whose padding is token ${String(theirs)}`,
    expected: `${String(ours)}, as the config of the network says`,
    fix: 'Put the tokenizer beside the model that it was trained with.',
  });
}

/** The token that a network takes for padding: a key of its own, or one of its encoder. */
function paddingOf(config: object): unknown {
  const { padding_token: own, encoder } = config as {
    padding_token?: unknown;
    encoder?: { pad_token_id?: unknown };
  };
  return own === undefined ? encoder?.pad_token_id : own;
}

/**
 * Token ids of sequences of any length, one row after the other. Letters are made upper case, as
 * vocabularies of DNA have them; what is too long is cut as the tokenizer says.
 *
 * @returns `sequences × length` ids
 */
export function encodeWithTokenizer(
  sequences: readonly SequenceLike[],
  tokenizer: Tokenizer | undefined,
  { model_type: modelType, preprocessing }: ModelConfig,
  length: number,
): Int32Array {
  if (tokenizer === undefined) {
    throw new UsageError({
      where: `model ${modelType}`,
      found: 'no tokenizer beside it',
      expected: 'tokenizer.json, or vocab.json and merges.txt',
      fix: 'Put the files of the tokenizer into the folder of the model.',
    });
  }
  const { paddingSide, truncationSide } = preprocessing.tokenizer ?? tokenizer.defaults;
  const texts = sequences.map((sequence) =>
    (typeof sequence === 'string' ? sequence : decodeTokens(sequence)).trim().toUpperCase(),
  );
  return tokenizer.encodeBatch(texts, { maxLength: length, paddingSide, truncationSide }).inputIds;
}
