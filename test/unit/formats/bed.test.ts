import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readBed,
  streamBed,
  writeBed,
  type BedRecord,
} from '../../../kernel-lib/src/formats/bed.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string, options = {}) => readBed(folder.write('a.bed', text), options);

describe('readBed', () => {
  it('reads the yeast transcripts', async () => {
    const records = await readBed(`${repository}notebooks/data/yeast_R64/sacCer3_transcripts.bed`);
    expect(records).toHaveLength(6445);
    expect(records[2]).toEqual({
      chrom: 'chrI',
      start: 7012,
      end: 9049,
      name: 'SEO1',
      score: 0,
      strand: '-',
      thickStart: 7234,
      thickEnd: 9016,
    });
  });

  it('reads BED3 to BED12, plain or gzip, and skips headings', async () => {
    const text =
      'browser position chr1:1-9\ntrack name=x\n# comment\n\nchr1\t0\t9\tg\t1000\t-\t0\t9\t255,0,0\t2\t3,4,\t0,5,\n';
    const expected: BedRecord = {
      chrom: 'chr1',
      start: 0,
      end: 9,
      name: 'g',
      score: 1000,
      strand: '-',
      thickStart: 0,
      thickEnd: 9,
      itemRgb: '255,0,0',
      blockCount: 2,
      blockSizes: [3, 4],
      blockStarts: [0, 5],
    };
    expect(await read(text)).toEqual([expected]);
    expect(await readBed(folder.write('b.bed', gzipSync(text)))).toEqual([expected]);
    expect(await read('chr1\t5\t9\r\nchr2\t5\t5\r\n')).toEqual([
      { chrom: 'chr1', start: 5, end: 9 },
      { chrom: 'chr2', start: 5, end: 5 },
    ]);
    expect(await read('chr1\t5\t9\t.\t.\t.\n')).toEqual([
      { chrom: 'chr1', start: 5, end: 9, strand: '.' },
    ]);
    expect(await read('')).toEqual([]);
  });

  it('keeps chromosomes named like heading words with more letters', async () => {
    expect(await read('tracker1\t1\t2\n')).toHaveLength(1);
  });

  it('reads the BED columns of peak files where it is told how many they are', async () => {
    const peak = 'chr1\t0\t9\tp1\t1200\t.\t5.2\t3.1\t2.2\t4\n';
    await expect(read(peak)).rejects.toThrow(/10 columns; expected 3 to 9, or 12.*columns: 6/);
    expect(await read(peak, { columns: 6 })).toEqual([
      { chrom: 'chr1', start: 0, end: 9, name: 'p1', score: 1200, strand: '.' },
    ]);
    await expect(read('chr1\t0\t9\n', { columns: 6 })).rejects.toThrow(
      /3 columns; expected at least/,
    );
    await expect(read(peak, { columns: 10 })).rejects.toThrow(/3 to 9, or 12/);
  });

  it.each([
    ['chr1\t0\t9\nchr1\tx1\t9\n', /a\.bed, line 2, column 2 \(start\): 'x1'; expected a whole/],
    ['chrom\tstart\tend\n', /line 1, column 2 \(start\): 'start'.*begin it with #/],
    ['chr1\t-5\t9\n', /'-5'/],
    ['chr1\t1e3\t2e3\n', /'1e3'/],
    ['chr1\t9\t5\n', /line 1: end 5 before start 9; expected start ≤ end/],
    ['chr1\t0\t9\nchr1\t0\t9\tg\n', /line 2: 4 columns; expected 3 columns as in the records/],
    ['chr1\t0\n', /2 columns; expected at least 3/],
    ['chr1 0 9\n', /columns separated by spaces; expected tabs/],
    ['chr1\t0\t9\nchr1 0 9\n', /line 2: columns separated by spaces/],
    ['chr1\t0\t9\tg\thigh\n', /column 5 \(score\): 'high'/],
    ['chr1\t0\t9\tg\t0\tplus\n', /column 6 \(strand\): 'plus'/],
    ['chr1\t0\t9\tg\t0\t+\t0\t9\t0\t2\t3\t0,5\n', /column 11 \(blockSizes\): '3'; expected 2/],
    ['chr1\t0\t9\tg\t0\t+\t0\t9\t0\t1\t30\t0\n', /block 1 reaches beyond the end 9/],
    ['\t0\t9\n', /no chromosome/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('explains other kinds of files', async () => {
    const write = (name: string, content: Uint8Array) => readBed(folder.write(name, content));
    await expect(write('x.xlsx', Buffer.from('PK\x03\x04abc'))).rejects.toThrow(/Excel workbook/);
    await expect(write('x.txt', Buffer.from('\ufeffchr1\t0\t9', 'utf16le'))).rejects.toThrow(
      /UTF-16/,
    );
    await expect(write('x.bin', Buffer.from([1, 0, 2, 3]))).rejects.toThrow(/binary data/);
    await expect(write('l1.bed', Buffer.from('chr1\t0\t9\tg\xe9\n', 'latin1'))).rejects.toThrow(
      /no UTF-8 text/,
    );
    await expect(readBed(folder.path('nothing/a.bed'))).rejects.toThrow(/no such file.*no folder/);
  });

  it('yields the records before a bad line', async () => {
    const file = folder.write('half.bed', `${'chr1\t0\t9\n'.repeat(7)}chr1\t9\t0\n`);
    let seen = 0;
    const reading = async () => {
      for await (const { end } of streamBed(file)) seen += end === 9 ? 1 : 0;
    };
    await expect(reading()).rejects.toThrow(/line 8: end 0 before start 9/);
    expect(seen).toBe(7);
  });

  it('refuses options that it does not know', async () => {
    await expect(read('', { column: 6 })).rejects.toThrow(/unknown option 'column'.*'columns'/);
  });

  it('may be left in the middle', async () => {
    const file = folder.write('many.bed', 'chr1\t0\t9\n'.repeat(100_000));
    let seen = 0;
    for await (const record of streamBed(file)) {
      seen += record.end > 0 ? 1 : 0;
      if (seen === 10) break;
    }
    expect(seen).toBe(10);
  });
});

describe('writeBed', () => {
  it('is inverse to readBed', async () => {
    const base = fc.record({
      chrom: fc.constantFrom('chr1', '2', 'scaffold 3'),
      start: fc.nat(1e9),
      length: fc.nat(1e5),
    });
    const details = fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9 _;'"-]{1,8}$/),
      score: fc.oneof(fc.nat(1000), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })),
      strand: fc.constantFrom<('+' | '-' | '.')[]>('+', '-', '.'),
    });
    const record = fc.record({ base, details, width: fc.constantFrom(3, 4, 6, 8, 12) });
    const file = folder.path('written.bed.gz');
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 5 }), async (drawn) => {
        const width = drawn[0]?.width ?? 3;
        const records = drawn.map(
          ({ base: { chrom, start, length }, details: more }): BedRecord => {
            const end = start + length;
            return {
              chrom,
              start,
              end,
              ...(width > 3 ? { name: more.name } : {}),
              ...(width > 5 ? { score: more.score, strand: more.strand } : {}),
              ...(width > 7 ? { thickStart: start, thickEnd: end } : {}),
              ...(width > 8
                ? { itemRgb: '0', blockCount: 1, blockSizes: [length], blockStarts: [0] }
                : {}),
            };
          },
        );
        await writeBed(file, records);
        expect(await readBed(file)).toEqual(records);
      }),
      { numRuns: 40 },
    );
  });

  it('fills the columns that some records lack', async () => {
    const file = folder.path('filled.bed');
    await writeBed(file, [
      { chrom: 'chr1', start: 1, end: 9 },
      { chrom: 'chr1', start: 1, end: 9, strand: '-', thickStart: 3, thickEnd: 4 },
    ]);
    expect(await readBed(file)).toEqual([
      { chrom: 'chr1', start: 1, end: 9, strand: '.', thickStart: 1, thickEnd: 9 },
      { chrom: 'chr1', start: 1, end: 9, strand: '-', thickStart: 3, thickEnd: 4 },
    ]);
  });

  it('refuses what would not read back', async () => {
    const file = folder.path('refused.bed');
    await expect(writeBed(file, [{ chrom: 'chr1', start: -1, end: 9 }])).rejects.toThrow(
      /0 ≤ start/,
    );
    await expect(writeBed(file, [{ chrom: 'a\tb', start: 1, end: 9 }])).rejects.toThrow(/tabs/);
    await expect(writeBed(file, [{ chrom: '#a', start: 1, end: 9 }])).rejects.toThrow(/record/);
  });
});
