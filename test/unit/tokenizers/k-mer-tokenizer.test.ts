import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CharacterTokenizer } from '../../../kernel-lib/src/tokenizers/character-tokenizer.ts';
import {
  KmerTokenizer,
  type KmerTokenizerOptions,
} from '../../../kernel-lib/src/tokenizers/k-mer-tokenizer.ts';
import {
  allKmers,
  kmersToSequence,
  sequenceToKmers,
} from '../../../kernel-lib/src/tokenizers/kmer-words.ts';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import { saveTokenizer } from '../../../kernel-lib/src/tokenizers/save-tokenizer.ts';

interface Misc {
  readonly ngram3: {
    readonly vocab_size: number;
    readonly ids: number[];
    readonly overlap: number[];
    readonly decode: string;
    readonly AAA: number;
  };
  readonly seq2kmer: string;
  readonly kmer2seq: string;
}

const golden = JSON.parse(
  await readFile('test/parity/golden/florabert/florabert_misc.json', 'utf8'),
) as Misc;

/** FloraBERT's NGramTokenizer: its special tokens first, then all words in the order ATCGN. */
function florabertNgrams(options: Partial<KmerTokenizerOptions> = {}): KmerTokenizer {
  const special = ['<SOS>', '<EOS>', '<PAD>', '<UNK>', '<MASK>'];
  const vocabulary = new Map([...special, ...allKmers('ATCGN', 3)].map((word, id) => [word, id]));
  return new KmerTokenizer({ k: 3, stride: 3, remainder: 'unknown', vocabulary, ...options });
}

test("gives the ids of FloraBERT's NGramTokenizer", () => {
  const tokenizer = florabertNgrams();
  const bare = { addSpecialTokens: false };
  expect(tokenizer.vocabularySize).toBe(golden.ngram3.vocab_size);
  expect(Array.from(tokenizer.encode('ATCGNAT', bare))).toEqual(golden.ngram3.ids);
  expect(tokenizer.decode(golden.ngram3.ids, { keepSpecialTokens: true })).toBe(
    golden.ngram3.decode,
  );
  const overlapping = florabertNgrams({ stride: 1 });
  expect(Array.from(overlapping.encode('ATCGNAT', bare))).toEqual(golden.ngram3.overlap);
  expect(tokenizer.id('AAA')).toBe(golden.ngram3.AAA);
});

test('cuts overlapping k-mers as DNABERT and joins them again', () => {
  expect(sequenceToKmers('AAATCGTCG', 6).join(' ')).toBe(golden.seq2kmer);
  expect(kmersToSequence(golden.seq2kmer.split(' '))).toBe(golden.kmer2seq);
  const tokenizer = new KmerTokenizer({ k: 6 });
  const ids = tokenizer.encode('AAATCGTCG');
  expect(Array.from(ids, (id) => tokenizer.token(id)).join(' ')).toBe(
    `[CLS] ${golden.seq2kmer} [SEP]`,
  );
  expect(tokenizer.decode(ids)).toBe('AAATCGTCG');
  expect(tokenizer.vocabularySize).toBe(4096 + 5);
});

test.each<[string, Partial<KmerTokenizerOptions>, string, string[]]>([
  ['drops the rest', { stride: 3 }, 'ACGTA', ['ACG']],
  ['marks the rest', { stride: 3, remainder: 'unknown' }, 'ACGTA', ['ACG', '[UNK]']],
  ['spells the rest', { stride: 3, remainder: 'letters' }, 'ACGTA', ['ACG', 'T', 'A']],
  [
    'spells what is no k-mer, then goes on',
    { stride: 3, remainder: 'letters' },
    'ANACGT',
    ['A', '[UNK]', 'ACG', 'T'],
  ],
  ['knows no N', { stride: 3 }, 'ANGACG', ['[UNK]', 'ACG']],
  ['overlaps', {}, 'ACGT', ['ACG', 'CGT']],
  ['too short', {}, 'AC', []],
  ['empty', {}, '', []],
  ['small letters', {}, 'acg', ['[UNK]']],
  ['special tokens in the text', { stride: 3 }, 'ACG[MASK]ACG', ['ACG', '[MASK]', 'ACG']],
])('%s', (_what, options, sequence, tokens) => {
  const tokenizer = new KmerTokenizer({ k: 3, ...options });
  const { ids, offsets } = tokenizer.encodeWithOffsets(sequence, { addSpecialTokens: false });
  expect(Array.from(ids, (id) => tokenizer.token(id))).toEqual(tokens);
  const letters = tokens.map((_, i) => sequence.slice(offsets[2 * i], offsets[2 * i + 1]));
  for (const [i, token] of tokens.entries()) if (token !== '[UNK]') expect(letters[i]).toBe(token);
});

test('decode gives the sequence back', () => {
  const sequence = fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), maxLength: 60 });
  const spelling = new KmerTokenizer({ k: 4, stride: 4, remainder: 'letters' });
  const overlapping = new KmerTokenizer({ k: 4 });
  const characters = new CharacterTokenizer();
  fc.assert(
    fc.property(sequence, (text) => {
      for (const tokenizer of [spelling, characters]) {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }
      const whole = text.length < 4 ? '' : text;
      expect(overlapping.decode(overlapping.encode(text))).toBe(whole);
    }),
  );
});

test('letters', () => {
  const tokenizer = new CharacterTokenizer();
  expect(Array.from(tokenizer.encode('ACxN'))).toEqual([2, 5, 6, 1, 9, 3]);
  const bare = new CharacterTokenizer({ vocabulary: { A: 0, C: 1 } });
  expect(() => bare.encode('ACG')).toThrow(/letter 3: 'G', which is not in the vocabulary/);
  expect(() => bare.encodeBatch(['A'], { maxLength: 4 })).toThrow(/without a token for padding/);
});

test('save and load keep how a sequence is cut', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-kmers-'));
  try {
    const tokenizers = [
      new KmerTokenizer({ k: 6 }),
      new KmerTokenizer({ k: 3, remainder: 'unknown', maxLength: 9, paddingSide: 'left' }),
      new KmerTokenizer({ k: 3, stride: 2 }),
      new KmerTokenizer({ k: 3, stride: 3 }),
      new KmerTokenizer({ k: 3, stride: 3, remainder: 'letters' }),
      new CharacterTokenizer(),
      florabertNgrams(),
    ];
    for (const [number, tokenizer] of tokenizers.entries()) {
      const place = path.join(folder, String(number));
      await saveTokenizer(tokenizer, place);
      const loaded = await loadTokenizer(place);
      for (const text of ['', 'ACGTACGTTNACG', 'ACGTA[MASK]ACG']) {
        expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
      }
      expect(loaded.kind).toBe(tokenizer.kind);
      expect(loaded.defaults).toEqual(tokenizer.defaults);
      expect(loaded.special).toEqual(tokenizer.special);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('vocab.txt of k-mers (DNABERT), of k-mers and letters, and of letters (ESM)', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-kmers-'));
  const load = async (...tokens: string[]) => {
    const file = path.join(folder, 'vocab.txt');
    await writeFile(file, tokens.join('\r\n'));
    return loadTokenizer(file);
  };
  try {
    const bert = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
    const dnabert = await load(...bert, ...allKmers('ATCG', 3));
    expect(Array.from(dnabert.encode('AATC'))).toEqual([2, 6, 11, 3]);
    const mixed = await load(
      '<unk>',
      '<pad>',
      '<mask>',
      '<cls>',
      ...allKmers('ATCG', 2),
      ...'ATCGN',
    );
    expect(Array.from(mixed.encode('AATNC'), (id) => mixed.token(id))).toEqual([
      '<cls>',
      'AA',
      'T',
      'N',
      'C',
    ]);
    const esm = await load(
      '<cls>',
      '<pad>',
      '<eos>',
      '<unk>',
      ...'LAGVSERTIDPKQNFYMHWCXBUZO.-',
      '<mask>',
    );
    expect(Array.from(esm.encode('MAL'))).toEqual([0, 20, 5, 4, 2]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('says what is wrong', () => {
  expect(() => new KmerTokenizer({ k: 0 })).toThrow(/option k: 0; expected a whole number/);
  expect(() => new KmerTokenizer({ k: 3, stride: 4 })).toThrow(/option stride: 4/);
  expect(() => new KmerTokenizer({ k: 3, remainder: 'letters' })).toThrow(/option remainder/);
  expect(() => new KmerTokenizer({ k: 20 })).toThrow(/4\^20 words.*smaller k/);
  expect(() => new KmerTokenizer({ k: 3, step: 3 } as object as KmerTokenizerOptions)).toThrow(
    /unknown option 'step'/,
  );
});
