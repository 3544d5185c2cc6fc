import { sourceName, type FileSource } from './byte-source.ts';
import type { Gene } from './gene.ts';
import { Gff3GeneBuilder } from './gff3-genes.ts';
import { checkGffOptions, gffLineParser, type GffOptions } from './gff.ts';
import { GtfGeneBuilder } from './gtf-genes.ts';
import { LinePlace } from './line-place.ts';
import {
  collectBatches,
  endOfRecords,
  streamRecordBatches,
  type ParseLine,
} from './stream-records.ts';

/**
 * The genes of a GFF3 or GTF file with their transcripts, exons and coding stretches, in the order of
 * the file: annotations of Ensembl, GENCODE, RefSeq, UCSC, SGD and others that follow the formats.
 *
 * - Stop codons belong to the coding stretches, whether the file counts them in (GFF3) or not (GTF).
 * - Where exons are missing, coding stretches and UTRs make them, out to the ends of the transcript.
 * - Exons directly under a gene are one transcript with the gene's id, as in annotations of bacteria.
 * - A transcript without gene is a gene of its own.
 *
 * Only what the genes need is held in memory.
 *
 * @throws InputError for what is no GFF, for a parent that is not in the file, for features of one
 *   transcript on different chromosomes
 *
 * @example
 * const genes = await readGenes('gencode.v47.annotation.gtf.gz');
 * const transcripts = genes.flatMap((gene) => gene.transcripts.map(transcriptToBed));
 * await writeBed('transcripts.bed.gz', transcripts);
 */
export async function readGenes(source: FileSource, options: GffOptions = {}): Promise<Gene[]> {
  checkGffOptions(options, 'readGenes');
  const place = new LinePlace(sourceName(source));
  let builder: GtfGeneBuilder | Gff3GeneBuilder | undefined;
  const parse = gffLineParser(options.dialect, place.file, (dialect) => {
    builder = dialect === 'gtf' ? new GtfGeneBuilder() : new Gff3GeneBuilder(place.file);
  });
  // Each feature goes to the builder at once: a long file makes no list of them.
  const handOver: ParseLine<never> = (line, at) => {
    const record = parse(line, at);
    if (record === undefined || record === endOfRecords) return record;
    builder?.add(record, at);
    return undefined;
  };
  await collectBatches(streamRecordBatches(source, handOver));
  return builder?.genes() ?? [];
}
