import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  importHuggingFace,
  loadPretrainedEncoder,
} from '../../kernel-lib/src/prediction/import-hugging-face.ts';
import { readModelFolder, writeModelFolder } from '../../kernel-lib/src/prediction/model-folder.ts';
import { loadTokenizer } from '../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import type { FuzzTarget } from './try-input.ts';

/** The repository, from test/fuzz/ and from the bundle in build/fuzz/. */
const golden = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  ...['..', '..', 'test', 'parity', 'golden'],
);

const bytesOf = async (file: string): Promise<Uint8Array> => new Uint8Array(await readFile(file));

/** A folder with some whole files and a damaged one. */
async function withDamaged<T>(
  from: string,
  whole: readonly string[],
  [name, bytes]: readonly [string, Uint8Array],
  read: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-fuzz-'));
  try {
    for (const each of whole) await copyFile(path.join(from, each), path.join(folder, each));
    await writeFile(path.join(folder, name), bytes);
    return await read(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const florabert = path.join(golden, 'huggingface', 'regression');
const TOKENIZER = ['vocab.json', 'merges.txt', 'tokenizer_config.json', 'special_tokens_map.json'];

/** A file of a folder that transformers wrote is damaged; the others are whole. */
function checkpointTarget(
  name: string,
  [from, file]: readonly [string, string],
  others: readonly string[],
  dictionary: readonly string[] = [],
): FuzzTarget {
  return {
    name,
    samples: async () => [await bytesOf(path.join(from, file))],
    dictionary,
    read: (bytes) =>
      withDamaged(from, others, [file, bytes], (folder) => importHuggingFace(folder)),
  };
}

const CONFIG_WORDS = [
  '"roberta"',
  '"bert"',
  '"esm"',
  '"vocab_size": ',
  '"num_hidden_layers": 1e9',
  '"hidden_size": 0',
  '999999999',
  '1e15',
  '"architectures": [',
  'null',
  '[]',
  '{}',
];

/** A file of a tokenizer of two files is damaged. */
function tokenizerTarget(name: string, file: string, dictionary: readonly string[]): FuzzTarget {
  return {
    name,
    samples: async () => [await bytesOf(path.join(florabert, file))],
    dictionary,
    read: (bytes) =>
      withDamaged(florabert, TOKENIZER, [file, bytes], async (folder) => {
        const tokenizer = await loadTokenizer(folder);
        return tokenizer.decode(tokenizer.encode('ACGTNNacgtACGT'));
      }),
  };
}

/** The small model folders that the damaged ones are made of. */
let written: Promise<string> | undefined;

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-fuzz-'));
  await writeModelFolder(folder, await importHuggingFace(florabert));
  process.once('exit', () => {
    void rm(folder, { recursive: true, force: true });
  });
  return folder;
}

function ownTarget(name: string, file: string): FuzzTarget {
  return {
    name,
    samples: async () => [await bytesOf(path.join(await (written ??= ownFolder()), file))],
    dictionary: ['"members": 1e9', '"tokenizer"', '"architecture"', '"florabert"', ...CONFIG_WORDS],
    read: async (bytes) => {
      const from = await (written ??= ownFolder());
      const whole = ['config.json', 'model.safetensors', 'tokenizer.json'];
      return withDamaged(from, whole, [file, bytes], async (folder) => {
        await readModelFolder(folder);
        return loadPretrainedEncoder(folder);
      });
    },
  };
}

const bert = path.join(golden, 'huggingface-bert', 'masked-language-bin');
const esm = path.join(golden, 'huggingface-esm', 'masked-language-bin');

/** Folders of models and tokenizers, of Python's libraries and our own. */
export const modelTargets: readonly FuzzTarget[] = [
  checkpointTarget(
    'roberta-config',
    [florabert, 'config.json'],
    ['model.safetensors', ...TOKENIZER],
    CONFIG_WORDS,
  ),
  checkpointTarget('bert-config', [bert, 'config.json'], ['pytorch_model.bin'], CONFIG_WORDS),
  checkpointTarget('esm-config', [esm, 'config.json'], ['pytorch_model.bin'], CONFIG_WORDS),
  checkpointTarget(
    'roberta-weights',
    [florabert, 'model.safetensors'],
    ['config.json'],
    ['"shape"', '"F32"', '"dtype"', '"data_offsets"', 'roberta.', '[0,', '[[['],
  ),
  checkpointTarget(
    'roberta-pickle',
    [florabert, 'pytorch_model.bin'],
    ['config.json'],
    ['collections', 'OrderedDict', 'os', 'system', 'builtins', 'eval', 'R', 'c', '.'],
  ),
  ownTarget('token-model-config', 'config.json'),
  tokenizerTarget('tokenizer-vocabulary', 'vocab.json', [
    '"A":',
    '-1',
    '1e9',
    '1.5',
    'null',
    '[]',
    '{}',
    '"__proto__": 1',
  ]),
  tokenizerTarget('tokenizer-merges', 'merges.txt', ['#version', ' ', 'A C', '\u{120}']),
  tokenizerTarget('tokenizer-config', 'tokenizer_config.json', [
    'null',
    '1e9',
    '{}',
    '[]',
    '"padding_side"',
    '"left"',
  ]),
  tokenizerTarget('tokenizer-special-tokens', 'special_tokens_map.json', [
    'null',
    '{}',
    '[]',
    '"<s>"',
    '"content"',
  ]),
];
