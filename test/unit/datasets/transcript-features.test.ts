import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  transcriptFeatureColumns,
  transcriptFeatures,
  transcriptFeatureTable,
} from '../../../kernel-lib/src/datasets/transcript-features.ts';
import { readBed } from '../../../kernel-lib/src/formats/bed.ts';
import { openFasta, type FastaFile } from '../../../kernel-lib/src/formats/fasta.ts';
import { readTable } from '../../../kernel-lib/src/formats/table.ts';

describe('transcriptFeatures', () => {
  let folder: string;
  let genome: FastaFile;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-transcripts-'));
    //  0         1         2
    //  012345678901234567890123456789
    await writeFile(path.join(folder, 'g.fa'), '>chrI\nAAAAGGGGTTTTCCCCAATTNNGCAAAAAA\n');
    genome = await openFasta(path.join(folder, 'g.fa'));
  });

  afterAll(async () => {
    genome.close();
    await rm(folder, { recursive: true });
  });

  const record = { chrom: 'chrI', start: 2, end: 20, name: 't', thickStart: 4, thickEnd: 14 };

  it('reads the parts in the direction of transcription', async () => {
    const forward = await transcriptFeatures({ ...record, strand: '+' }, genome);
    expect(forward).toEqual({
      utr5Length: 2,
      utr5Gc: 0,
      orfLength: 10,
      orfGc: 6 / 10,
      utr3Length: 6,
      utr3Gc: 2 / 6,
    });
    expect(await transcriptFeatures({ ...record, strand: '-' }, genome)).toEqual({
      utr5Length: 6,
      utr5Gc: 2 / 6,
      orfLength: 10,
      orfGc: 6 / 10,
      utr3Length: 2,
      utr3Gc: 0,
    });
  });

  it('leaves introns out', async () => {
    // Exons [2, 6), [8, 10) and [12, 20): the ORF is [4, 6), [8, 10), [12, 14) = GG TT CC.
    const blocks = { blockCount: 3, blockSizes: [4, 2, 8], blockStarts: [0, 6, 10] };
    const features = await transcriptFeatures({ ...record, ...blocks, strand: '+' }, genome);
    expect(features).toMatchObject({ utr5Length: 2, orfLength: 6, orfGc: 4 / 6, utr3Length: 6 });
  });

  it('has length 0 and no GC where there is nothing', async () => {
    const noUtr = await transcriptFeatures(
      { ...record, strand: '+', thickStart: 2, thickEnd: 20 },
      genome,
    );
    expect(noUtr).toMatchObject({ utr5Length: 0, orfLength: 18, utr3Length: 0 });
    expect(noUtr.utr5Gc).toBeNaN();
    const noOrf = await transcriptFeatures(
      { ...record, strand: '+', thickStart: 2, thickEnd: 2 },
      genome,
    );
    expect(noOrf).toMatchObject({ utr5Length: 0, orfLength: 0, utr3Length: 0 });
    expect(noOrf.orfGc).toBeNaN();
  });

  it('counts GC among known bases', async () => {
    const features = await transcriptFeatures(
      { ...record, start: 18, end: 26, thickStart: 18, thickEnd: 24, strand: '+' },
      genome,
    );
    // TT NN GC | AA
    expect(features).toMatchObject({ orfLength: 6, orfGc: 0.5, utr3Length: 2, utr3Gc: 0 });
  });

  it('says what a record lacks', async () => {
    const { thickStart, thickEnd, ...plain } = record;
    await expect(transcriptFeatures({ ...plain, strand: '+' }, genome)).rejects.toThrow(
      /BED record t chrI:\[2, 20\): no thickStart.*at least 8 columns/,
    );
    await expect(transcriptFeatures({ ...record, thickStart, thickEnd }, genome)).rejects.toThrow(
      /strand ''; expected '\+' or '-'/,
    );
  });
});

describe('transcriptFeatureTable on yeast', () => {
  const data = fileURLToPath(new URL('../../../notebooks/data/yeast_R64/', import.meta.url));

  it('agrees with the table for all 5,529 genes whose ORF the BED file has', async () => {
    const genome = await openFasta(`${data}sacCer3.fa.gz`);
    const features = await transcriptFeatureTable(
      await readBed(`${data}sacCer3_transcripts.bed`),
      genome,
    );
    genome.close();
    type Row = Record<(typeof transcriptFeatureColumns)[number], number | null> & {
      name: string;
      gene_name: string;
      chrom: string;
      strand: string;
    };
    const ours = new Map((features.objects() as Row[]).map((row) => [row.name, row]));
    const genes = await readTable(`${data}yeast_promoter_expression.tsv.gz`);
    let shared = 0;
    let agree = 0;
    let withoutOrf = 0;
    for (const gene of genes.objects() as Row[]) {
      const own = ours.get(gene.gene_name);
      if (own?.chrom !== gene.chrom || own.strand !== gene.strand) continue;
      shared++;
      const same = transcriptFeatureColumns.every((column) => {
        const [a, b] = [own[column] ?? NaN, gene[column]];
        // The table has GC to four decimals, and an empty cell where there is no sequence.
        if (column.endsWith('_gc')) return b === null ? Number.isNaN(a) : Math.abs(a - b) < 5.1e-5;
        return a === b;
      });
      if (same) agree++;
      else if (own.orf_len === 0) withoutOrf++;
    }
    // The other 192 have an ORF that reaches beyond the transcript (its TIF-seq start or end lies
    // inside the ORF): the BED file gives those an empty thick part, the table the whole ORF.
    // Neither leaves introns out: the BED file has no blocks.
    expect({ shared, agree, withoutOrf }).toEqual({ shared: 5721, agree: 5529, withoutOrf: 192 });
  });
});
