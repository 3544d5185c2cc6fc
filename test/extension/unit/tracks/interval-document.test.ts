import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError, UsageError } from 'tatabox/core/errors.ts';
import {
  IntervalDocument,
  type Feature,
} from '../../../../extension/src/tracks/interval-document.ts';

const open = (name: string, text: string | Uint8Array): Promise<IntervalDocument> =>
  IntervalDocument.open(typeof text === 'string' ? Buffer.from(text) : text, { name });

const folder = mkdtempSync(path.join(tmpdir(), 'tracks-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const YEAST = 'notebooks/data/yeast_R64/sacCer3_transcripts.bed';

describe('a BED file', () => {
  it('has the transcripts of yeast', async () => {
    const document = await IntervalDocument.open(YEAST, { name: YEAST });
    expect(document).toMatchObject({ format: 'BED8', invalidCount: 0 });
    expect(document.columns.map(({ name }) => name)).toEqual(
      'chrom start end name score strand thickStart thickEnd'.split(' '),
    );
    expect(document.cells(2, 3)).toEqual([
      ['chrI', '7012', '9049', 'SEO1', '0', '-', '7234', '9016'],
    ]);
    expect(document.row(2)).toMatchObject({
      chrom: 'chrI',
      line: 3,
      start: 7012,
      name: 'SEO1',
      strand: '-',
      thickStart: 7234,
      thickEnd: 9016,
    });
    const region = { chrom: 'chrI', start: 8000, end: 8001 };
    expect(document.features(region, 10)).toMatchObject({ total: 1, features: [{ row: 2 }] });
    expect(document.features({ ...region, chrom: 'chr99' }, 10).total).toBe(0);
    expect(await document.changed()).toBe(false);
  });

  it('shows blocks, thick part and colour', async () => {
    const line = 'c\t100\t200\tt\t7.5\t-\t110\t180\t255,0,10\t2\t10,20,\t0,80,\n';
    const document = await open('a.bed', line);
    expect(document.format).toBe('BED12');
    expect(document.row(0)).toEqual({
      row: 0,
      chrom: 'c',
      line: 1,
      start: 100,
      end: 200,
      name: 't',
      strand: '-',
      score: 7.5,
      color: [255, 0, 10],
      thickStart: 110,
      thickEnd: 180,
      blocks: [
        [100, 110],
        [180, 200],
      ],
    });
  });

  it('has further columns, named by a heading', async () => {
    const text = '#chrom\tstart\tend\tname\tscore\tstrand\ttissue\nc\t1\t2\tn\t0\t+\tleaf\n';
    const document = await open('a.bed', text);
    expect(document.format).toBe('BED6+1');
    expect(document.columns.at(-1)?.name).toBe('tissue');
  });

  it.each([
    ['a.narrowPeak', 'c\t1\t9\t.\t0\t.\t1\t2\t-1\t3', 'narrowPeak'],
    ['ENCFF.bed.gz', 'c\t1\t9\t.\t0\t.\t1.5\t2\t-1\t3', 'narrowPeak'],
    ['ENCFF.bed', 'c\t1\t9\t.\t0\t.\t1.5\t2\t-1', 'broadPeak'],
    ['a.bed', 'c\t1\t9\t.\t0\t.\t1\t2\t0', 'BED9'],
    ['a.bdg', 'c 1 9 0.5', 'bedGraph'],
    ['a.bed', 'track type=bedGraph\nc\t1\t9\t0.5', 'bedGraph'],
    ['a.bedpe', 'c\t1\t9\td\t1\t9', 'BEDPE'],
    ['a.gff', 'c\ts\tgene\t1\t9\t.\t+\t.\tID=a', 'GFF3'],
    ['a.gff', 'c\ts\tgene\t1\t9\t.\t+\t.\tgene_id "a"', 'GTF'],
    ['a.bed', '', 'BED3'],
  ])('%s with %j is %s', async (name, text, format) => {
    expect((await open(name, text)).format).toBe(format);
  });
});

describe('invalid lines', () => {
  it('are listed with the reasons of the library, and do not stop the rest', async () => {
    const text = 'x\t1\n# c\nc\t1\t5\tn\t0\t+\nc\t7\t2\tn\t0\t+\nc\t1\t5\tn\tmany\t+\n';
    const document = await open('a.bed', text);
    expect(document.rows).toBe(1);
    expect(document.invalid).toEqual([
      { line: 1, reason: '2 columns; expected 6 columns as in the records before', text: 'x\t1' },
      {
        line: 4,
        reason:
          "end 2 before start 7; expected start ≤ end. On the '-' strand, too, start is the smaller coordinate.",
        text: 'c\t7\t2\tn\t0\t+',
      },
      {
        line: 5,
        reason: "column 5 (score): 'many'; expected a number or '.'",
        text: 'c\t1\t5\tn\tmany\t+',
      },
    ]);
  });

  it('are fatal where there are no others', async () => {
    await expect(open('a.bed', 'chr1 1 2\nchr1 3 4\n')).rejects.toThrow(
      /separated by spaces.*tabs/,
    );
    await expect(open('a.fa.bed', new Uint8Array(99))).rejects.toThrow(InputError);
  });

  it('are counted but not kept by the thousand', async () => {
    const text = `c\t1\t2\n${'c\tx\t2\n'.repeat(20_000)}`;
    const document = await open('a.bed', text);
    expect([document.rows, document.invalidCount, document.invalid.length]).toEqual([
      1, 20_000, 1000,
    ]);
  });

  it('include the damaged end of a file, a line of megabytes, and a name that is no HTML', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const good = `c\t1\t2\t${name}\n`.repeat(50_000);
    const cut = gzipSync(good).subarray(0, -300);
    const document = await open('a.bed.gz', cut);
    expect(document.rows).toBeGreaterThan(0);
    expect(document.invalid.at(-1)?.reason).toContain('gzip data end too early');
    expect(document.cells(0, 1)[0]?.[3]).toBe(name);
    const long = await open('a.bed', `c\t1\t2\n${'x'.repeat(10_000_000)}\n`);
    expect(long.invalid[0]?.reason).toContain('10,000,000 letters');
    expect(long.invalid[0]?.text.length).toBeLessThan(300);
  });
});

it('knows when the file has changed or gone', async () => {
  const file = path.join(folder, 'a.bed');
  writeFileSync(file, 'c\t1\t2\n');
  const document = await IntervalDocument.open(file, { name: 'a.bed' });
  expect(await document.changed()).toBe(false);
  writeFileSync(file, 'c\t1\t2\nc\t3\t4\n');
  expect(await document.changed()).toBe(true);
  rmSync(file);
  expect(await document.changed()).toBe(true);
  expect(document.cells(0, 9)).toEqual([['c', '1', '2']]);
});

it('stops when it is told to', async () => {
  const abort = new AbortController();
  abort.abort();
  const text = 'c\t1\t2\n'.repeat(300_000);
  await expect(
    IntervalDocument.open(Buffer.from(text), { name: 'a.bed', signal: abort.signal }),
  ).rejects.toThrow(/interrupted/);
});

describe('pairs', () => {
  it('on one contig are one feature, on two contigs one at each end', async () => {
    const text =
      'a\t10\t20\ta\t50\t60\tp\t3\t+\t-\na\t30\t40\tb\t5\t9\tq\t.\t+\t-\n.\t-1\t-1\tb\t1\t2\tr\t0\t.\t+\n';
    const document = await open('x.bedpe', text);
    expect(document.rows).toBe(3);
    const all = document.features({ chrom: 'a', start: 0, end: 100 }, 9).features;
    expect(
      all.map(({ row, start, end, blocks, mate }) => ({ row, start, end, blocks, mate })),
    ).toEqual([
      {
        row: 0,
        start: 10,
        end: 60,
        blocks: [
          [10, 20],
          [50, 60],
        ],
        mate: { chrom: 'a', start: 50, end: 60 },
      },
      { row: 1, start: 30, end: 40, blocks: [[30, 40]], mate: { chrom: 'b', start: 5, end: 9 } },
    ]);
    const others = document.features({ chrom: 'b', start: 0, end: 100 }, 9).features;
    expect(others).toMatchObject([
      { row: 2, start: 1, end: 2, name: 'r' },
      { row: 1, start: 5, end: 9, mate: { chrom: 'a', start: 30, end: 40 } },
    ]);
  });
});

describe('genes', () => {
  const gtf = [
    '#!genome',
    'c\ts\tgene\t1\t100\t.\t-\t.\tgene_id "g"; gene_name "G1";',
    'c\ts\ttranscript\t1\t100\t.\t-\t.\tgene_id "g"; transcript_id "t"; gene_name "G1";',
    'c\ts\texon\t61\t100\t.\t-\t.\tgene_id "g"; transcript_id "t";',
    'c\ts\texon\t1\t30\t.\t-\t.\tgene_id "g"; transcript_id "t";',
    'c\ts\tCDS\t64\t90\t.\t-\t0\tgene_id "g"; transcript_id "t";',
    'c\ts\tstop_codon\t61\t63\t.\t-\t0\tgene_id "g"; transcript_id "t";',
    'c\ts\tstart_codon\t88\t90\t.\t-\t0\tgene_id "g"; transcript_id "t";',
    'c\ts\tgene\t200\t300\t5\t+\t.\tgene_id "alone";',
    '',
  ].join('\n');

  it('of GTF are transcripts in tracks and lines in the table', async () => {
    const document = await open('a.gtf', gtf);
    expect(document.rows).toBe(8);
    expect(document.cells(0, 1)[0]?.slice(0, 5)).toEqual(['c', 's', 'gene', '1', '100']);
    const { features } = document.features({ chrom: 'c', start: 0, end: 1000 }, 10);
    expect(features).toMatchObject([
      {
        row: 1,
        name: 'G1',
        start: 0,
        end: 100,
        strand: '-',
        thickStart: 60,
        thickEnd: 90,
        blocks: [
          [0, 30],
          [60, 100],
        ],
      },
      { row: 7, name: 'alone', start: 199, end: 300, score: 5 },
    ]);
    expect(await document.view({ filter: 'gene_name=G1' })).toEqual({ count: 2 });
    expect(await document.view({ filter: 'feature=exon start>=61' })).toEqual({ count: 1 });
  });

  it('of GFF3 follow Parent, in any order, with parents that are missing', async () => {
    const text = [
      '##gff-version 3',
      '##sequence-region c 1 5000',
      'c\ts\texon\t10\t20\t.\t+\t.\tParent=t1,t2',
      'c\ts\tregion\t1\t5000\t.\t+\t.\tID=whole',
      'c\ts\tgene\t10\t90\t.\t+\t.\tID=g;Name=GENE',
      'c\ts\tmRNA\t10\t90\t.\t+\t.\tID=t1;Parent=g;Name=T1',
      'c\ts\tmRNA\t10\t60\t.\t+\t.\tID=t2;Parent=g;Name=T2',
      'c\ts\texon\t80\t90\t.\t+\t.\tParent=t1',
      'c\ts\texon\t50\t60\t.\t+\t.\tParent=t2',
      'c\ts\tCDS\t500\t560\t.\t+\t0\tParent=lost',
      'c\ts\tTF_binding_site\t600\t610\t.\t.\t.\tName=site',
      '##FASTA',
      '>c',
      'ACGT',
    ].join('\n');
    const document = await open('a.gff3', text);
    expect(document.contigs).toEqual([{ name: 'c', length: 5000 }]);
    expect(document.rows).toBe(9);
    const { features } = document.features({ chrom: 'c', start: 0, end: 5000 }, 10);
    const seen = features.map(({ name, start, end, blocks }) => [name, start, end, blocks.length]);
    expect(seen).toEqual([
      ['T2', 9, 60, 2],
      ['T1', 9, 90, 2],
      ['', 499, 560, 1],
      ['site', 599, 610, 1],
    ]);
  });
});

interface Row {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly score: number;
  readonly strand: string;
}

const row = fc
  .record({
    chrom: fc.constantFrom('c1', 'c2', 'c10'),
    start: fc.nat(400),
    length: fc.oneof(fc.nat(30), fc.constantFrom(0, 1, 300)),
    score: fc.nat(9),
    strand: fc.constantFrom('+', '-', '.'),
  })
  .map(({ length, ...rest }): Row => ({ ...rest, end: rest.start + length }));
const rows = fc.array(row, { minLength: 1, maxLength: 200 });
const region = fc
  .tuple(fc.constantFrom('c1', 'c2', 'c3'), fc.nat(420), fc.nat(100))
  .map(([chrom, start, length]) => ({ chrom, start, end: start + length + 1 }));
const textOf = (all: readonly Row[]): string =>
  all
    .map((each, i) =>
      [each.chrom, each.start, each.end, `n${String(i)}`, each.score, each.strand].join('\t'),
    )
    .join('\n');
/** A region of no bases counts as one, to be seen. */
const meets = (each: Row, at: { chrom: string; start: number; end: number }): boolean =>
  each.chrom === at.chrom && each.start < at.end && Math.max(each.end, each.start + 1) > at.start;

describe('as by definition', () => {
  it('are the features of a region and their density', async () => {
    await fc.assert(
      fc.asyncProperty(rows, region, fc.integer({ min: 1, max: 20 }), async (all, at, bins) => {
        const document = await open('a.bed', textOf(all));
        const expected = [...all.keys()].filter((i) => meets(all[i]!, at));
        const { features, total } = document.features(at, 1000);
        expect(total).toBe(expected.length);
        expect(features.map((each: Feature) => each.row).sort((a, b) => a - b)).toEqual(expected);
        const starts = features.map(({ start }) => start);
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        const width = (at.end - at.start) / bins;
        const density = Array.from({ length: bins }, (_, bin) => {
          const [from, to] = [at.start + bin * width, at.start + (bin + 1) * width];
          return expected.filter((i) => {
            const { start, end } = all[i]!;
            return start < to - 1e-9 && Math.max(end, start + 1) > from + 1e-9;
          }).length;
        });
        expect([...document.density(at, bins)]).toEqual(density);
      }),
      { numRuns: 60 },
    );
  });

  it('are views: filters, regions and stable orders', async () => {
    await fc.assert(
      fc.asyncProperty(rows, region, fc.boolean(), async (all, at, descending) => {
        const document = await open('a.bed', textOf(all));
        const { count } = await document.view({
          filter: 'score>3 strand!=+',
          region: at,
          sort: { column: 4, descending },
        });
        const sign = descending ? -1 : 1;
        const expected = [...all.keys()]
          .filter((i) => meets(all[i]!, at) && all[i]!.score > 3 && all[i]!.strand !== '+')
          .sort((a, b) => sign * (all[a]!.score - all[b]!.score) || a - b);
        expect(count).toBe(expected.length);
        expect(expected.map((_, i) => document.rowOfView(i))).toEqual(expected);
        expect(document.cells(0, count).map((cells) => cells[3])).toEqual(
          expected.map((i) => `n${String(i)}`),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('is the summary', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        const summary = await (await open('a.bed', textOf(all))).summary();
        const shares = (a: Row, b: Row): boolean =>
          a !== b && a.chrom === b.chrom && Math.max(a.start, b.start) < Math.min(a.end, b.end);
        const key = (each: Row): string =>
          [each.chrom, each.start, each.end, each.strand].join(' ');
        const lengths = all.map(({ start, end }) => end - start).sort((a, b) => a - b);
        const contigs = [...new Set(all.map(({ chrom }) => chrom))];
        expect(summary).toMatchObject({
          rows: all.length,
          overlapping: all.filter((a) => all.some((b) => shares(a, b))).length,
          duplicates: all.length - new Set(all.map(key)).size,
          sorted:
            contigs.every((name) => {
              const own = all.filter(({ chrom }) => chrom === name);
              return own.every(({ start }, i) => i === 0 || start >= own[i - 1]!.start);
            }) &&
            all.filter(({ chrom }, i) => i === 0 || chrom !== all[i - 1]!.chrom).length ===
              contigs.length,
          lengths: { min: lengths[0], max: lengths.at(-1) },
        });
        const middle = lengths.length >> 1;
        const median =
          lengths.length % 2 === 1
            ? lengths[middle]
            : (lengths[middle - 1]! + lengths[middle]!) / 2;
        expect(summary.lengths.median).toBe(median);
        const bars = summary.lengths.histogram;
        expect(bars.map(({ count }) => count)).toEqual(
          bars.map(({ from, to }) => lengths.filter((each) => each >= from && each <= to).length),
        );
        expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
        expect(summary.perContig.map(({ name }) => name)).toEqual(contigs);
      }),
      { numRuns: 80 },
    );
  });
});

describe('a filter', () => {
  it('says which columns and operators there are', async () => {
    const document = await open('a.bed', 'c\t1\t5\tTATA box\t0\t+\n');
    await expect(document.view({ filter: 'scor>5' })).rejects.toThrow(UsageError);
    await expect(document.view({ filter: 'scor>5' })).rejects.toThrow(
      /no column 'scor'.*chrom, start, end, name, score, strand, length.*Did you mean 'score'.*Operators: = /s,
    );
    await expect(document.view({ filter: 'start>many' })).rejects.toThrow(/expected a number/);
    await expect(document.view({ filter: 'name="TATA' })).rejects.toThrow(/without an end/);
  });

  it.each([
    ['name="TATA box"', 1],
    ['name~tata', 1],
    ['name!~tata', 1],
    ['box', 1],
    ['"A box"', 1],
    ['chr=c1', 1],
    ['length>=1,000', 1],
    ['score=.', 1],
    ['score<1', 1],
    ['', 2],
    ['start>=1 end<9999', 2],
    ['start>5 start<6', 0],
  ])('%s finds %d', async (filter, count) => {
    const document = await open('a.bed', 'c1\t1\t2000\tTATA box\t0.5\t+\nc2\t9\t12\tx\t.\t+\n');
    expect(await document.view({ filter })).toEqual({ count });
  });

  it('sorts contigs as people count them, what is no number last', async () => {
    const text = 'chr10\t1\t2\ta\t.\nchr2\t5\t6\tb\t7\nchr2\t1\t2\tc\t10\n';
    const document = await open('a.bed', text);
    const names = async (column: number, descending: boolean): Promise<string> => {
      const { count } = await document.view({ sort: { column, descending } });
      return document
        .cells(0, count)
        .map((cells) => cells[3])
        .join('');
    };
    expect(await names(0, false)).toBe('cba');
    expect(await names(4, false)).toBe('bca');
    expect(await names(4, true)).toBe('cba');
    expect(await names(3, true)).toBe('cba');
  });
});
