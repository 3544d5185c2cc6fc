import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readBedpe, streamBedpe } from '../../../kernel-lib/src/formats/bedpe.ts';

const read = (text: string) => readBedpe(Buffer.from(text));

describe('readBedpe', () => {
  it('reads 6, 10 and more columns', async () => {
    expect(await read('chr1\t100\t200\tchr5\t5000\t5100\n')).toEqual([
      {
        first: { chrom: 'chr1', start: 100, end: 200, strand: '.' },
        second: { chrom: 'chr5', start: 5000, end: 5100, strand: '.' },
        extra: [],
      },
    ]);
    const text = '#chr1\tx1\nchr1\t100\t200\tchr5\t5000\t5100\tb1\t3.5\t+\t-\t0,255,255\tx\n';
    expect(await read(text)).toEqual([
      {
        first: { chrom: 'chr1', start: 100, end: 200, strand: '+' },
        second: { chrom: 'chr5', start: 5000, end: 5100, strand: '-' },
        name: 'b1',
        score: 3.5,
        extra: ['0,255,255', 'x'],
      },
    ]);
  });

  it('reads unknown ends', async () => {
    const [pair] = await read('.\t-1\t-1\tchr5\t5000\t5100\tb1\t.\t.\t+\n');
    expect(pair).toEqual({
      second: { chrom: 'chr5', start: 5000, end: 5100, strand: '+' },
      name: 'b1',
      extra: [],
    });
  });

  it.each([
    ['chr1\t1\t2\n', /line 1: 3 columns; expected at least 6/],
    ['a\t1\t2\tb\t1\t2\na\t1\t2\tb\t1\t2\tn\n', /line 2: 7 columns; expected 6 columns as/],
    ['.\t1\t2\tb\t1\t2\n', /'\.', '1', '2' for end 1; expected a chromosome/],
    ['a\t1\t2\tb\t-1\t2\n', /for end 2/],
    ['a\t1\t2\tb\t9\t2\n', /end2 2 before start2 9/],
    ['a\t1\tx\tb\t9\t12\n', /column 3 \(end1\): 'x'/],
    ['a\t1\t2\tb\t1\t2\tn\tx\n', /column 8 \(score\): 'x'/],
    ['a\t1\t2\tb\t1\t2\tn\t0\t+\t?\n', /column 10 \(strand2\): '\?'/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('yields the pairs before a bad one', async () => {
    let seen = 0;
    const reading = async () => {
      for await (const { extra } of streamBedpe(Buffer.from('a\t1\t2\tb\t1\t2\na\n'))) {
        seen += 1 + extra.length;
      }
    };
    await expect(reading()).rejects.toThrow(/line 2: 1 column/);
    expect(seen).toBe(1);
  });

  it('answers damaged bytes with pairs or an error that explains', async () => {
    const good = Buffer.from(
      'chr1\t100\t200\tchr5\t5000\t5100\tb1\t3.5\t+\t-\n.\t-1\t-1\tc\t1\t2\tn\t1\t.\t+\n',
    );
    const damage = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(60) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, byte, cut }) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = byte;
        await readBedpe(bytes.subarray(0, bytes.length - cut)).catch((error: unknown) => {
          expect(error).toBeInstanceOf(TataboxError);
        });
      }),
      { numRuns: 200 },
    );
  });
});
