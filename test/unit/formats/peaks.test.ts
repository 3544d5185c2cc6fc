import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readPeaks, streamPeaks } from '../../../kernel-lib/src/formats/peaks.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string, options = {}, name = 'a.bed') =>
  readPeaks(folder.write(name, text), options);

// The examples of the format descriptions of the UCSC Genome Browser.
const narrow = `track type=narrowPeak visibility=3 db=hg19 name="nPk"
browser position chr1:9356000-9365000
chr1\t9356548\t9356648\t.\t0\t.\t182\t5.0945\t-1\t50
chr1\t9358722\t9358822\t.\t0\t.\t91\t4.6052\t-1\t40
chr1\t9361082\t9361182\t.\t0\t.\t182\t9.2103\t-1\t-1
`;
const broad = 'chr1\t798200\t798700\t.\t116\t.\t4.89716\t3.70716\t-1\n';
const gapped =
  'chr1\t171000\t171600\tAnon_peak_1\t55\t.\t0\t0\t0\t2\t400,100\t0,500\t4.04761\t7.53255\t5.52807\n';

describe('readPeaks', () => {
  it('reads narrowPeak', async () => {
    const [first, , third] = await read(narrow);
    expect(first).toEqual({
      chrom: 'chr1',
      start: 9356548,
      end: 9356648,
      score: 0,
      strand: '.',
      signalValue: 182,
      pValue: 5.0945,
      peak: 50,
    });
    expect(third).not.toHaveProperty('peak');
    expect(await readPeaks(gzipSync(narrow))).toHaveLength(3);
  });

  it('reads broadPeak and gappedPeak', async () => {
    expect(await read(broad, {}, 'x.broadPeak')).toEqual([
      {
        chrom: 'chr1',
        start: 798200,
        end: 798700,
        score: 116,
        strand: '.',
        signalValue: 4.89716,
        pValue: 3.70716,
      },
    ]);
    expect(await read(gapped)).toEqual([
      {
        chrom: 'chr1',
        start: 171000,
        end: 171600,
        name: 'Anon_peak_1',
        score: 55,
        strand: '.',
        thickStart: 0,
        thickEnd: 0,
        itemRgb: '0',
        blockCount: 2,
        blockSizes: [400, 100],
        blockStarts: [0, 500],
        signalValue: 4.04761,
        pValue: 7.53255,
        qValue: 5.52807,
      },
    ]);
  });

  it('takes the kind from option, name and columns, in this order', async () => {
    await expect(read(broad, {}, 'x.narrowPeak')).rejects.toThrow(
      /9 columns; expected the 10 of narrowPeak.*\{ kind: 'broadPeak' \}/,
    );
    expect(await read(broad, { kind: 'broadPeak' }, 'x.narrowPeak')).toHaveLength(1);
    expect(await readPeaks(folder.write('x.narrowpeak.GZ', gzipSync(narrow)))).toHaveLength(3);
    await expect(read(broad, { kind: 'thinPeak' })).rejects.toThrow(/narrowPeak, broadPeak/);
    await expect(read('chr1\t1\t2\n')).rejects.toThrow(/3 columns; expected 10 \(narrowPeak\)/);
  });

  it('reads a p-value of 0', async () => {
    const [peak] = await read('chr1\t1\t9\t.\t0\t.\t3\tinf\t2\t0\n');
    expect(peak).toMatchObject({ pValue: Infinity, qValue: 2, peak: 0 });
  });

  it.each([
    [
      'chr1\t1\t9\t.\t0\t.\tx\t1\t1\t0\n',
      /line 1, column 7 \(signalValue\): 'x'; expected a number/,
    ],
    ['chr1\t1\t9\t.\t0\t.\t3\t\t1\t0\n', /column 8 \(pValue\): ''/],
    ['chr1\t1\t9\t.\t0\t.\t3\t1\t0x1\t0\n', /column 9 \(qValue\)/],
    ['chr1\t1\t9\t.\t0\t.\t3\t1\t1\t8\n', /column 10 \(peak\): 8; expected less than the length 8/],
    ['chr1\t1\t9\t.\t0\t.\t3\t1\t1\t-2\n', /column 10 \(peak\): '-2'/],
    ['chr1\t9\t1\t.\t0\t.\t3\t1\t1\t0\n', /end 1 before start 9/],
    ['chr1\t1\t9\t.\t0\t.\t3\t1\t1\t0\nchr1\t1\n', /line 2: 2 columns; expected the 10/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('yields the peaks before a bad one', async () => {
    let seen = 0;
    const reading = async () => {
      for await (const { start } of streamPeaks(Buffer.from(`${narrow}chr1\n`)))
        seen += start > 0 ? 1 : 0;
    };
    await expect(reading()).rejects.toThrow(/line 6/);
    expect(seen).toBe(3);
  });

  it('answers damaged bytes with peaks or an error that explains', async () => {
    const good = Buffer.from(narrow + narrow);
    const damage = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(60) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, byte, cut }) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = byte;
        await readPeaks(bytes.subarray(0, bytes.length - cut)).catch((error: unknown) => {
          expect(error).toBeInstanceOf(TataboxError);
        });
      }),
      { numRuns: 200 },
    );
  });
});
