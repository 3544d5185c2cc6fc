import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError, InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { trainByteLevelBpe } from '../../../kernel-lib/src/tokenizers/train-byte-level-bpe.ts';
import { goldenJson, goldenLines, promoterFiles } from './golden.ts';

const joined = (merges: readonly (readonly [string, string])[]): string[] =>
  merges.map((pair) => pair.join(' '));

interface SmallTraining {
  readonly lines: string[];
  readonly size: number;
  readonly least: number;
  readonly special: string[];
  readonly merges: (string | [string, string])[];
}

test('gives the merges of the original on four sequences', async () => {
  const golden = JSON.parse(
    await readFile('test/parity/golden/florabert/florabert_bpe_train.json', 'utf8'),
  ) as { lines: string[]; vocab_size: number; min_frequency: number; merges: string[] };
  const { merges, tokenizer, lines, words } = await trainByteLevelBpe(golden.lines, {
    vocabularySize: golden.vocab_size,
    minFrequency: golden.min_frequency,
  });
  expect(joined(merges)).toEqual(golden.merges);
  expect(tokenizer.vocabularySize).toBe(301);
  expect([lines, words]).toEqual([4, 4]);
});

test('gives the merges of tokenizers on 6,605 promoters, vocabulary 5,000', async () => {
  const events: number[] = [];
  const { merges, tokenizer } = await trainByteLevelBpe(
    { files: promoterFiles },
    { vocabularySize: 5000, progress: ({ done }) => events.push(done) },
  );
  expect(joined(merges)).toEqual(await goldenLines('maize_merges_5000.txt.gz'));
  expect(tokenizer.vocabularySize).toBe(5000);
  expect(events.length).toBeGreaterThan(3);
}, 60_000);

test('gives the merges of tokenizers on small texts of many kinds', async () => {
  const cases = (await goldenJson('small_trainings.json.gz')) as SmallTraining[];
  for (const { lines, size, least, special, merges } of cases) {
    const result = await trainByteLevelBpe(lines, {
      vocabularySize: size,
      minFrequency: least,
      moreSpecialTokens: special.slice(5),
    });
    const expected = merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
    expect(joined(result.merges)).toEqual(expected);
  }
});

test('carriage returns and empty lines change nothing', async () => {
  const lines = ['ACGTACGT', '', 'ACGTTT'];
  const options = { vocabularySize: 270 };
  const plain = await trainByteLevelBpe(lines, options);
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));
  const windows = await trainByteLevelBpe({ files: [bytes(lines.join('\r\n'))] }, options);
  const split = await trainByteLevelBpe({ files: [bytes('ACGTACGT\n'), bytes('ACGTTT')] }, options);
  expect(windows.merges).toEqual(plain.merges);
  expect(split.merges).toEqual(plain.merges);
});

test('a text that stands twice counts twice', async () => {
  const once = await trainByteLevelBpe(['ACAC', 'GT'], { vocabularySize: 300 });
  const twice = await trainByteLevelBpe(['ACAC', 'GT', 'GT'], { vocabularySize: 300 });
  expect(joined(once.merges)).toEqual(['A C']);
  expect(joined(twice.merges)).toEqual(['A C', 'G T']);
});

test('merges of training reproduce: the tokenizer is the one that they give', async () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), maxLength: 40 }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 261, max: 320 }), async (lines, vocabularySize) => {
      fc.pre(lines.some((line) => line !== ''));
      const { tokenizer, merges } = await trainByteLevelBpe(lines, { vocabularySize });
      const again = await trainByteLevelBpe(lines, { vocabularySize });
      expect(again.merges).toEqual(merges);
      for (const [left, right] of merges) expect(tokenizer.id(left + right)).toBeDefined();
      for (const line of lines) expect(tokenizer.decode(tokenizer.encode(line))).toBe(line);
    }),
    { numRuns: 40 },
  );
});

test('says what is wrong', async () => {
  await expect(trainByteLevelBpe(['A'], { vocabularySize: 200 })).rejects.toThrow(
    /option vocabularySize: 200; expected a whole number from 261/,
  );
  await expect(
    trainByteLevelBpe(['A'], { vocabularySize: 300, minFrequency: 0.5 }),
  ).rejects.toThrow(UsageError);
  await expect(trainByteLevelBpe(['', ''], { vocabularySize: 300 })).rejects.toThrow(InputError);
  const misspelt = { vocabularySize: 300, minfrequency: 2 };
  await expect(trainByteLevelBpe(['A'], misspelt)).rejects.toThrow(
    /unknown option 'minfrequency'.*'minFrequency'/,
  );
  await expect(
    trainByteLevelBpe({ files: ['no-such-file.txt'] }, { vocabularySize: 300 }),
  ).rejects.toThrow(/no-such-file.txt: no such file/);
  await expect(
    trainByteLevelBpe(['ACGT'], { vocabularySize: 300, signal: AbortSignal.abort() }),
  ).rejects.toThrow(InterruptedError);
});

test('can be stopped between merges', async () => {
  const control = new AbortController();
  const training = trainByteLevelBpe(
    { files: promoterFiles.slice(0, 1) },
    {
      vocabularySize: 5000,
      signal: control.signal,
      progress: ({ unit }) => {
        if (unit === 'merges') control.abort();
      },
    },
  );
  await expect(training).rejects.toThrow(InterruptedError);
}, 20_000);
