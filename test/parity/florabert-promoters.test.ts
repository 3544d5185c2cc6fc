import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractPromoters } from '../../kernel-lib/src/preparation/promoter-extraction.ts';
import { writePromoters } from '../../kernel-lib/src/preparation/promoter-file.ts';

interface Golden {
  readonly fasta: string;
  readonly gff3: string;
  readonly regulatory_len: number;
  readonly final: string;
  readonly out_fasta: string;
}

const golden = JSON.parse(
  readFileSync(
    path.join(import.meta.dirname, 'golden', 'florabert', 'florabert_promoters_bedtools.json'),
    'utf8',
  ),
) as Golden;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-promoters-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('promoters equal those of bedtools 2.30 and the original choice of fragments', async () => {
  const { promoters, report } = await extractPromoters({
    genome: Buffer.from(golden.fasta),
    annotation: Buffer.from(golden.gff3),
    upstream: golden.regulatory_len,
  });
  const file = path.join(folder, 'promoters.fa');
  await writePromoters(file, promoters);
  expect(await readFile(file, 'utf8')).toBe(golden.out_fasta);

  const intervals = golden.final
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .map((fields) => [fields[0], fields[2], Number(fields[3]) - 1, Number(fields[4]), fields[6]]);
  expect(
    promoters.map(({ chrom, gene, start, end, strand }) => [chrom, gene, start, end, strand]),
  ).toEqual(intervals);

  // What the original drops without a word.
  expect(report).toEqual({
    genes: 12,
    promoters: 9,
    withoutUpstream: ['g4', 'g5'],
    tooShort: [],
    withoutStrand: ['g12'],
    repeatedIds: [],
    missingContigs: [],
  });
});
