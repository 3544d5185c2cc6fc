import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from 'arquero';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { promoterExpressionDataset } from '../../../kernel-lib/src/datasets/promoter-expression-dataset.ts';
import {
  mrnaFeatures,
  type PromoterExpressionOptions,
} from '../../../kernel-lib/src/datasets/promoter-expression-options.ts';
import { openFasta } from '../../../kernel-lib/src/formats/fasta.ts';
import { readTable } from '../../../kernel-lib/src/formats/table.ts';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';

const columns = { id: 'id', chrom: 'chrom', strand: 'strand', tss: 'tss' };
const genes = table({
  id: ['a', 'b', 'c', 'd'],
  chrom: ['chrI', 'chrI', 'chrII', 'chrII'],
  strand: ['+', '-', '+', '-'],
  tss: [4, 8, 4, 8],
  fpkm: [0, 9.9, 99.9, null],
  length: [10, 100, null, 1],
  gc: [0.2, 0.4, null, 0.9],
});

describe('promoterExpressionDataset', () => {
  let folder: string;
  let base: PromoterExpressionOptions;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-promoters-'));
    const fasta = path.join(folder, 'g.fa');
    await writeFile(fasta, '>chrI\nAACCGGTTACGTAA\n>chrII\nTTTTGGGGCCCCAA\n');
    base = {
      genome: fasta,
      table: genes,
      columns,
      upstream: 2,
      downstream: 1,
      features: [
        { column: 'length', transform: 'log10', pseudocount: 0.1, missing: 'zero' },
        { column: 'gc' },
      ],
      target: { column: 'fpkm', transform: 'log10', pseudocount: 0.1, missing: 'drop' },
      split: { by: 'chromosome', test: ['chrII'] },
      maxShift: 1,
    };
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('cuts windows, scales features on train, and transforms the target', async () => {
    const data = await promoterExpressionDataset(base);
    expect(data.dropped).toEqual(['d']);
    expect(data.dataset.ids).toEqual(['a', 'b', 'c']);
    expect(data.train.ids).toEqual(['a', 'b']);
    expect(data.test.ids).toEqual(['c']);
    expect(data.validation.length).toBe(0);
    expect(data.table.array('split')).toEqual(['train', 'train', 'test']);
    const windows = [0, 1, 2].map((i) =>
      decodeTokens(data.dataset.example(i).inputs['promoter'] as Uint8Array),
    );
    // + [2, 5) of chrI; − [7, 10) = TAC, reversed and complemented; + [2, 5) of chrII.
    expect(windows).toEqual(['CCG', 'GTA', 'TTG']);
    expect(data.intervals[1]).toMatchObject({ chrom: 'chrI', start: 7, end: 10, strand: '-' });
    const half = [0, 1, 2].map((i) => [...data.dataset.example(i).inputs['half_life']!]);
    expect(half[0]?.[1]).toBeCloseTo(-1, 6);
    expect(half[1]?.[1]).toBeCloseTo(1, 6);
    // Missing length stands for 0 bases, missing GC for the mean of training.
    const [low, high] = [Math.log10(10.1), Math.log10(100.1)];
    const scaled = (Math.log10(0.1) - (low + high) / 2) / ((high - low) / 2);
    expect(half[2]?.[0]).toBeCloseTo(scaled, 5);
    expect(half[2]?.[1]).toBe(0);
    expect(data.dataset.inputs['half_life']?.names).toEqual(['length', 'gc']);
    expect(data.scaler?.names).toEqual(['length', 'gc']);
    expect([...data.observed].map((y) => Number(y.toFixed(9)))).toEqual([-1, 1, 2]);
    expect(data.trainMean).toBeCloseTo(0, 12);
    expect(data.dataset.targetNames).toEqual(['log10_fpkm']);
    expect(data.targetTransform.inverse([2])[0]).toBeCloseTo(99.9, 9);
  });

  it('shifts into bases of the genome, in the direction of transcription', async () => {
    const data = await promoterExpressionDataset(base);
    const random = new Random(1);
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      seen.add(decodeTokens(data.dataset.example(1, random).inputs['promoter'] as Uint8Array));
    }
    // [6, 11) of chrI is TTACG; its reverse complement CGTAA.
    expect([...seen].sort()).toEqual(['CGT', 'GTA', 'TAA']);
  });

  it('works without features, standardised, with a split of the caller', async () => {
    const data = await promoterExpressionDataset({
      ...base,
      features: undefined,
      target: { ...base.target, standardise: true, name: 'expression' },
      split: {
        train: Uint32Array.of(0, 2),
        validation: Uint32Array.of(1),
        test: new Uint32Array(0),
      },
    });
    expect(Object.keys(data.dataset.inputs)).toEqual(['promoter']);
    expect(data.scaler).toBeUndefined();
    expect(data.dataset.targetNames).toEqual(['expression']);
    expect(data.train.targetColumn()[0]).toBeCloseTo(-1, 6);
    expect(data.train.targetColumn()[1]).toBeCloseTo(1, 6);
    expect(data.observed[1]).toBeCloseTo(1, 9);
  });

  it('sees a filtered and sorted table as it is seen', async () => {
    const data = await promoterExpressionDataset({
      ...base,
      table: genes.filter((row: { tss: number }) => row.tss === 4).orderby('gc'),
      split: { by: 'chromosome', test: ['chrII'] },
    });
    expect([...data.dataset.ids].sort()).toEqual(['a', 'c']);
    const at = data.dataset.ids.indexOf('c');
    expect(data.observed[at]).toBeCloseTo(2, 9);
    expect(data.table.array('split')[at]).toBe('test');
  });

  it.each([
    ['a missing target', { target: { column: 'fpkm' } }, /1 genes without a value \(d\).*'drop'/],
    ['a mistyped column', { target: { column: 'fpmk' } }, /no column 'fpmk'.*'fpkm'/],
    ['an unknown option', { maxshift: 1 }, /unknown option 'maxshift'.*'maxShift'/],
    ['an unknown word', { padding: 'unkown' }, /'unkown'.*'unknown'/],
    ['a window off the contig', { upstream: 5 }, /2 that reach beyond.*\(a, c\).*padding/],
    ['a contig by another name', { table: genes.derive({ chrom: () => '1' }) }, /'1'.*'chrI'/],
    ['an id twice', { table: genes.derive({ id: () => 'x' }) }, /1 names that occur before \(x\)/],
    ['a gene without strand', { table: genes.derive({ strand: () => '.' }) }, /of a: strand '\.'/],
    ['an unknown split', { split: { by: 'chromosomes' } }, /'chromosomes'.*'chromosome'/],
    ['an unknown option of a split', { split: { by: 'random', sed: 1 } }, /'sed'.*'seed'/],
    [
      'a logarithm of 0',
      { target: { column: 'fpkm', transform: 'log2', missing: 'drop' } },
      /0, of/,
    ],
  ])('explains %s', async (_, change, message) => {
    const options = { ...base, ...change } as PromoterExpressionOptions;
    await expect(promoterExpressionDataset(options)).rejects.toThrow(message);
  });

  it('pads windows with unknown bases when asked to', async () => {
    const data = await promoterExpressionDataset({ ...base, upstream: 5, padding: 'unknown' });
    const window = data.dataset.example(0).inputs['promoter'] as Uint8Array;
    expect(decodeTokens(window)).toBe('NAACCG');
  });

  it.each([
    [{ by: 'column', column: 'part' }, ['a'], ['b'], ['c']],
    [{ by: 'cluster', column: 'chrom', fractions: { test: 0.4 }, seed: 1 }, ['a', 'b'], [], ['c']],
    [{ by: 'similarity', k: 4, fractions: { test: 0.34 }, seed: 1 }, 2, 0, 1],
    [{ by: 'random', fractions: { test: 0.34 }, seed: 1 }, 2, 0, 1],
    [{ by: 'blocks', blockSize: 20, fractions: { test: 0.34 }, seed: 1 }, ['a', 'b'], [], ['c']],
  ])('splits as described: %j', async (split, train, validation, test) => {
    const data = await promoterExpressionDataset({
      ...base,
      table: genes.assign({ part: ['train', 'val', 'test', 'train'] }),
      split: split as PromoterExpressionOptions['split'],
    });
    for (const [part, expected] of [
      [data.train, train],
      [data.validation, validation],
      [data.test, test],
    ] as const) {
      if (typeof expected === 'number') expect(part.length).toBe(expected);
      else expect(part.ids).toEqual(expected);
    }
  });

  it('refuses a split of its own that does not fit', async () => {
    const split = {
      train: Uint32Array.of(0, 1),
      validation: Uint32Array.of(1),
      test: Uint32Array.of(2),
    };
    await expect(promoterExpressionDataset({ ...base, split })).rejects.toThrow(
      /example 1, which is already in train/,
    );
  });
});

describe('promoterExpressionDataset on yeast', () => {
  const data = fileURLToPath(new URL('../../../notebooks/data/yeast_R64/', import.meta.url));

  it('cuts all 5,811 promoters as the table has them', async () => {
    const genome = await openFasta(`${data}sacCer3.fa.gz`);
    const rows = await readTable(`${data}yeast_promoter_expression.tsv.gz`);
    const { dataset, observed, train, validation, test } = await promoterExpressionDataset({
      genome,
      table: rows,
      columns: { id: 'gene_id', chrom: 'chrom', strand: 'strand', tss: 'tss' },
      features: mrnaFeatures,
      target: { column: 'fpkm', transform: 'log10', pseudocount: 0.1 },
      split: { by: 'chromosome', test: ['chrIV', 'chrX'], validation: ['chrVII'] },
      maxShift: 20,
    });
    // The genome stays open for its owner.
    await genome.fetch({ chrom: 'chrI', start: 0, end: 10 });
    genome.close();
    expect([train.length, validation.length, test.length]).toEqual([4190, 528, 1093]);
    const promoters = rows.array('promoter_m1000_p500') as string[];
    const logs = rows.array('log10_fpkm') as number[];
    let equal = 0;
    for (const [row, promoter] of promoters.entries()) {
      const tokens = dataset.example(row).inputs['promoter'] as Uint8Array;
      if (Buffer.compare(tokens, encodeSequence(promoter)) === 0) equal++;
      // The table has five decimals.
      expect(Math.abs(observed[row]! - logs[row]!)).toBeLessThan(1e-5);
    }
    expect(equal).toBe(5811);
  });
});
