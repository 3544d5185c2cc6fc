import { stat } from 'node:fs/promises';
import path from 'node:path';
import { checkFolderWritable, writeError } from '../core/file-writer.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { BpeTokenizer } from './bpe-tokenizer.ts';
import { KmerTokenizer } from './k-mer-tokenizer.ts';
import { TOKENIZER_FILES } from './load-tokenizer.ts';
import { mergePairs } from './tokenizer-json.ts';
import type { Tokenizer } from './tokenizer.ts';

const pretty = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Special tokens by the keys of `special_tokens_map.json`. */
function specialTokensMap(tokenizer: Tokenizer): Record<string, string> {
  const { start, end, padding, unknown, mask } = tokenizer.special;
  const keys: readonly (readonly [string, number | undefined])[] = [
    ['bos_token', start],
    ['cls_token', start],
    ['eos_token', end],
    ['sep_token', end],
    ['pad_token', padding],
    ['unk_token', unknown],
    ['mask_token', mask],
  ];
  const map: Record<string, string> = {};
  for (const [key, id] of keys) if (id !== undefined) map[key] = tokenizer.token(id);
  return map;
}

/** What `tokenizer_config.json` holds. */
function tokenizerConfig(tokenizer: Tokenizer): object {
  const { maxLength, paddingSide, truncationSide } = tokenizer.defaults;
  const isBpe = tokenizer instanceof BpeTokenizer;
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...(maxLength === undefined ? {} : { model_max_length: maxLength }),
    model_input_names: ['input_ids', 'attention_mask'],
    padding_side: paddingSide,
    truncation_side: truncationSide,
    clean_up_tokenization_spaces: false,
    ...(isBpe && tokenizer.settings.byteLevel
      ? { add_prefix_space: tokenizer.settings.addPrefixSpace ?? false }
      : {}),
    ...specialTokensMap(tokenizer),
    ...(tokenizer instanceof KmerTokenizer
      ? {
          tatabox: {
            k: tokenizer.k,
            stride: tokenizer.stride,
            remainder: tokenizer.remainder,
          },
        }
      : {}),
  };
}

/**
 * Saves a tokenizer as the files that Hugging Face libraries read, each complete or absent:
 * `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`, and of byte-pair encoding
 * also `vocab.json` and `merges.txt`. In Python, `AutoTokenizer.from_pretrained(folder)` gives the
 * same ids; overlapping k-mers must be given to it with spaces between them, as DNABERT does.
 *
 * @returns names of the files
 * @throws InputError, EnvironmentError where they cannot be written
 */
export async function saveTokenizer(tokenizer: Tokenizer, folder: string): Promise<string[]> {
  await checkFolderWritable(folder);
  const found = await stat(folder).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw writeError(folder, Object.assign(new Error('a file'), { code: 'ENOTDIR' }));
  }
  const files = new Map<string, string>([
    [TOKENIZER_FILES.tokenizer, pretty(tokenizer.toJSON())],
    [TOKENIZER_FILES.config, pretty(tokenizerConfig(tokenizer))],
    [TOKENIZER_FILES.specialTokens, pretty(specialTokensMap(tokenizer))],
  ]);
  if (tokenizer instanceof BpeTokenizer) {
    const pairs = mergePairs(tokenizer.settings);
    // A merge of tokens with spaces has no form in merges.txt; tokenizer.json has it.
    if (!pairs.some((pair) => pair.some((token) => /\s/.test(token)))) {
      const vocabulary = Object.fromEntries(tokenizer.vocabulary.tokens.map((t, id) => [t, id]));
      files.set(TOKENIZER_FILES.vocabulary, `${JSON.stringify(vocabulary)}\n`);
      files.set(
        TOKENIZER_FILES.merges,
        ['#version: 0.2', ...pairs.map((pair) => pair.join(' ')), ''].join('\n'),
      );
    }
  }
  for (const [name, content] of files) await writeFileAtomically(path.join(folder, name), content);
  return [...files.keys()];
}
