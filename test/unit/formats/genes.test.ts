import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBed, writeBed } from '../../../kernel-lib/src/formats/bed.ts';
import { transcriptToBed } from '../../../kernel-lib/src/formats/gene.ts';
import { readGenes } from '../../../kernel-lib/src/formats/genes.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string) => readGenes(Buffer.from(text));
/** Columns separated by spaces, for the eye. */
const table = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(
          /^(\S+) +(\S+) +(\S+) +(\S+) +(\S+) +(\S+) +(\S+) +(\S+) +/,
          '$1\t$2\t$3\t$4\t$5\t$6\t$7\t$8\t',
        ),
    )
    .join('\n');

const ensemblGtf = table(`
#!genome-build GRCh38
1 havana gene        1001 5000 . - . gene_id "ENSG01"; gene_name "ABC"; gene_biotype "protein_coding";
1 havana transcript  1001 5000 . - . gene_id "ENSG01"; transcript_id "ENST01"; transcript_name "ABC-201"; transcript_biotype "protein_coding"; tag "basic"; tag "CCDS";
1 havana exon        4001 5000 . - . gene_id "ENSG01"; transcript_id "ENST01"; exon_number "1";
1 havana CDS         4001 4502 . - 0 gene_id "ENSG01"; transcript_id "ENST01";
1 havana start_codon 4500 4502 . - 0 gene_id "ENSG01"; transcript_id "ENST01";
1 havana exon        1001 2000 . - . gene_id "ENSG01"; transcript_id "ENST01"; exon_number "2";
1 havana CDS         1501 2000 . - 2 gene_id "ENSG01"; transcript_id "ENST01";
1 havana stop_codon  1498 1500 . - 0 gene_id "ENSG01"; transcript_id "ENST01";
1 havana transcript  1001 1100 . - . gene_id "ENSG01"; transcript_id "ENST02";
1 havana exon        1001 1100 . - . gene_id "ENSG01"; transcript_id "ENST02";
`);

describe('readGenes', () => {
  it('reads Ensembl GTF: stop codons join the coding part', async () => {
    const [gene, ...others] = await read(ensemblGtf);
    expect(others).toEqual([]);
    expect(gene).toMatchObject({
      id: 'ENSG01',
      name: 'ABC',
      biotype: 'protein_coding',
      chrom: '1',
      start: 1000,
      end: 5000,
      strand: '-',
    });
    const [first, second] = gene!.transcripts;
    expect(first).toMatchObject({
      id: 'ENST01',
      name: 'ABC-201',
      type: 'transcript',
      exons: [
        { start: 1000, end: 2000 },
        { start: 4000, end: 5000 },
      ],
      coding: [
        { start: 1497, end: 2000, phase: 2 },
        { start: 4000, end: 4502, phase: 0 },
      ],
    });
    expect(first!.attributes.tag).toEqual(['basic', 'CCDS']);
    expect(second).toMatchObject({ id: 'ENST02', start: 1000, end: 1100, coding: [] });
    expect(second).not.toHaveProperty('name');
  });

  it('reads Ensembl and GENCODE GFF3 alike', async () => {
    const gff3 = table(`
##gff-version 3
1 x chromosome 1 90000 . . . ID=chromosome:1
1 x gene 1001 5000 . - . ID=gene:ENSG01;Name=ABC;biotype=protein_coding;gene_id=ENSG01
1 x mRNA 1001 5000 . - . ID=transcript:ENST01;Parent=gene:ENSG01;Name=ABC-201;transcript_id=ENST01
1 x three_prime_UTR 1001 1497 . - . Parent=transcript:ENST01
1 x exon 1001 2000 . - . Parent=transcript:ENST01;exon_id=ENSE2
1 x CDS 1498 2000 . - 2 ID=CDS:P1;Parent=transcript:ENST01
1 x exon 4001 5000 . - . Parent=transcript:ENST01
1 x CDS 4001 4502 . - 0 ID=CDS:P1;Parent=transcript:ENST01
###
`);
    const [fromGff3] = await read(gff3);
    const [fromGtf] = await read(ensemblGtf);
    expect(fromGff3).toMatchObject({ id: 'ENSG01', name: 'ABC', start: 1000, end: 5000 });
    const { type, attributes, ...transcript } = fromGff3!.transcripts[0]!;
    expect(type).toBe('mRNA');
    expect(attributes.Parent).toEqual(['gene:ENSG01']);
    expect(fromGtf!.transcripts[0]).toMatchObject(transcript);
  });

  it('reads RefSeq: parts before their parents, mitochondrial genes, miRNA within its precursor', async () => {
    const genes = await read(
      table(`
##gff-version 3
NC_1 RefSeq region 1 90000 . + . ID=NC_1:1..90000
NC_1 RefSeq exon 10 20 . + . ID=exon-1;Parent=rna-1,rna-2
NC_1 RefSeq mRNA 10 20 . + . ID=rna-1;Parent=gene-A;transcript_id=NM_1.1
NC_1 RefSeq mRNA 10 20 . + . ID=rna-2;Parent=gene-A
NC_1 RefSeq gene 10 20 . + . ID=gene-A;gene=A;gene_biotype=protein_coding
NC_1 RefSeq gene 100 400 . + . ID=gene-ND1;Name=ND1
NC_1 RefSeq CDS 100 400 . + 0 ID=cds-1;Parent=gene-ND1
NC_1 RefSeq gene 500 600 . - . ID=gene-MIR
NC_1 RefSeq primary_transcript 500 600 . - . ID=rna-P;Parent=gene-MIR
NC_1 RefSeq exon 500 600 . - . ID=exon-P;Parent=rna-P
NC_1 RefSeq miRNA 510 530 . - . ID=rna-M;Parent=rna-P
NC_1 RefSeq exon 510 530 . - . ID=exon-M;Parent=rna-M
NC_1 RefSeq pseudogene 700 800 . - . ID=gene-PS
NC_1 RefSeq cDNA_match 700 800 . - . ID=match1
`),
    );
    expect(genes.map(({ id, transcripts }) => [id, transcripts.map((each) => each.id)])).toEqual([
      ['gene-A', ['NM_1.1', 'rna-2']],
      ['gene-ND1', ['gene-ND1']],
      ['gene-MIR', ['rna-P', 'rna-M']],
      ['gene-PS', []],
    ]);
    const [mitochondrial] = genes[1]!.transcripts;
    expect(mitochondrial).toMatchObject({
      exons: [{ start: 99, end: 400 }],
      coding: [{ start: 99, end: 400, phase: 0 }],
    });
  });

  it('reads SGD: exons from coding stretches, out to the ends of the transcript', async () => {
    const [gene] = await read(
      table(`
chrI SGD gene 101 1000 . + . ID=YAL030W;Name=YAL030W;gene=SNC1;Note=Vesicle%20membrane%2C receptor
chrI SGD mRNA 101 1000 . + . ID=YAL030W_mRNA;Parent=YAL030W
chrI SGD CDS 151 252 . + 0 Parent=YAL030W_mRNA
chrI SGD intron 253 365 . + . Parent=YAL030W_mRNA
chrI SGD CDS 366 900 . + 0 Parent=YAL030W_mRNA
`),
    );
    expect(gene).toMatchObject({ id: 'YAL030W', name: 'SNC1' });
    expect(gene!.attributes.Note).toEqual(['Vesicle membrane, receptor']);
    expect(gene!.transcripts[0]!.exons).toEqual([
      { start: 100, end: 252 },
      { start: 365, end: 1000 },
    ]);
  });

  it('reads UCSC GTF without genes and transcripts, and ids on two chromosomes', async () => {
    const text = ['chrX', 'chrY']
      .map((chrom) =>
        table(`
${chrom} refGene exon 11 20 . + . gene_id "A"; transcript_id "NM_1";
${chrom} refGene CDS 15 20 . + 0 gene_id "A"; transcript_id "NM_1";
${chrom} refGene exon 31 40 . + . gene_id "A"; transcript_id "NM_1";
${chrom} refGene stop_codon 31 33 . + 0 gene_id "A"; transcript_id "NM_1";
`),
      )
      .join('\n');
    const genes = await read(text);
    expect(genes.map(({ id, chrom, start, end }) => [id, chrom, start, end])).toEqual([
      ['A', 'chrX', 10, 40],
      ['A', 'chrY', 10, 40],
    ]);
    // The stop codon lies in an exon of its own.
    expect(genes[0]!.transcripts[0]!.coding).toEqual([
      { start: 14, end: 20, phase: 0 },
      { start: 30, end: 33, phase: 0 },
    ]);
  });

  it('reads coding stretches without gene, as gene finders for bacteria write them', async () => {
    const genes = await read(
      table(`
##gff-version 3
c1 Prodigal CDS 3 98 . + 0 ID=1_1;partial=10
c1 Prodigal CDS 200 298 . - 0 ID=1_2
`),
    );
    expect(genes.map(({ id, start, end }) => [id, start, end])).toEqual([
      ['1_1', 2, 98],
      ['1_2', 199, 298],
    ]);
    expect(genes[1]!.transcripts[0]).toMatchObject({ id: '1_2', type: 'CDS', strand: '-' });
  });

  it('makes BED12 records that read back', async () => {
    const [gene] = await read(ensemblGtf);
    const records = gene!.transcripts.map(transcriptToBed);
    expect(records[0]).toEqual({
      chrom: '1',
      start: 1000,
      end: 5000,
      name: 'ABC-201',
      score: 0,
      strand: '-',
      thickStart: 1497,
      thickEnd: 4502,
      itemRgb: '0',
      blockCount: 2,
      blockSizes: [1000, 1000],
      blockStarts: [0, 3000],
    });
    expect(records[1]).toMatchObject({ name: 'ENST02', thickStart: 1000, thickEnd: 1000 });
    const file = folder.path('transcripts.bed');
    await writeBed(file, records);
    expect(await readBed(file)).toEqual(records);
  });

  it.each([
    [
      '1 x exon 1 9 . + . Parent=t1',
      /line 1: the parent 't1', which is not in the file.*cut short/,
    ],
    ['1 x mRNA 1 9 . + . ID=t1;Parent=g1\n1 x exon 1 9 . + . Parent=t1', /line 1: the parent 'g1'/],
    ['1 x mRNA 1 9 . + . ID=t1;Parent=t1\n1 x exon 1 9 . + . Parent=t1', /its own ancestor/],
    [
      '1 x mRNA 1 9 . + . ID=a;Parent=b\n1 x mRNA 1 9 . + . ID=b;Parent=a\n1 x exon 1 9 . + . Parent=b',
      /its own ancestor/,
    ],
    [
      '1 x mRNA 1 9 . + . ID=t1\n2 x exon 1 9 . + . Parent=t1',
      /line 2: a part on 2 of 't1', which is on 1/,
    ],
    ['1 x exon 1 9 . + . gene_id "g"; n "x";', /column 9 \(attributes\): no transcript_id/],
    ['1 x gene 1 9 . + . name "g";', /no gene_id; expected gene_id "…";.*dialect: 'gff3'/],
  ])('explains %j', async (text, message) => {
    await expect(read(table(text))).rejects.toThrow(message);
  });

  it('ends with an error where ancestors go on for too long', async () => {
    const chain = Array.from(
      { length: 5000 },
      (_, i) => `1\tx\tmRNA\t1\t9\t.\t+\t.\tID=n${String(i)};Parent=n${String(i + 1)}\n`,
    );
    const text = `##gff-version 3\n${chain.join('')}1\tx\tgene\t1\t9\t.\t+\t.\tID=n5000\n1\tx\texon\t1\t9\t.\t+\t.\tParent=n0\n`;
    await expect(read(text)).rejects.toThrow(/more than 1000 ancestors/);
  });

  it('reads the same models from GTF and from GFF3 in any order of lines', async () => {
    const model = fc
      .record({
        strand: fc.constantFrom('+', '-'),
        gaps: fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 4, max: 40 })), {
          minLength: 1,
          maxLength: 4,
        }),
        codes: fc.boolean(),
      })
      .map(({ strand, gaps, codes }) => {
        let end = 0;
        const exons = gaps.map(([gap, length]) => {
          const start = end + gap;
          end = start + length;
          return { start, end };
        });
        return { strand, exons, codes };
      });
    const inputs = fc.record({
      models: fc.array(model, { minLength: 1, maxLength: 4 }),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async ({ models, seed }) => {
        const gtf: string[] = [];
        const gff3: string[] = [];
        for (const [i, { strand, exons, codes }] of models.entries()) {
          const add = (type: string, start: number, end: number, phase: string) => {
            const id = String(i);
            const columns = `1\tx\t${type}\t${String(start + 1)}\t${String(end)}\t.\t${strand}\t${phase}\t`;
            const ids = type === 'gene' ? '' : ` transcript_id "t${id}";`;
            gtf.push(`${columns}gene_id "g${id}";${ids}`);
            const own = { gene: `ID=g${id}`, transcript: `ID=t${id};Parent=g${id}` }[type];
            if (type !== 'stop_codon') gff3.push(columns + (own ?? `Parent=t${id}`));
          };
          const { start } = exons[0]!;
          const { end } = exons.at(-1)!;
          add('gene', start, end, '.');
          add('transcript', start, end, '.');
          for (const exon of exons) add('exon', exon.start, exon.end, '.');
          if (!codes) continue;
          // All of it codes; the last three bases are the stop codon, outside of CDS in GTF.
          const last = strand === '+' ? exons.length - 1 : 0;
          for (const [j, exon] of exons.entries()) {
            const cut = j === last ? 3 : 0;
            const [from, to] = strand === '+' ? [0, -cut] : [cut, 0];
            const columns = `1\tx\tCDS\t${String(exon.start + from + 1)}\t${String(exon.end + to)}\t.\t${strand}\t1\t`;
            gtf.push(`${columns}gene_id "g${String(i)}"; transcript_id "t${String(i)}";`);
            gff3.push(
              `1\tx\tCDS\t${String(exon.start + 1)}\t${String(exon.end)}\t.\t${strand}\t1\tParent=t${String(i)}`,
            );
            if (cut === 0) continue;
            const stop = strand === '+' ? exon.end - 3 : exon.start;
            add('stop_codon', stop, stop + 3, '0');
          }
        }
        const shuffled = (lines: string[]) =>
          lines
            .map((text, i) => [((i + 1) * (seed + 1) * 7919) % 104_729, text] as const)
            .sort(([a], [b]) => a - b)
            .map(([, text]) => text)
            .join('\n');
        for (const text of [shuffled(gtf), `##gff-version 3\n${shuffled(gff3)}`]) {
          const genes = await read(text);
          const found = new Map(genes.map((gene) => [gene.id, gene]));
          expect(found.size).toBe(models.length);
          for (const [i, { strand, exons, codes }] of models.entries()) {
            const gene = found.get(`g${String(i)}`);
            const coding = exons.map((exon) => ({ ...exon, phase: 1 }));
            expect(gene).toMatchObject({ strand, start: exons[0]!.start, end: exons.at(-1)!.end });
            const [transcript] = gene!.transcripts;
            expect(transcript!.exons).toEqual(exons);
            expect(transcript!.coding).toEqual(codes ? coding : []);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('reads an empty file', async () => {
    expect(await read('')).toEqual([]);
    expect(await read('##gff-version 3\n')).toEqual([]);
  });
});
