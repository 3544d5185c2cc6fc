import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadTokenizer } from '../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import type { FuzzTarget } from './try-input.ts';

const TOKENIZER = JSON.stringify({
  added_tokens: [{ id: 0, content: '[UNK]', special: true }],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
  post_processor: { type: 'BertProcessing', sep: ['[SEP]', 1], cls: ['[CLS]', 2] },
  model: {
    type: 'BPE',
    unk_token: '[UNK]',
    vocab: { '[UNK]': 0, '[SEP]': 1, '[CLS]': 2, a: 3, c: 4, ac: 5, aca: 6 },
    merges: ['a c', 'ac a'],
  },
});

async function readAs(name: string, bytes: Uint8Array): Promise<unknown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-fuzz-'));
  try {
    await writeFile(path.join(folder, name), bytes);
    const tokenizer = await loadTokenizer(path.join(folder, name));
    return tokenizer.decode(tokenizer.encode('ACACAN acaac'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Files of tokenizers. */
export const tokenizerTargets: readonly FuzzTarget[] = [
  {
    name: 'tokenizer-json',
    samples: () => [new Uint8Array(Buffer.from(TOKENIZER))],
    dictionary: ['"BPE"', '"WordLevel"', 'null', '[]', '{}', '"merges"', '"Sequence"', '1e9'],
    read: (bytes) => readAs('tokenizer.json', bytes),
  },
  {
    name: 'tokenizer-words',
    samples: () => [new Uint8Array(Buffer.from('[PAD]\n[UNK]\n[CLS]\n[SEP]\nAA\nAC\nCA\nCC\n'))],
    read: (bytes) => readAs('vocab.txt', bytes),
  },
];
