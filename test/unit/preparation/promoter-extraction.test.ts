import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import {
  extractPromoters,
  type ExtractPromotersOptions,
} from '../../../kernel-lib/src/preparation/promoter-extraction.ts';
import { lettersOnStrand } from '../../../kernel-lib/src/preparation/promoter-extraction-fasta.ts';

interface TestGene {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly strand: string;
  readonly attributes: string;
  readonly type?: string;
}

/** A GFF3 of genes with 0-based, half-open places. */
function gff(genes: readonly TestGene[]): Buffer {
  const lines = genes.map(({ chrom, start, end, strand, attributes, type = 'gene' }) =>
    [chrom, 'test', type, start + 1, end, '.', strand, '.', attributes].join('\t'),
  );
  return Buffer.from(`##gff-version 3\n${lines.join('\n')}\n`);
}

const gene = (
  start: number,
  end: number,
  strand: string,
  id: string,
  chrom = 'chr1',
): TestGene => ({ chrom, start, end, strand, attributes: `ID=${id}` });

const genome = Buffer.from('>chr1 first\nACGTACGTAC\nGGGGGCCCCC\nTTTTTAAAAA\n>chr2\nACGTN\n');

const extract = (
  genes: readonly TestGene[],
  options: Partial<ExtractPromotersOptions> = {},
): ReturnType<typeof extractPromoters> =>
  extractPromoters({ genome, annotation: gff(genes), upstream: 5, ...options });

const names = async (...args: Parameters<typeof extract>): Promise<string[]> =>
  (await extract(...args)).promoters.map(({ name }) => name);

describe('extractPromoters', () => {
  test('clips at the ends of the contig and reads minus genes backwards', async () => {
    const { promoters } = await extract([gene(3, 8, '+', 'a'), gene(20, 28, '-', 'b')]);
    expect(promoters).toEqual([
      {
        gene: 'a',
        name: 'a::chr1:0-3(+)',
        chrom: 'chr1',
        start: 0,
        end: 3,
        strand: '+',
        sequence: 'ACG',
      },
      {
        gene: 'b',
        name: 'b::chr1:28-30(-)',
        chrom: 'chr1',
        start: 28,
        end: 30,
        strand: '-',
        sequence: 'TT',
      },
    ]);
  });

  test('cuts out other genes and keeps the piece nearest to the gene', async () => {
    const genes = [gene(10, 15, '+', 'a'), gene(7, 8, '-', 'b')];
    expect(await names(genes)).toEqual(['a::chr1:8-10(+)', 'b::chr1:8-10(-)']);
    expect(await names(genes, { subtract: 'nothing' })).toEqual([
      'a::chr1:5-10(+)',
      'b::chr1:8-13(-)',
    ]);
  });

  test('steps over a gene that reaches into the promoter from the start', async () => {
    expect(await names([gene(10, 15, '+', 'a'), gene(8, 20, '+', 'b')])).toEqual([
      'a::chr1:5-8(+)',
      'b::chr1:3-8(+)',
    ]);
  });

  test('says which genes have no promoter, and why', async () => {
    const { report } = await extract(
      [
        gene(0, 4, '+', 'edge'),
        gene(10, 12, '.', 'strandless'),
        gene(6, 9, '+', 'short'),
        gene(25, 30, '-', 'end'),
        gene(16, 18, '+', 'twice'),
        gene(20, 22, '+', 'twice'),
      ],
      { minimumLength: 3 },
    );
    expect(report).toEqual({
      genes: 6,
      promoters: 1,
      withoutUpstream: ['edge', 'end'],
      tooShort: ['short'],
      withoutStrand: ['strandless'],
      repeatedIds: ['twice'],
      missingContigs: [],
    });
  });

  test('repeated ids can be an error', async () => {
    const genes = [gene(5, 6, '+', 'a'), gene(10, 12, '+', 'a')];
    await expect(extract(genes, { repeatedIds: 'error' })).rejects.toThrow(
      /the gene id 'a' for a second time/,
    );
  });

  test('a contig that the genome does not have: its nearest name, or a count', async () => {
    const genes = [gene(5, 6, '+', 'a'), gene(2, 4, '+', 'b', '1'), gene(2, 4, '.', 'c', '1')];
    await expect(extract(genes)).rejects.toThrow(
      /no contig '1'.* 1 such contigs with 2 of 3 genes.*Did you mean 'chr1'.*missingContigs: 'skip'/,
    );
    const { promoters, report } = await extract(genes, { missingContigs: 'skip' });
    expect(promoters).toHaveLength(1);
    expect(report.missingContigs).toEqual([{ contig: '1', genes: 2 }]);
    expect(report.withoutStrand).toEqual([]);
    await expect(extract(genes.slice(1), { missingContigs: 'skip' })).rejects.toThrow(
      /no contig '1'/,
    );
  });

  test('a gene beyond the end of its contig is of another assembly', async () => {
    await expect(extract([gene(28, 31, '+', 'a')])).rejects.toThrow(
      /gene 'a' up to base 31 of chr1, which has 30/,
    );
  });

  test('an annotation without genes says what it has', async () => {
    const exon = { ...gene(2, 3, '+', 'a'), type: 'exon' };
    await expect(extract([exon, exon])).rejects.toThrow(
      /no feature of the type gene, but exon \(2\)/,
    );
    await expect(extract([])).rejects.toThrow(/no feature of the type gene/);
    const bed = Buffer.from('chr1\t1\t2\tname\t0\t+\n');
    await expect(extract([], { annotation: bed })).rejects.toThrow(/line 1: 6 columns.*readBed/);
    expect(await names([exon], { types: ['exon'] })).toEqual(['a::chr1:0-2(+)']);
  });

  test.each([
    ['auto', 'ID=gene:Zm1;biotype=x', 'Zm1'],
    ['auto', 'ID=gene-LOC1;Name=x', 'LOC1'],
    ['auto', 'ID=gene:Zm1;gene_id=Zm2', 'Zm2'],
    ['ensembl', 'ID=gene:Zm1', 'Zm1'],
    ['refseq', 'ID=gene-LOC1;Dbxref=Araport:AT1,GeneID:100191;Name=x', '100191'],
    ['maizegdb', 'ID=gene:Zm1', 'gene:Zm1'],
    [{ attribute: 'locus_tag', prefix: 'X_' }, 'ID=a;locus_tag=X_7', '7'],
  ] as const)('gene ids: %j of %s', async (geneId, attributes, id) => {
    const [promoter] = (await extract([{ ...gene(5, 6, '+', ''), attributes }], { geneId }))
      .promoters;
    expect(promoter?.gene).toBe(id);
  });

  test('gene ids of GTF', async () => {
    const annotation = Buffer.from(
      'chr1\tx\tgene\t6\t9\t.\t+\t.\tgene_id "G1"; gene_name "n";\nchr1\tx\texon\t6\t9\t.\t+\t.\tgene_id "G1";\n',
    );
    for (const geneId of ['auto', 'gtf'] as const) {
      const { promoters } = await extractPromoters({ genome, annotation, upstream: 2, geneId });
      expect(promoters.map(({ name }) => name)).toEqual(['G1::chr1:3-5(+)']);
    }
  });

  test('a gene without the attribute is named by its line', async () => {
    await expect(extract([gene(5, 6, '+', 'a')], { geneId: 'refseq' })).rejects.toThrow(
      /line 2, column 9 \(attributes\): a gene without an id by the layout 'refseq'; its attributes: ID/,
    );
    await expect(extract([gene(5, 6, '+', 'a%20b')])).rejects.toThrow(/the gene id 'a b'/);
  });

  test('wrong options are usage errors', async () => {
    const genes = [gene(5, 6, '+', 'a')];
    await expect(extract(genes, { upstream: 0 })).rejects.toThrow(/option upstream: 0/);
    await expect(extract(genes, { types: [] })).rejects.toThrow(/option types/);
    await expect(extract(genes, { geneId: 'ensemble' as 'ensembl' })).rejects.toThrow(
      /Did you mean 'ensembl'/,
    );
    await expect(extract(genes, { upsteam: 4 } as object)).rejects.toThrow(
      /Did you mean 'upstream'/,
    );
  });

  test('genomes that are none', async () => {
    const genes = [gene(5, 6, '+', 'a')];
    const use = (text: string) => extract(genes, { genome: Buffer.from(text) });
    await expect(use('')).rejects.toThrow(/the file is empty/);
    await expect(use('ACGT\n')).rejects.toThrow(/not a FASTA/);
    await expect(use('>chr1\nACGT\n>chr1\nAC\n')).rejects.toThrow(/the name 'chr1' for a second/);
    await expect(use('>chr1\nAEGTA\nACGT\n')).rejects.toThrow(/the letter "E" at base 1/);
    await expect(use(`>${'x'.repeat(3_000_000)}`)).rejects.toThrow(/not a FASTA/);
  });

  test('an abort stops it', async () => {
    await expect(extract([gene(5, 6, '+', 'a')], { signal: AbortSignal.abort() })).rejects.toThrow(
      /interrupted/,
    );
  });
});

test('the reverse complement keeps case and ambiguity codes, as bedtools 2.30 does', () => {
  const letters = 'ACGTUacgtuRYKMBVDHSWNXrykmbvdhswnx';
  expect(lettersOnStrand(letters, '-', '')).toBe('xnwsdhbvkmryXNWSDHBVKMRYaacgtAACGT');
  expect(lettersOnStrand(letters, '+', '')).toBe(letters);
});

/** Promoters base by base, as the definition has them. */
function slowly(sequence: string, genes: readonly TestGene[], upstream: number): string[] {
  const taken = new Set<number>();
  for (const { start, end } of genes) for (let i = start; i < end; i++) taken.add(i);
  return genes.flatMap(({ start, end, strand, attributes }) => {
    const step = strand === '-' ? 1 : -1;
    const first = strand === '-' ? end : start - 1;
    const places: number[] = [];
    for (let i = 0; i < upstream; i++) {
      const place = first + step * i;
      if (place < 0 || place >= sequence.length) break;
      if (!taken.has(place)) places.push(place);
      else if (places.length > 0) break;
    }
    if (places.length === 0) return [];
    const low = Math.min(...places);
    const high = Math.max(...places) + 1;
    return [
      `${attributes.slice(3)}::c:${String(low)}-${String(high)}(${strand}) ${lettersOnStrand(sequence.slice(low, high), strand === '-' ? '-' : '+', '')}`,
    ];
  });
}

test('promoters of random genes are those of the definition, however the FASTA is laid out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom(...'ACGTacgtN'), minLength: 1, maxLength: 120 }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 25 }), fc.boolean()), {
        minLength: 1,
        maxLength: 15,
      }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (sequence, places, upstream, width, lineEnd, zip) => {
        const genes = places.map(([at, length, plus], index) => {
          const start = at % sequence.length;
          const end = Math.min(sequence.length, start + length);
          return gene(start, end, plus ? '+' : '-', `g${String(index)}`, 'c');
        });
        const lines = sequence.match(new RegExp(`.{1,${String(width)}}`, 'g')) ?? [];
        const text = Buffer.from(['>other', 'ACGT', '>c', ...lines, ''].join(lineEnd));
        const { promoters } = await extractPromoters({
          genome: zip ? gzipSync(text) : text,
          annotation: gff(genes),
          upstream,
        });
        expect(promoters.map((each) => `${each.name} ${each.sequence}`)).toEqual(
          slowly(sequence, genes, upstream),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('damaged files give promoters or an error that names the file', async () => {
  const text = gff([gene(5, 6, '+', 'a'), gene(20, 22, '-', 'b')]);
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(200),
      async (inGenome, changes, cut) => {
        const damaged = Buffer.from(inGenome ? genome : text).subarray(0, 200 - cut + 1);
        for (const [at, byte] of changes)
          if (damaged.length > 0) damaged[at % damaged.length] = byte;
        try {
          const { report, promoters } = await extractPromoters({
            genome: inGenome ? damaged : genome,
            annotation: inGenome ? text : damaged,
            upstream: 5,
          });
          expect(promoters).toHaveLength(report.promoters);
        } catch (error) {
          expect(error).toBeInstanceOf(TataboxError);
        }
      },
    ),
    { numRuns: 200 },
  );
});
