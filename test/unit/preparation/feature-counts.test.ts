import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readFeatureCounts } from '../../../kernel-lib/src/preparation/feature-counts.ts';

const HEADING = 'Geneid\tChr\tStart\tEnd\tStrand\tLength\tx.bam';
const table = (...rows: string[]) =>
  Buffer.from(`# Program:featureCounts v2.0.3\n${HEADING}\n${rows.join('\n')}\n`);

describe('readFeatureCounts', () => {
  it('gives back what was written', async () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,20}$/);
    const rows = fc.uniqueArray(fc.tuple(name, fc.nat(), fc.nat()), {
      minLength: 1,
      selector: ([gene]) => gene,
    });
    await fc.assert(
      fc.asyncProperty(rows, async (genes) => {
        const text = table(...genes.map(([g, l, c]) => `${g}\tI;I\t1;9\t3;12\t+;+\t${l}\t${c}`));
        const read = await readFeatureCounts(text);
        expect(read.genes).toEqual(genes.map(([gene]) => gene));
        expect([...read.lengths]).toEqual(genes.map(([, length]) => length));
        expect([...read.counts]).toEqual(genes.map(([, , count]) => count));
      }),
    );
  });

  it.each([
    ['nothing', Buffer.from(''), /no genes/],
    ['another table', Buffer.from('a\tb\n'), /line 1: 2 fields; expected 7/],
    ['another heading', Buffer.from('a\tb\tc\td\te\tf\tg\n'), /line 1: the heading/],
    ['two samples', Buffer.from(`${HEADING}\ty.bam\n`), /8 fields/],
    ['a gene twice', table('g\tI\t1\t2\t+\t2\t0', 'g\tI\t1\t2\t+\t2\t0'), /line 4: the gene 'g'/],
    ['a fraction', table('g\tI\t1\t2\t+\t2\t0.5'), /line 3: '0.5'; expected a whole number/],
    ['a cut line', table('g\tI\t1\t2\t+\t2'), /line 3: 6 fields/],
  ])('refuses %s', async (_what, bytes, message) => {
    await expect(readFeatureCounts(bytes)).rejects.toThrow(message);
  });

  it('reads damaged tables or says what is wrong with them', async () => {
    const whole = table('g1\tI\t1\t100\t+\t100\t7', 'g2\tI;I\t200;300\t250;400\t-;-\t152\t12');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.nat(255),
        fc.nat(whole.length),
        async (at, byte, end) => {
          const bytes = Uint8Array.from(whole);
          bytes[at] = byte;
          try {
            const { genes, counts, lengths } = await readFeatureCounts(bytes.subarray(0, end));
            expect(counts.length).toBe(genes.length);
            expect([...counts, ...lengths].every((value) => Number.isInteger(value))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
