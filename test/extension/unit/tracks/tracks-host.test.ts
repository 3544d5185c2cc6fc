import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IntervalDocument } from '../../../../extension/src/tracks/interval-document.ts';
import { ContigNames } from '../../../../extension/src/tracks/tracks-contigs.ts';
import { exportRows } from '../../../../extension/src/tracks/tracks-export.ts';
import { TracksGenome } from '../../../../extension/src/tracks/tracks-genome.ts';
import { locate } from '../../../../extension/src/tracks/tracks-locate.ts';
import { positionOf, rowDetails, rowNamed } from '../../../../extension/src/tracks/tracks-rows.ts';
import { TrackSource, trackKind } from '../../../../extension/src/tracks/tracks-source.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-tracks-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const yeast = path.join(import.meta.dirname, '../../../../notebooks/data/yeast_R64');
const transcripts = path.join(yeast, 'sacCer3_transcripts.bed');

describe('locate', () => {
  const contigs = [
    { name: 'chrI', length: 230_218 },
    { name: 'chrII', length: 813_184 },
  ];
  const names = new ContigNames(contigs);
  const places = {
    contigs,
    names,
    chrom: 'chrI',
    lengthOf: (name: string) => names.lengthOf(name),
  };

  it('takes regions, places and contigs, by other names, too', () => {
    expect(locate('chrII:1,001-2,000', places)).toEqual({ chrom: 'chrII', start: 1000, end: 2000 });
    expect(locate('2:1,001-2,000', places)).toEqual({ chrom: 'chrII', start: 1000, end: 2000 });
    expect(locate('1,001-2,000', places)).toEqual({ chrom: 'chrI', start: 1000, end: 2000 });
    expect(locate(' chrII ', places)).toEqual({ chrom: 'chrII', start: 0, end: 813_184 });
    expect(locate('chrI:500', places)).toEqual({ chrom: 'chrI', start: 449, end: 549 });
    expect(locate('chrI:1', places)).toEqual({ chrom: 'chrI', start: 0, end: 51 });
    expect(locate('chrI:230,000-999,999', places)).toEqual({
      chrom: 'chrI',
      start: 229_999,
      end: 230_218,
    });
  });

  it('leaves other texts to be looked for among names', () => {
    expect(locate('YAL069W', places)).toBeUndefined();
    expect(locate('gene:x', places)).toBeUndefined();
  });

  it('says what is wrong with a region', () => {
    expect(() => locate('chrX:1-100', places)).toThrow(/chrX/);
    expect(() => locate('chrI:300,000-300,100', places)).toThrow(/behind the end of chrI/);
    expect(() => locate('chrI:20-10', places)).toThrow(/before first base/);
  });
});

describe('ContigNames', () => {
  it('finds the same chromosome in another naming, but not one of two', () => {
    const names = new ContigNames([
      { name: '1', length: 10 },
      { name: 'MT', length: 5 },
    ]);
    expect(names.find('chr1')).toBe('1');
    expect(names.find('chrM')).toBe('MT');
    expect(names.find('chr2')).toBeUndefined();
    expect(names.lengthOf('chr1')).toBe(10);
    expect(names.lengthOf('chr2')).toBe(0);
  });
});

describe('rows of a document', () => {
  it('are found again in a sorted and filtered table', async () => {
    const document = await IntervalDocument.open(transcripts, { name: 'sacCer3_transcripts.bed' });
    const row = await rowNamed(document, 'seo1');
    expect(row).toBe(2);
    expect(await positionOf(document, row, document.rows)).toBe(2);
    const { count } = await document.view({
      filter: 'chrom=chrI',
      sort: { column: 1, descending: true },
    });
    const position = await positionOf(document, row, count);
    expect(document.rowOfView(position)).toBe(row);
    const details = rowDetails(document, row, position);
    expect(details).toMatchObject({
      row,
      line: 3,
      name: 'SEO1',
      strand: '-',
      region: { chrom: 'chrI', start: 7012, end: 9049 },
    });
    expect(details.cells.slice(0, 4).map(({ value }) => value)).toEqual([
      'chrI',
      '7012',
      '9049',
      'SEO1',
    ]);
    await document.view({ filter: 'chrom=chrII' });
    expect(await positionOf(document, row, 439)).toBe(-1);
    await expect(rowNamed(document, 'no such gene')).rejects.toThrow(/no region, contig or name/);
    document.close();
  });
});

describe('exportRows', () => {
  const rowsOf = (document: IntervalDocument, source: string, count: number) => ({
    source,
    count,
    line: (position: number) => document.row(document.rowOfView(position)).line,
    cells: (from: number, to: number) => document.cells(from, to),
  });

  it('writes filtered lines as they stand in the file, with its header', async () => {
    const text = [
      'track name="a b" color=1,2,3',
      '# a comment',
      'chr1\t10\t20\t<img src=x onerror=alert(1)>\t5\t+',
      'chr2\t1\t9\tb\t7\t-',
      '# in the middle',
      'chr1\t30\t40\tlong \t9\t.',
      '',
    ].join('\n');
    const source = path.join(folder, 'in.bed.gz');
    await writeFile(source, gzipSync(text));
    const document = await IntervalDocument.open(source, { name: 'in.bed.gz' });
    const { count } = await document.view({ filter: 'chrom=chr1' });
    const target = path.join(folder, 'out.bed');
    expect(await exportRows(target, rowsOf(document, source, count))).toBe(2);
    const lines = text.split('\n');
    expect(await readFile(target, 'utf8')).toBe(
      [lines[0], lines[1], lines[2], lines[5], ''].join('\n'),
    );
    await document.view({ sort: { column: 1, descending: true } });
    await exportRows(target, rowsOf(document, source, 3));
    const sorted = (await readFile(target, 'utf8')).trimEnd().split('\n');
    expect(sorted.slice(2).map((line) => line.split('\t')[1])).toEqual(['30', '10', '1']);
  });

  it('writes all of the yeast transcripts back byte for byte', async () => {
    const document = await IntervalDocument.open(transcripts, { name: 'x.bed' });
    const target = path.join(folder, 'all.bed');
    const seen: number[] = [];
    await exportRows(target, rowsOf(document, transcripts, document.rows), {
      progress: ({ done }) => seen.push(done),
    });
    expect(await readFile(target, 'utf8')).toBe(await readFile(transcripts, 'utf8'));
    expect(seen.at(-1)).toBe(document.rows);
  });

  it('leaves nothing behind when it is stopped or the file got shorter', async () => {
    const document = await IntervalDocument.open(transcripts, { name: 'x.bed' });
    const abort = new AbortController();
    abort.abort();
    const target = path.join(folder, 'none', 'out.bed');
    const rows = rowsOf(document, transcripts, document.rows);
    await expect(exportRows(target, rows, { signal: abort.signal })).rejects.toThrow('interrupted');
    const short = path.join(folder, 'short.bed');
    await writeFile(short, 'chrI\t1\t2\n');
    await expect(exportRows(target, { ...rows, source: short })).rejects.toThrow(/changed/);
    expect(await readdir(folder)).not.toContain('none');
  });
});

describe('TrackSource', () => {
  it('draws features, their density and what it has none of', async () => {
    const source = await TrackSource.open(transcripts, undefined, {});
    const few = await source.draw({ chrom: '1', start: 0, end: 10_000 }, 800);
    if (few.kind !== 'features') throw new Error(few.kind);
    expect(few.features.map(({ name }) => name)).toEqual(['YAL069W', 'PAU8', 'SEO1']);
    expect(await source.draw({ chrom: 'chr99', start: 0, end: 10 }, 10)).toEqual({
      kind: 'absent',
    });
    await source.close();
  });

  it('draws a bedGraph file as signal', async () => {
    const file = path.join(folder, 'a.bedGraph');
    await writeFile(file, 'chr1\t0\t50\t1\nchr1\t50\t100\t3\n');
    const source = await TrackSource.open(file, undefined, {});
    const signal = await source.draw({ chrom: 'chr1', start: 0, end: 100 }, 2);
    if (signal.kind !== 'signal') throw new Error(signal.kind);
    expect(Array.from(signal.mean)).toEqual([1, 3]);
    await source.close();
  });

  it('draws too many features as density', async () => {
    const file = path.join(folder, 'many.bed');
    const lines = Array.from(
      { length: 9000 },
      (_, i) => `chr1\t${String(i * 10)}\t${String(i * 10 + 5)}\n`,
    );
    await writeFile(file, lines.join(''));
    const source = await TrackSource.open(file, undefined, {});
    const drawing = await source.draw({ chrom: 'chr1', start: 0, end: 90_000 }, 9);
    if (drawing.kind !== 'density') throw new Error(drawing.kind);
    expect(drawing.total).toBe(9000);
    expect(Array.from(drawing.counts)).toEqual(Array(9).fill(1000));
    await source.close();
  });

  it('knows formats by their endings', () => {
    expect(['a.bw', 'a.bigWig', 'a.bb', 'a.bed.gz', 'a.gtf'].map(trackKind)).toEqual([
      'signal',
      'signal',
      'bigBed',
      'intervals',
      'intervals',
    ]);
  });
});

describe('TracksGenome', () => {
  it('gives bases by any name of a contig, N behind its end, none of an unknown one', async () => {
    const genome = await TracksGenome.open(path.join(yeast, 'sacCer3.fa.gz'));
    expect(await genome.bases({ chrom: '1', start: 0, end: 12 })).toBe('CCACACCACACC');
    const { length } = genome.contigs.find(({ name }) => name === 'chrI')!;
    expect(await genome.bases({ chrom: 'chrI', start: length - 1, end: length + 2 })).toMatch(
      /^[ACGT]NN$/,
    );
    expect(await genome.bases({ chrom: 'chrZ', start: 0, end: 12 })).toBe('');
    await genome.close();
  });

  it('says that the file is not there', async () => {
    await expect(TracksGenome.open(path.join(folder, 'none.fa'))).rejects.toThrow(/no such file/);
  });
});
