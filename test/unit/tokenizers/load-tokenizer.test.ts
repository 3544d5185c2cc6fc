import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BpeTokenizer } from '../../../kernel-lib/src/tokenizers/bpe-tokenizer.ts';
import { BpeQueueEncoder } from '../../../kernel-lib/src/tokenizers/bpe-queue-encoder.ts';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import { saveTokenizer } from '../../../kernel-lib/src/tokenizers/save-tokenizer.ts';
import type { Tokenizer } from '../../../kernel-lib/src/tokenizers/tokenizer.ts';
import { DNABERT2, FLORABERT, goldenJson, goldenLines, idsDigest, promoters } from './golden.ts';

interface Encoded {
  readonly text: string;
  readonly ids: number[];
  readonly offsets: [number, number][];
}

const { texts, files } = (await goldenJson('texts.json.gz')) as {
  texts: Record<string, Encoded[]>;
  files: Record<string, object>;
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-tokenizer-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function written(name: string, content: string | object): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

async function loadNamed(name: string): Promise<Tokenizer> {
  if (name === 'florabert') return loadTokenizer(FLORABERT);
  if (name === 'dnabert2') return loadTokenizer(DNABERT2);
  if (name === 'florabert_prefix') {
    for (const file of ['vocab.json', 'merges.txt']) {
      await written(file, await readFile(path.join(FLORABERT, file), 'utf8'));
    }
    await written('tokenizer_config.json', { add_prefix_space: true });
    return loadTokenizer(folder);
  }
  return loadTokenizer(await written('tokenizer.json', files[name] ?? {}));
}

/** Python counts code points, JavaScript UTF-16 units. */
function codePoints(text: string, unit: number): number {
  return Array.from(text.slice(0, unit)).length;
}

describe.each(Object.keys(texts))('%s', (name) => {
  test('gives the ids and offsets of tokenizers', async () => {
    const tokenizer = await loadNamed(name);
    for (const { text, ids, offsets } of texts[name]!) {
      const encoding = tokenizer.encodeWithOffsets(text);
      expect([text, Array.from(encoding.ids)]).toEqual([text, ids]);
      const found = offsets.map((_, i) =>
        [0, 1].map((side) => codePoints(text, encoding.offsets[2 * i + side]!)),
      );
      // A prefix space is no letter of the text; tokenizers gives it the first one's place.
      if (name !== 'florabert_prefix') expect([text, found]).toEqual([text, offsets]);
    }
  });

  test('gives the same after it was saved and loaded', async () => {
    const tokenizer = await loadNamed(name);
    const out = path.join(folder, 'saved');
    await saveTokenizer(tokenizer, out);
    const loaded = await loadTokenizer(out);
    for (const { text } of texts[name]!)
      expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
    expect(loaded.special).toEqual(tokenizer.special);
    expect(loaded.toJSON()).toEqual(tokenizer.toJSON());
  });
});

test.each([
  ['florabert', FLORABERT],
  ['dnabert2', DNABERT2],
])('%s gives the ids of tokenizers on all unlabelled promoters', async (name, file) => {
  const tokenizer = await loadTokenizer(file);
  const [total, ...digests] = await goldenLines(`maize_ids_${name}.txt.gz`);
  const lines = await promoters();
  const ids = lines.map((line) => tokenizer.encode(line));
  expect(ids.reduce((sum, { length }) => sum + length, 0)).toBe(Number(total));
  expect(ids.map(idsDigest)).toEqual(digests);
});

test('both ways of merging give the same', async () => {
  for (const file of [FLORABERT, DNABERT2]) {
    const tokenizer = (await loadTokenizer(file)) as BpeTokenizer;
    const exact = new BpeQueueEncoder(tokenizer.settings.merges);
    for (const line of (await promoters()).slice(0, 100)) {
      const symbols = Int32Array.from(line, (letter) => tokenizer.id(letter)!);
      const count = exact.encode(symbols, symbols.length, new Int32Array(symbols.length));
      const ids = tokenizer.encode(line, { addSpecialTokens: false });
      expect(symbols.slice(0, count)).toEqual(ids);
    }
  }
});

test('the file of vocab.json or merges.txt stands for both', async () => {
  const whole = await loadTokenizer(FLORABERT);
  for (const name of ['vocab.json', 'merges.txt']) {
    const tokenizer = await loadTokenizer(path.join(FLORABERT, name));
    expect(tokenizer.encode('ACGTACGTTTAGN')).toEqual(whole.encode('ACGTACGTTTAGN'));
  }
  expect(whole.kind).toBe('byte-level-bpe');
  expect(whole.vocabularySize).toBe(5261);
  expect(whole.special).toEqual({ start: 0, end: 1, padding: 2, unknown: 3, mask: 4 });
});

test('options go before the files, and the files before what is usual', async () => {
  const merges = await readFile(path.join(FLORABERT, 'merges.txt'), 'utf8');
  await written('merges.txt', merges.replaceAll('\n', '\r\n'));
  await written('vocab.json', await readFile(path.join(FLORABERT, 'vocab.json'), 'utf8'));
  await written('tokenizer_config.json', {
    model_max_length: 20,
    padding_side: 'left',
    truncation_side: 'left',
    pad_token: { content: '<mask>', lstrip: false },
  });
  await written('special_tokens_map.json', { unk_token: '!' });
  const tokenizer = await loadTokenizer(folder);
  expect(tokenizer.defaults).toEqual({
    maxLength: 20,
    truncationSide: 'left',
    paddingSide: 'left',
  });
  expect(tokenizer.special).toEqual({ start: 0, end: 1, padding: 4, unknown: 5, mask: 4 });
  const changed = await loadTokenizer(folder, {
    maxLength: 8,
    paddingSide: 'right',
    specialTokens: { padding: '<pad>' },
  });
  expect(changed.defaults).toEqual({ maxLength: 8, truncationSide: 'left', paddingSide: 'right' });
  const long = 'ACGTTGCA'.repeat(20);
  const all = changed.encode(long, { maxLength: 1000 });
  expect(Array.from(changed.encode(long))).toEqual([0, ...all.slice(-7, -1), 1]);
  const row = changed.encodeBatch(['A'], { maxLength: 5 });
  expect(Array.from(row.inputIds)).toEqual([0, 37, 1, 2, 2]);
});

describe('files that are wrong', () => {
  const vocabulary = { '<s>': 0, '</s>': 1, '<pad>': 2, A: 3, C: 4, AC: 5 };
  const json = (change: object, model: object = {}) => ({
    model: { type: 'BPE', vocab: vocabulary, merges: ['A C'], ...model },
    pre_tokenizer: null,
    ...change,
  });

  test.each<[string, Record<string, string | object>, RegExp]>([
    [
      'a merge whose part is not there',
      { 'vocab.json': vocabulary, 'merges.txt': '#version: 0.2\nA C\nA G\n' },
      /merges.txt, line 3: the merge 'A G' has the part 'G', which is not in the vocabulary.*vocab.json/,
    ],
    [
      'a merge whose result is not there',
      { 'vocab.json': vocabulary, 'merges.txt': 'A C\nC A\n' },
      /merges.txt, line 2: the merge 'C A' gives 'CA', which is not in the vocabulary/,
    ],
    [
      'a line of merges with three tokens',
      { 'vocab.json': vocabulary, 'merges.txt': 'A C\nA C A\n' },
      /merges.txt, line 2: 'A C A'; expected two tokens/,
    ],
    ['no merges', { 'vocab.json': vocabulary }, /merges.txt: no such file/],
    ['no vocabulary', { 'merges.txt': 'A C' }, /vocab.json: no such file/],
    [
      'a token that stands twice',
      { 'vocab.json': '{"A":0,"C":1,"A":2}', 'merges.txt': '' },
      /vocab.json: the key 'A' twice/,
    ],
    [
      'two tokens of one id',
      { 'vocab.json': { A: 0, C: 0 }, 'merges.txt': '' },
      /the tokens 'A' and 'C' have the same id 0/,
    ],
    [
      'ids with a hole',
      { 'vocab.json': { A: 0, C: 2 }, 'merges.txt': '' },
      /vocab.json: no token with the id 1, though ids go up to 2/,
    ],
    [
      'an id that is too large',
      { 'vocab.json': { A: 1e12 }, 'merges.txt': '' },
      /token 'A': the id 1000000000000/,
    ],
    [
      'an id that is a text',
      { 'vocab.json': { A: '0' }, 'merges.txt': '' },
      /token 'A': the id "0"; expected a whole number/,
    ],
    ['a vocabulary that is a list', { 'vocab.json': '[]', 'merges.txt': '' }, /expected an object/],
    ['an empty vocabulary', { 'vocab.json': '{}', 'merges.txt': '' }, /no tokens/],
    ['no JSON', { 'tokenizer.json': '{' }, /tokenizer.json: no valid JSON/],
    ['JSON of something else', { 'tokenizer.json': '{}' }, /tokenizer.json, model: nothing/],
    [
      'another kind of model',
      { 'tokenizer.json': json({}, { type: 'Unigram' }) },
      /model: "Unigram", which is not supported; expected BPE, WordLevel or WordPiece/,
    ],
    [
      'another pre-tokenizer',
      { 'tokenizer.json': json({ pre_tokenizer: { type: 'Metaspace' } }) },
      /pre_tokenizer: "Metaspace", which is not supported/,
    ],
    [
      'another normalizer',
      { 'tokenizer.json': json({ normalizer: { type: 'Precompiled' } }) },
      /normalizer: the type "Precompiled", which is not supported/,
    ],
    [
      'another post-processor',
      { 'tokenizer.json': json({ post_processor: { type: 'Other' } }) },
      /post_processor: "Other", which is not supported/,
    ],
    [
      'dropout of merges',
      { 'tokenizer.json': json({}, { dropout: 0.1 }) },
      /model, dropout: 0.1, which is not supported/,
    ],
    [
      'an unknown token that is not there',
      { 'tokenizer.json': json({}, { unk_token: 'X' }) },
      /unk_token: the token 'X', which is not in the vocabulary/,
    ],
    [
      'a special token that is not there',
      { 'tokenizer.json': json({}), 'tokenizer_config.json': { pad_token: 'PAD' } },
      /no token 'PAD', the special token for padding/,
    ],
    [
      'a wrong side',
      { 'tokenizer.json': json({}), 'tokenizer_config.json': { padding_side: 'top' } },
      /padding_side: "top"; expected 'left' or 'right'/,
    ],
    ['an empty line in vocab.txt', { 'vocab.txt': 'A\n\nC\n' }, /vocab.txt, line 2: an empty line/],
    ['a word twice in vocab.txt', { 'vocab.txt': 'A\nC\nA\n' }, /line 3: the token 'A' again/],
    [
      'words of many lengths',
      { 'vocab.txt': 'A\nCG\nACG\n' },
      /words of 1, 2, 3 letters; expected k-mers of one length/,
    ],
    ['no tokenizer', { 'notes.md': '' }, /no tokenizer; expected tokenizer.json, vocab.json/],
  ])('%s', async (_what, contents, message) => {
    for (const [name, content] of Object.entries(contents)) await written(name, content);
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
  });

  test('bytes that are no text', async () => {
    await writeFile(path.join(folder, 'tokenizer.json'), Uint8Array.of(0xff, 0xfe, 0x80));
    await expect(loadTokenizer(folder)).rejects.toThrow(/tokenizer.json: bytes that are no UTF-8/);
  });

  test('no file, no option', async () => {
    await expect(loadTokenizer(path.join(folder, 'none'))).rejects.toThrow(/no such file/);
    await expect(loadTokenizer(FLORABERT, { maxLenght: 3 } as object)).rejects.toThrow(
      /unknown option 'maxLenght'.*maxLength/,
    );
  });
});
