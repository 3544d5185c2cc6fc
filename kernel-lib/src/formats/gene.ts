import type { Interval, Strand } from '../sequence/interval.ts';
import type { BedRecord } from './bed.ts';
import type { GffAttributes } from './gff.ts';

/** A stretch of a transcript: 0-based, half-open. */
export interface TranscriptBlock {
  readonly start: number;
  readonly end: number;
}

/** A coding stretch of a transcript. */
export interface CodingBlock extends TranscriptBlock {
  /** Bases to leave out at its 5' end to get to the next codon. */
  readonly phase?: 0 | 1 | 2;
}

/** A transcript of a gene. */
export interface Transcript extends Interval {
  /** `transcript_id` where the file has it, else the `ID` of GFF3. */
  readonly id: string;
  readonly strand: Strand;
  /** What the file calls it: `transcript` in GTF; `mRNA`, `lnc_RNA`, … in GFF3. */
  readonly type: string;
  /** `protein_coding`, …, where the file says. */
  readonly biotype?: string;
  /** By position. */
  readonly exons: readonly TranscriptBlock[];
  /** By position, with the stop codon in them; empty for what codes no protein. */
  readonly coding: readonly CodingBlock[];
  readonly attributes: GffAttributes;
}

/** A gene with its transcripts. */
export interface Gene extends Interval {
  /** `gene_id` where the file has it, else the `ID` of GFF3. */
  readonly id: string;
  readonly strand: Strand;
  readonly biotype?: string;
  /** In the order of the file. */
  readonly transcripts: readonly Transcript[];
  readonly attributes: GffAttributes;
}

/**
 * A transcript as a BED12 record: exons are its blocks, the coding part is thick (empty at the start
 * of a transcript that codes no protein).
 */
export function transcriptToBed(transcript: Transcript): BedRecord {
  const { chrom, start, end, id, name, strand, exons, coding } = transcript;
  return {
    chrom,
    start,
    end,
    name: name ?? id,
    score: 0,
    strand,
    thickStart: coding[0]?.start ?? start,
    thickEnd: coding.at(-1)?.end ?? start,
    itemRgb: '0',
    blockCount: exons.length,
    blockSizes: exons.map((exon) => exon.end - exon.start),
    blockStarts: exons.map((exon) => exon.start - start),
  };
}
