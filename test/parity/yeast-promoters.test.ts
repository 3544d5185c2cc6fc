import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBed } from '../../kernel-lib/src/formats/bed.ts';
import { openFasta, type FastaFile } from '../../kernel-lib/src/formats/fasta.ts';
import { readTable } from '../../kernel-lib/src/formats/table.ts';
import { decodeTokens } from '../../kernel-lib/src/sequence/encode-sequence.ts';
import { promoterInterval } from '../../kernel-lib/src/sequence/promoter-interval.ts';

const folder = fileURLToPath(new URL('../../notebooks/data/yeast_R64/', import.meta.url));
const reach = { upstream: 1000, downstream: 500 };

interface Gene {
  gene_id: string;
  gene_name: string;
  chrom: string;
  strand: string;
  tss: number;
  promoter_m1000_p500: string;
}

describe('promoters of the yeast genome', () => {
  let genome: FastaFile;
  let genes: Gene[];

  beforeAll(async () => {
    genome = await openFasta(`${folder}sacCer3.fa.gz`);
    const table = await readTable(`${folder}yeast_promoter_expression.tsv.gz`);
    genes = table.objects() as Gene[];
  });

  it('are equal to the published column for all 5,811 genes of the table', async () => {
    expect(genes).toHaveLength(5811);
    const intervals = genes.map((gene) => promoterInterval(gene, reach));
    const begin = process.cpuUsage();
    const promoters = await genome.fetchMany(intervals, { padding: 'unknown' });
    // Processor time, which other tests that run beside this one do not prolong.
    const { user, system } = process.cpuUsage(begin);
    const seconds = (user + system) / 1e6;
    const equal = genes.filter(
      (gene, i) => decodeTokens(promoters[i]!) === gene.promoter_m1000_p500,
    );
    expect(equal).toHaveLength(5811);
    expect(seconds).toBeLessThan(2);
  });

  it('cut at the transcript starts of the BED agree for 5,552 of the 5,721 genes found there', async () => {
    const transcripts = new Map<string, number>();
    for (const { chrom, strand, start, end, name } of await readBed(
      `${folder}sacCer3_transcripts.bed`,
    )) {
      transcripts.set(`${name} ${chrom} ${strand}`, strand === '+' ? start : end);
    }
    let found = 0;
    let agree = 0;
    for (const gene of genes) {
      const place = `${gene.chrom} ${gene.strand}`;
      const tss =
        transcripts.get(`${gene.gene_name} ${place}`) ??
        transcripts.get(`${gene.gene_id} ${place}`);
      if (tss === undefined) continue;
      found++;
      const interval = promoterInterval({ ...gene, strand: gene.strand, tss }, reach);
      const promoter = await genome.fetch(interval, { padding: 'unknown' });
      if (decodeTokens(promoter) === gene.promoter_m1000_p500) agree++;
    }
    expect(found).toBe(5721);
    expect(agree).toBe(5552);
  });
});
