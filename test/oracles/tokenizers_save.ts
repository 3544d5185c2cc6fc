// Saves tokenizers of all kinds with texts and their ids, for tokenizers_check.py:
//
//   npx esbuild test/oracles/tokenizers_save.ts --bundle --platform=node --format=esm \
//     --packages=external --outfile=build/tokenizers_save.mjs
//   node build/tokenizers_save.mjs FOLDER && python test/oracles/tokenizers_check.py FOLDER
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CharacterTokenizer } from '../../kernel-lib/src/tokenizers/character-tokenizer.ts';
import { KmerTokenizer } from '../../kernel-lib/src/tokenizers/k-mer-tokenizer.ts';
import { sequenceToKmers } from '../../kernel-lib/src/tokenizers/kmer-words.ts';
import { loadTokenizer } from '../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import { saveTokenizer } from '../../kernel-lib/src/tokenizers/save-tokenizer.ts';
import { trainByteLevelBpe } from '../../kernel-lib/src/tokenizers/train-byte-level-bpe.ts';
import type { Tokenizer } from '../../kernel-lib/src/tokenizers/tokenizer.ts';

const [out = 'build/tokenizers'] = process.argv.slice(2);
const gz = await readFile('notebooks/data/maize/maize_promoters_unlabelled_1.txt.gz');
const lines = gunzipSync(gz).toString('utf8').trimEnd().split('\n').slice(0, 500);
const trained = await trainByteLevelBpe(lines, { vocabularySize: 600, maxLength: 64 });
const tokenizers: Record<string, Tokenizer> = {
  florabert: await loadTokenizer('notebooks/data/maize/tokenizer', {
    maxLength: 256,
    paddingSide: 'left',
  }),
  dnabert2: await loadTokenizer('test/unit/tokenizers/golden/dnabert2_bpe_4096_tokenizer.json'),
  trained: trained.tokenizer,
  'k-mers-overlapping': new KmerTokenizer({ k: 6 }),
  'k-mers-drop': new KmerTokenizer({ k: 6, stride: 6 }),
  'k-mers-unknown': new KmerTokenizer({ k: 3, stride: 3, remainder: 'unknown' }),
  'k-mers-letters': new KmerTokenizer({ k: 6, stride: 6, remainder: 'letters' }),
  characters: new CharacterTokenizer({ paddingSide: 'left', truncationSide: 'left' }),
};
for (const [name, tokenizer] of Object.entries(tokenizers)) {
  const folder = path.join(out, name);
  await mkdir(folder, { recursive: true });
  await saveTokenizer(tokenizer, folder);
  const texts = [...lines, '', 'ACGTNNNNNACGT', 'acgt', 'N'.repeat(50), 'ACGTTGCA'.repeat(20)];
  // Overlapping k-mers Python must be given one by one.
  const pythonText = (text: string): string =>
    name === 'k-mers-overlapping' ? sequenceToKmers(text, 6).join(' ') : text;
  const cases = texts.map((text) => ({
    python: pythonText(text),
    ids: Array.from(tokenizer.encode(text, { maxLength: 100_000 })),
  }));
  await writeFile(path.join(folder, 'expected.json'), JSON.stringify(cases));
  const { inputIds } = tokenizer.encodeBatch(texts.slice(0, 8), { maxLength: 64 });
  const rows = Array.from({ length: 8 }, (_, row) =>
    Array.from(inputIds.slice(64 * row, 64 * (row + 1))),
  );
  await writeFile(path.join(folder, 'batch.json'), JSON.stringify(rows));
}
