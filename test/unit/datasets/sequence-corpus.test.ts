import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSequenceCorpus } from '../../../kernel-lib/src/datasets/sequence-corpus.ts';
import { SequenceStore } from '../../../kernel-lib/src/datasets/sequence-store.ts';
import {
  splitByContent,
  someSequences,
} from '../../../kernel-lib/src/datasets/split-by-content.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const all = (corpus: { length: number; sequence(index: number): string }): string[] =>
  Array.from({ length: corpus.length }, (_, index) => corpus.sequence(index));

describe('openSequenceCorpus', () => {
  it('reads lines and FASTA records, plain and gzip, in upper case', async () => {
    const corpus = await openSequenceCorpus([
      bytes('acgt\r\n\r\nGGN\n'),
      gzipSync('>one first\nAC\ngt\n>two\nTTTT\n'),
    ]);
    expect(all(corpus)).toEqual(['ACGT', 'GGN', 'ACGT', 'TTTT']);
    expect(corpus.tooShort).toBe(1);
    expect(corpus.letters).toBe(15);
    expect([0, 1, 2, 3].map((index) => corpus.id(index))).toEqual([
      'bytes:1',
      'bytes:3',
      'bytes:1',
      'bytes:2',
    ]);
    corpus.close();
  });

  it('cuts long sequences into windows and keeps letters as they are where asked', async () => {
    const options = { window: 4, minimumLength: 2, letterCase: 'as-is' } as const;
    const corpus = await openSequenceCorpus([bytes('acgtACGTa\nACGTAC\n')], options);
    expect(all(corpus)).toEqual(['acgt', 'ACGT', 'ACGT', 'AC']);
    expect(corpus.tooShort).toBe(1);
  });

  it('tells the file, line and column of what is no sequence', async () => {
    await expect(openSequenceCorpus([bytes('ACGT\nAC GT\t1.5\n')])).rejects.toThrow(
      /bytes, line 2, column 3[\s\S]*letters of a sequence/,
    );
    await expect(openSequenceCorpus([bytes('\n\n')])).rejects.toThrow(/no sequence of at least 1/);
    await expect(openSequenceCorpus([])).rejects.toThrow(/no file/);
    await expect(openSequenceCorpus([bytes('ACGT\n')], { minLength: 3 } as never)).rejects.toThrow(
      /minimumLength/,
    );
    await expect(
      openSequenceCorpus([bytes('ACGT\n')], { window: 3, minimumLength: 4 }),
    ).rejects.toThrow(/at least the minimum length 4/);
  });

  it('can be stopped', async () => {
    const text = 'ACGTACGTACGT\n'.repeat(400_000);
    await expect(
      openSequenceCorpus([bytes(text)], { signal: AbortSignal.abort() }),
    ).rejects.toThrow(/reading sequences/);
  });
});

describe('SequenceStore', () => {
  it('gives the same sequences from memory and from a file', () => {
    const inMemory = new SequenceStore(2 ** 40);
    const onDisk = new SequenceStore(2 ** 22);
    const texts = Array.from({ length: 40 }, (_, index) =>
      String.fromCharCode(65 + (index % 26)).repeat((index * 104_729) % 700_000),
    );
    for (const text of texts) {
      inMemory.add(text);
      onDisk.add(text);
    }
    expect(inMemory.onDisk).toBe(false);
    expect(onDisk.onDisk).toBe(true);
    for (const [index, text] of texts.entries()) {
      expect(inMemory.sequence(index) === text, String(index)).toBe(true);
      expect(onDisk.sequence(index) === text, String(index)).toBe(true);
      expect(onDisk.sequenceLength(index)).toBe(text.length);
    }
    onDisk.close();
    inMemory.close();
  });
});

describe('splitByContent', () => {
  it('keeps equal sequences on one side, and each where it was when the corpus grows', () => {
    const sequences = (texts: readonly string[]) => ({
      length: texts.length,
      sequence: (index: number) => texts[index] ?? '',
      id: String,
    });
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 60 }), (texts) => {
        const source = sequences([
          ...texts,
          ...texts,
          ...Array.from({ length: 200 }, (_, i) => String(i)),
        ]);
        const { train, validation } = splitByContent(source, { share: 0.3, seed: 4 });
        expect(train.length + validation.length).toBe(source.length);
        const left = new Set(all(someSequences(source, train)));
        expect(all(someSequences(source, validation)).some((text) => left.has(text))).toBe(false);
      }),
    );
    const many = sequences(Array.from({ length: 5000 }, (_, i) => String(i)));
    const { validation } = splitByContent(many, { share: 0.2 });
    expect(validation.length / 5000).toBeCloseTo(0.2, 1);
    expect(() => splitByContent(sequences(['A']), { share: 0.5 })).toThrow(/some on both sides/);
  });
});
