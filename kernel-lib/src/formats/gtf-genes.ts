import type { GffAttributes, GffRecord } from './gff.ts';
import type { Gene, Transcript } from './gene.ts';
import { firstValue, geneNames, transcriptNames } from './gene-names.ts';
import type { LinePlace } from './line-place.ts';
import { TranscriptBlocks, transcriptPart } from './transcript-blocks.ts';

interface OpenTranscript {
  readonly id: string;
  readonly blocks: TranscriptBlocks;
  /** Chromosome, strand and attributes: of the transcript itself, or of its first part. */
  record: GffRecord;
  hasFeature: boolean;
}

interface OpenGene {
  readonly id: string;
  readonly transcripts: Map<string, OpenTranscript>;
  record: GffRecord;
  hasFeature: boolean;
}

/** Joins the features of a GTF file to genes by `gene_id` and `transcript_id`. */
export class GtfGeneBuilder {
  // Genes of both pseudoautosomal regions may share an id: it counts within a chromosome and strand.
  readonly #genes = new Map<string, OpenGene>();

  add(record: GffRecord, place: LinePlace): void {
    const { type, attributes } = record;
    const part = transcriptPart(type);
    const isTranscript = type === 'transcript' || type === 'mRNA';
    if (part === undefined && !isTranscript && type !== 'gene') return;
    const geneId = required(attributes, 'gene_id', place);
    const gene = this.#gene(geneId, record);
    if (type === 'gene') {
      gene.record = record;
      gene.hasFeature = true;
      return;
    }
    const id = required(attributes, 'transcript_id', place);
    let transcript = gene.transcripts.get(id);
    if (transcript === undefined) {
      transcript = { id, blocks: new TranscriptBlocks(), record, hasFeature: false };
      gene.transcripts.set(id, transcript);
    }
    if (part !== undefined) transcript.blocks.add(part, record);
    else {
      transcript.record = record;
      transcript.hasFeature = true;
    }
  }

  genes(): Gene[] {
    return Array.from(this.#genes.values(), finishGene);
  }

  #gene(id: string, record: GffRecord): OpenGene {
    const key = `${record.chrom}\t${record.strand}\t${id}`;
    let gene = this.#genes.get(key);
    if (gene === undefined) {
      gene = { id, transcripts: new Map(), record, hasFeature: false };
      this.#genes.set(key, gene);
    }
    return gene;
  }
}

function required(attributes: GffAttributes, name: string, place: LinePlace): string {
  const value = firstValue(attributes, name);
  if (value !== undefined) return value;
  throw place.error(
    {
      found: `no ${name}`,
      expected: `${name} "…";`,
      fix: "If this is a GFF3 file, say { dialect: 'gff3' }.",
    },
    [9, 'attributes'],
  );
}

function finishGene({ id, transcripts, record, hasFeature }: OpenGene): Gene {
  const finished = Array.from(transcripts.values(), finishTranscript);
  const { chrom, strand, attributes } = record;
  const ends = hasFeature ? [record] : finished;
  return {
    id,
    ...geneNames(attributes),
    chrom,
    start: ends.reduce((least, { start }) => Math.min(least, start), Infinity),
    end: ends.reduce((most, { end }) => Math.max(most, end), 0),
    strand,
    transcripts: finished,
    attributes: hasFeature ? attributes : {},
  };
}

function finishTranscript({ id, blocks, record, hasFeature }: OpenTranscript): Transcript {
  const { chrom, strand, attributes } = record;
  return {
    id,
    ...transcriptNames(attributes),
    type: hasFeature ? record.type : 'transcript',
    chrom,
    strand,
    ...blocks.finish(strand, hasFeature ? record : undefined),
    attributes: hasFeature ? attributes : {},
  };
}
