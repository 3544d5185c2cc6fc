import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import { trainByteLevelBpe } from '../../../kernel-lib/src/tokenizers/train-byte-level-bpe.ts';
import type { BenchRow } from '../bench-row.ts';

const DATA = path.join('notebooks', 'data', 'maize');

/** Writes the 6,605 unlabelled promoters as the peer reads them, one a line. */
async function writePromoters(folder: string): Promise<string> {
  const texts = await Promise.all(
    [1, 2].map((number) =>
      readFile(path.join(DATA, `maize_promoters_unlabelled_${String(number)}.txt.gz`)),
    ),
  );
  const file = path.join(folder, 'promoters.txt');
  const text = texts.map((bytes) => `${gunzipSync(bytes).toString('utf8').trimEnd()}\n`).join('');
  await writeFile(file, text);
  await writeFile(path.join(folder, 'tokenizer.txt'), path.resolve(DATA, 'tokenizer'));
  return file;
}

export const bpeTraining: BenchRow = {
  name: 'bpe-training',
  work: 'byte-level BPE training on 6,605 maize promoters (6 MB), vocabulary 5,000',
  backends: ['none'],
  peers: [
    { name: 'tokenizers (all threads)', script: 'tokenizers_bpe.py' },
    { name: 'tokenizers (one thread)', script: 'tokenizers_bpe.py' },
  ],
  goals: { none: 5 },
  tolerance: 0,
  repetitions: 3,
  async prepare(folder) {
    const file = await writePromoters(folder);
    return {
      async run() {
        const started = performance.now();
        const { merges } = await trainByteLevelBpe({ files: [file] }, { vocabularySize: 5000 });
        const milliseconds = performance.now() - started;
        // Length of each merged token times its rank: the same only for the same merges.
        const check = merges.reduce(
          (sum, [left, right], rank) => sum + (rank + 1) * (left.length * 100 + right.length),
          0,
        );
        return { milliseconds, check };
      },
    };
  },
};

export const bpeEncoding: BenchRow = {
  name: 'bpe-encoding',
  work: "6,605 maize promoters to ids by FloraBERT's tokenizer (5,000 merges)",
  backends: ['none'],
  peers: [
    { name: 'tokenizers (one thread)', script: 'tokenizers_bpe.py' },
    { name: 'tokenizers (all threads)', script: 'tokenizers_bpe.py' },
  ],
  goals: { none: 3 },
  tolerance: 0,
  repetitions: 5,
  async prepare(folder) {
    const lines = (await readFile(await writePromoters(folder), 'utf8')).trimEnd().split('\n');
    const tokenizer = await loadTokenizer(path.join(DATA, 'tokenizer'));
    return {
      run() {
        const started = performance.now();
        const rows = lines.map((line) => tokenizer.encode(line));
        const milliseconds = performance.now() - started;
        let check = 0;
        for (const ids of rows) for (const [at, id] of ids.entries()) check += (at + 1) * id;
        return { milliseconds, check };
      },
    };
  },
};
