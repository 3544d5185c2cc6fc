import { table, type ColumnTable } from 'arquero';
import { InputError, throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { BedRecord } from '../formats/bed.ts';
import type { FastaFile } from '../formats/fasta.ts';
import { gcContent } from '../sequence/composition.ts';

/** Lengths (bases, introns left out) and GC shares (0 … 1; NaN where empty) of the parts of an mRNA. */
export interface TranscriptFeatures {
  readonly utr5Length: number;
  readonly orfLength: number;
  readonly utr3Length: number;
  readonly utr5Gc: number;
  readonly orfGc: number;
  readonly utr3Gc: number;
}

/** Names of the six mRNA features as columns of a table, in the order in which models take them. */
export const transcriptFeatureColumns = Object.freeze([
  'utr5_len',
  'orf_len',
  'utr3_len',
  'utr5_gc',
  'orf_gc',
  'utr3_gc',
] as const);

function exonsOf(record: BedRecord): { start: number; end: number }[] {
  const { start, end, blockSizes, blockStarts } = record;
  if (blockSizes === undefined || blockStarts === undefined) return [{ start, end }];
  return Array.from(blockStarts, (offset, index) => ({
    start: start + offset,
    end: start + offset + (blockSizes[index] ?? 0),
  }));
}

/**
 * The six mRNA features of Xpresso and its kin from one BED record: blocks are exons, the thick part
 * is the ORF, what lies before and after it in the direction of transcription are the UTRs. A
 * record whose thick part is empty codes for nothing as far as the file knows: all lengths are 0.
 *
 * @throws InputError for a record without thick part columns, or one with an ORF but no strand
 *
 * @example
 * const { utr5Length, orfGc } = await transcriptFeatures(record, genome);
 */
export async function transcriptFeatures(
  record: BedRecord,
  genome: FastaFile,
): Promise<TranscriptFeatures> {
  const { chrom, start, end, strand, name, thickStart, thickEnd } = record;
  const where = `BED record ${name ?? ''} ${chrom}:[${start}, ${end})`;
  if (thickStart === undefined || thickEnd === undefined) {
    throw new InputError({
      where,
      found: 'no thickStart and thickEnd columns',
      expected: 'a BED file with at least 8 columns, the ORF as thick part',
    });
  }
  if (thickEnd <= thickStart) {
    const [utr5Length, orfLength, utr3Length] = [0, 0, 0];
    return { utr5Length, orfLength, utr3Length, utr5Gc: NaN, orfGc: NaN, utr3Gc: NaN };
  }
  if (strand !== '+' && strand !== '-') {
    throw new InputError({ where, found: `strand '${strand ?? ''}'`, expected: "'+' or '-'" });
  }
  const tokens = await genome.fetch({ chrom, start, end });
  // GC is the same on both strands, so all parts are read on '+'.
  const part = (from: number, to: number): { length: number; gc: number } => {
    const pieces = exonsOf(record).map((exon) =>
      tokens.subarray(
        Math.max(exon.start, from) - start,
        Math.max(Math.max(exon.start, from), Math.min(exon.end, to)) - start,
      ),
    );
    const bases = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let filled = 0;
    for (const piece of pieces) {
      bases.set(piece, filled);
      filled += piece.length;
    }
    return { length: bases.length, gc: gcContent(bases) };
  };
  const left = part(start, thickStart);
  const orf = part(thickStart, thickEnd);
  const right = part(thickEnd, end);
  const [utr5, utr3] = strand === '+' ? [left, right] : [right, left];
  return {
    utr5Length: utr5.length,
    orfLength: orf.length,
    utr3Length: utr3.length,
    utr5Gc: utr5.gc,
    orfGc: orf.gc,
    utr3Gc: utr3.gc,
  };
}

/**
 * The six mRNA features of many records as a table: `name`, `chrom`, `strand`, then
 * `transcriptFeatureColumns`; missing GC is NaN. Rows in the order of the records.
 */
export async function transcriptFeatureTable(
  records: readonly BedRecord[],
  genome: FastaFile,
  { signal, progress }: LongWorkOptions = {},
): Promise<ColumnTable> {
  const features: TranscriptFeatures[] = [];
  let lastYield = performance.now();
  for (const [done, record] of records.entries()) {
    features.push(await transcriptFeatures(record, genome));
    if (performance.now() - lastYield > 20) {
      progress?.({ task: 'mRNA features', done, total: records.length, unit: 'transcripts' });
      await yieldToEventLoop();
      throwIfAborted(signal, 'mRNA features');
      lastYield = performance.now();
    }
  }
  return table({
    name: records.map(({ name }) => name ?? ''),
    chrom: records.map(({ chrom }) => chrom),
    strand: records.map(({ strand }) => strand ?? '.'),
    utr5_len: features.map(({ utr5Length }) => utr5Length),
    orf_len: features.map(({ orfLength }) => orfLength),
    utr3_len: features.map(({ utr3Length }) => utr3Length),
    utr5_gc: features.map(({ utr5Gc }) => utr5Gc),
    orf_gc: features.map(({ orfGc }) => orfGc),
    utr3_gc: features.map(({ utr3Gc }) => utr3Gc),
  });
}
