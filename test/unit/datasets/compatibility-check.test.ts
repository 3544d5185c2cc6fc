import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from 'arquero';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkInputs,
  requireInputs,
  type InputCheck,
  type InputCheckOptions,
} from '../../../kernel-lib/src/datasets/compatibility-check.ts';
import type { BedRecord } from '../../../kernel-lib/src/formats/bed.ts';

const columns = {
  id: 'id',
  chrom: 'chrom',
  strand: 'strand',
  tss: 'tss',
  target: 'y',
  features: ['gc'],
};
const good = {
  id: ['a', 'b', 'c'],
  chrom: ['chrI', 'chrI', 'chrII'],
  strand: ['+', '-', '+'],
  tss: [4, 8, 4],
  y: [1, 2, 3],
  gc: [0.1, 0.2, 0.3],
};
const bed: BedRecord[] = [
  { chrom: 'chrI', start: 4, end: 9, name: 'a', strand: '+' },
  { chrom: 'chrI', start: 5, end: 8, name: 'b', strand: '-' },
  { chrom: 'chrII', start: 4, end: 9, name: 'c', strand: '+' },
];

function rowOf(check: InputCheck, name: string) {
  return check.rows.find((row) => row.check === name);
}

describe('checkInputs', () => {
  let folder: string;
  let fasta: string;
  const run = (change: Partial<InputCheckOptions> = {}) =>
    checkInputs({
      fasta,
      bed,
      table: table(good),
      columns,
      window: { upstream: 2, downstream: 1 },
      ...change,
    });
  const withColumn = (column: object) => run({ table: table({ ...good, ...column }) });

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-check-'));
    fasta = path.join(folder, 'g.fa');
    await writeFile(fasta, '>chrI\nAACCGGTTACGTAA\n>chrII\nTTCCGTTTTTAAAA\n');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('finds nothing wrong with files that fit', async () => {
    const check = await run();
    expect(check.rows.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(check.ok).toBe(true);
    expect(rowOf(check, 'window bounds')?.found).toBe('3 windows inside');
    expect(() => {
      requireInputs(check);
    }).not.toThrow();
  });

  it('says how the FASTA calls a contig', async () => {
    const check = await run({
      bed: bed.map((record) => ({ ...record, chrom: record.chrom.replace('chr', '') })),
      table: table({ ...good, chrom: ['1', '1', '2'] }),
    });
    expect(rowOf(check, 'contigs of the BED')).toMatchObject({
      status: 'error',
      found: '2 of 2 names are not in the FASTA',
      examples: ['I (in the FASTA: chrI)', 'II (in the FASTA: chrII)'],
    });
    expect(rowOf(check, 'contigs of the table')?.examples[0]).toBe('1 (in the FASTA: chrI)');
    expect(check.ok).toBe(false);
    expect(() => {
      requireInputs(check);
    }).toThrow(/input check: 2 errors\n- contigs of the BED: .*\n- contigs of the table: /);
  });

  it('finds windows and records off their contig', async () => {
    const check = await run({
      window: { upstream: 6, downstream: 1 },
      bed: [...bed, { chrom: 'chrII', start: 10, end: 99, name: 'd', strand: '+' }],
    });
    expect(rowOf(check, 'window bounds')).toMatchObject({ status: 'error', examples: ['a', 'c'] });
    expect(rowOf(check, 'BED bounds')).toMatchObject({ status: 'error', examples: ['d'] });
    const padded = await run({ window: { upstream: 6, downstream: 1, padding: 'unknown' } });
    expect(rowOf(padded, 'window bounds')?.status).toBe('warning');
    expect(padded.ok).toBe(true);
  });

  it('finds a BED file that is not sorted, and names that occur twice', async () => {
    const unsorted = [bed[1]!, bed[0]!, bed[2]!, { ...bed[0]!, start: 7, end: 9 }];
    const check = await run({ bed: unsorted });
    expect(rowOf(check, 'BED order')).toMatchObject({ status: 'warning', examples: ['a'] });
    expect(rowOf(check, 'BED order')?.found).toMatch(/^2 records/);
    expect(rowOf(check, 'names of the BED')).toMatchObject({ status: 'warning', examples: ['a'] });
  });

  it.each([
    ['names of the table', { id: ['a', 'a', 'c'] }, 'error', /^1 names occur more/, ['a']],
    ['strands of the table', { strand: ['+', '.', '1'] }, 'error', /^2 with '\.', '1'/, ['b', 'c']],
    ['transcription starts', { tss: [4, null, 2.5] }, 'error', /^2 missing/, ['b', 'c']],
    ["target 'y'", { y: [1, Infinity, 'x'] }, 'error', /^2 values are infinite/, ['b', "c: 'x'"]],
    ["target 'y'", { y: ['0.5', 'abc', '1'] }, 'error', /^1 value is infinite/, ["b: 'abc'"]],
    ["target 'y', missing", { y: [1, null, NaN] }, 'error', /^2 genes without/, ['b', 'c']],
    ["target 'y', spread", { y: [1, 1, 1] }, 'error', /one and the same/, []],
    ["feature 'gc', missing", { gc: [1, null, 2] }, 'warning', /^1 gene without/, ['b']],
    ["feature 'gc', spread", { gc: [1, 1, 1] }, 'warning', /one and the same/, []],
    ['genes of the table', { id: ['a', 'b', 'x'] }, 'warning', /^1 of 3 are not in/, ['x']],
    ['transcripts of the BED', { id: ['a', 'b', 'x'] }, 'warning', /^1 of 3/, ['c']],
    ['starts in table and BED', { tss: [4, 8, 5] }, 'warning', /^1 of 3 shared/, ['c']],
  ])('%s: %j', async (name, column, status, found, examples) => {
    const row = rowOf(await withColumn(column), name);
    expect(row).toMatchObject({ status, examples });
    expect(row?.found).toMatch(found);
  });

  it('lets genes without target pass where they are to be dropped', async () => {
    const holed = table({ ...good, y: [1, null, 2] });
    const check = await run({ table: holed, missingTarget: 'drop' });
    expect(rowOf(check, "target 'y', missing")?.status).toBe('warning');
    expect(check.ok).toBe(true);
  });

  it('finds equal windows in different parts of the split', async () => {
    // chrI [2, 5) and chrII [2, 5) are both CCG.
    const split = { by: 'chromosome', test: ['chrII'] } as const;
    expect(rowOf(await run({ split }), 'duplicates across the split')).toMatchObject({
      status: 'warning',
      examples: ['a = c'],
    });
    const wrong = await run({ split: { by: 'chromosome', test: ['chrIII'] } });
    expect(rowOf(wrong, 'split')).toMatchObject({ status: 'error' });
    expect(rowOf(wrong, 'split')?.found).toMatch(/'chrIII', which no example has/);
  });

  it('names missing columns and the nearest', async () => {
    const check = await run({ columns: { ...columns, target: 'yy', strand: 'strnd' } });
    expect(rowOf(check, 'columns of the table')).toMatchObject({
      status: 'error',
      examples: ['strnd', 'yy'],
    });
    expect(rowOf(check, 'columns of the table')?.expected).toMatch(/Did you mean 'strand'/);
  });

  it('makes a row of a file that cannot be read, and checks the rest', async () => {
    const check = await run({ bed: path.join(folder, 'missing.bed') });
    expect(rowOf(check, 'reading the BED')).toMatchObject({ status: 'error' });
    expect(rowOf(check, 'reading the BED')?.found).toMatch(/missing\.bed/);
    expect(rowOf(check, 'names of the table')?.status).toBe('ok');
    expect(check.ok).toBe(false);
  });

  it('looks at BED alone', async () => {
    const check = await checkInputs({ fasta, bed, window: { upstream: 5, downstream: 1 } });
    expect(rowOf(check, 'window bounds')).toMatchObject({ status: 'error', examples: ['a', 'c'] });
  });

  it('refuses a table without columns, and unknown options', async () => {
    await expect(run({ columns: undefined })).rejects.toThrow(/a table without columns/);
    await expect(run({ windw: {} } as Partial<InputCheckOptions>)).rejects.toThrow(/'window'/);
  });
});

describe('checkInputs on yeast', () => {
  const data = fileURLToPath(new URL('../../../notebooks/data/yeast_R64/', import.meta.url));

  it('finds what is known of the data', async () => {
    const check = await checkInputs({
      fasta: `${data}sacCer3.fa.gz`,
      bed: `${data}sacCer3_transcripts.bed`,
      table: `${data}yeast_promoter_expression.tsv.gz`,
      columns: {
        id: 'gene_id',
        bedName: 'gene_name',
        chrom: 'chrom',
        strand: 'strand',
        tss: 'tss',
        target: 'fpkm',
      },
      split: { by: 'chromosome', test: ['chrIV', 'chrX'], validation: ['chrVII'] },
    });
    expect(check.ok).toBe(true);
    expect(rowOf(check, 'genes of the table')?.found).toBe('90 of 5,811 are not in the BED');
    // 5,552 of the 5,721 genes that both have agree.
    expect(rowOf(check, 'starts in table and BED')?.found).toBe('169 of 5,721 shared genes differ');
    expect(rowOf(check, 'duplicates across the split')).toMatchObject({
      found: '3 sequences stand in more than one part',
      examples: ['YIL177C = YJL225C', 'YIL176C = YJL223C', 'YIL173W = YJL222W'],
    });
  });
});
