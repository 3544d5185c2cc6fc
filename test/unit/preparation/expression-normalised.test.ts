import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import {
  normalisedExpressionTable,
  normalisedToTpm,
  readNormalisedExpression,
} from '../../../kernel-lib/src/preparation/expression-normalised.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The file of some read counts, with six decimals as those of the study. */
function file(counts: readonly number[], lengths: readonly number[]): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts
    .map((count, i) => {
      const rate = count / lengths[i]! / (total / 1e6);
      return `g${String(i)}\t${Math.log2(rate + 0.001).toFixed(6)}\n`;
    })
    .join('');
}

describe('normalised expression', () => {
  it('gives back the TPM of the counts, within the decimals of the files', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5000), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 200, max: 4000 }),
        async (counts, length) => {
          fc.pre(counts.some((count) => count > 0));
          const lengths = counts.map((_, i) => length + 37 * i);
          const rates = counts.map((count, i) => count / lengths[i]!);
          const sum = rates.reduce((all, rate) => all + rate, 0);
          const { values, genes } = await readNormalisedExpression(bytes(file(counts, lengths)));
          expect(genes).toHaveLength(counts.length);
          const tpm = normalisedToTpm(values);
          tpm.forEach((value, i) => {
            const expected = (rates[i]! / sum) * 1e6;
            if (counts[i] === 0) expect(value).toBe(0);
            else expect(Math.abs(value / expected - 1)).toBeLessThan(2e-4);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('knows the gene that the digest checks: log2 1.237995 is TPM 4193.5', () => {
    // Σ(2^v − p) of B73 root follows from that one gene; the ratio of two genes does not need it.
    const [high = 0, low = 0] = normalisedToTpm([1.237995, -9.965784, Math.log2(0.011)]).filter(
      (value) => value > 0,
    );
    expect(high / low).toBeCloseTo((2 ** 1.237995 - 0.001) / 0.01, 6);
  });

  it('makes a table of measurements and averages those of a tissue', async () => {
    const files = [
      { file: bytes(file([1, 3], [100, 100])), tissue: 'root' },
      { file: bytes(file([2, 2], [100, 100])), tissue: 'root' },
      { file: bytes(file([0, 9], [100, 100])), tissue: 'ear' },
    ];
    const table = await normalisedExpressionTable(files, { cultivar: 'B97' });
    expect(table).toMatchObject({
      cultivar: 'B97',
      genes: ['g0', 'g1'],
      tissues: ['root', 'ear'],
      replicates: [2, 1],
    });
    expect(table.values[0]! / 375_000).toBeCloseTo(1, 5);
    expect(table.values[1]).toBe(0);
    expect(table.values[3]).toBe(1e6);
  });

  it.each([
    ['a gene twice', 'a\t1\na\t2\n', /'a' for a second time/],
    ['a word', 'a\thigh\n', /line 1, column 2: 'high'/],
    ['a missing value', 'a\t\n', /line 1, column 2: ''/],
    ['three fields', 'a\t1\t2\n', /3 fields; expected two/],
    ['one field', 'a\n', /1 field;/],
    ['no gene', '\t1\n', /no name/],
    ['an empty file', '\n', /no lines/],
  ])('refuses %s', async (_, text, message) => {
    await expect(readNormalisedExpression(bytes(text))).rejects.toThrow(message);
    await expect(readNormalisedExpression(bytes(text))).rejects.toThrow(TataboxError);
  });

  it('refuses values below no expression, no expression at all, and other genes', async () => {
    expect(() => normalisedToTpm([1, -11])).toThrow(/gene 2: -11; expected log2 values from -9.96/);
    expect(() => normalisedToTpm([-9.965784])).toThrow(/no expressed gene/);
    expect(() => normalisedToTpm([5000])).toThrow(/gene 1: 5000/);
    expect(() => normalisedToTpm([1], { pseudocount: 0 })).toThrow(/pseudocount: 0/);
    const two = (other: string) =>
      normalisedExpressionTable([
        { file: bytes('a\t1\nb\t1\n'), tissue: 'root' },
        { file: bytes(other), tissue: 'ear' },
      ]);
    await expect(two('a\t1\nc\t1\n')).rejects.toThrow(/line 2: gene 'c'; expected 'b'/);
    await expect(two('a\t1\n')).rejects.toThrow(/line 2: the end of the file; expected 'b'/);
    await expect(two('a\t1\nb\t1\nc\t1\n')).rejects.toThrow(/gene 'c'; expected the end/);
    await expect(normalisedExpressionTable([])).rejects.toThrow(/no files/);
  });
});
