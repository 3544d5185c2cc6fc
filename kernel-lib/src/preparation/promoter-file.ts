import { gzipSync } from 'node:zlib';
import { UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import type { Promoter } from './promoter-extraction.ts';

/** What a long name of a promoter says: 0-based, half-open. */
export interface PromoterName {
  readonly gene: string;
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly strand: '+' | '-';
}

/** Letters that are gathered before they are written. */
const GATHER = 1 << 20;

/** Kinds of files by the ending of their names. */
type Layout = 'fasta' | 'tsv' | 'csv';

const ENDINGS = /\.(?:(fa|fasta|fna)|(tsv|tab|txt)|(csv))(\.gz)?$/i;

/** What a file of sequences is by its name: FASTA or table, plain or gzip. */
export function sequenceFileLayout(file: string): { layout: Layout; isGzip: boolean } {
  const [, fasta, tsv, csv, gzip] = ENDINGS.exec(file) ?? [];
  const layout =
    fasta !== undefined
      ? 'fasta'
      : tsv !== undefined
        ? 'tsv'
        : csv !== undefined
          ? 'csv'
          : undefined;
  if (layout !== undefined) return { layout, isGzip: gzip !== undefined };
  throw new UsageError({
    where: file,
    found: 'a name without a known ending',
    expected: '.fa, .fasta or .fna, or .tsv, .txt or .csv for a table, also with .gz',
  });
}

/** One line of a delimited table; fields are quoted where they must be (RFC 4180). */
export function tableLine(fields: readonly (string | number)[], layout: 'tsv' | 'csv'): string {
  const delimiter = layout === 'csv' ? ',' : '\t';
  const texts = fields.map((field) => {
    const text = String(field);
    const mustQuote = text.includes(delimiter) || /["\r\n]/.test(text);
    return mustQuote ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${texts.join(delimiter)}\n`;
}

/** Writes pieces of text, compressed where the file is to be gzip; complete or not at all. */
export async function writeTextPieces(
  file: string,
  pieces: Iterable<string> | AsyncIterable<string>,
  isGzip: boolean,
): Promise<void> {
  await writeInPieces(file, async (writer) => {
    let gathered: string[] = [];
    let letters = 0;
    // Gzip data may follow each other in one file (RFC 1952, section 2.2).
    const flush = async (): Promise<void> => {
      const text = gathered.join('');
      gathered = [];
      letters = 0;
      await writer.write(isGzip ? gzipSync(text) : text);
    };
    for await (const piece of pieces) {
      gathered.push(piece);
      letters += piece.length;
      if (letters >= GATHER) await flush();
    }
    if (letters > 0 || isGzip) await flush();
  });
}

/**
 * Writes promoters by the name of the file: FASTA (`.fa`, `.fasta`, `.fna`; one line a sequence, as
 * bedtools does) or a table (`.tsv`, `.txt`, `.csv`) with the columns gene, contig, start, end, strand
 * and sequence, start and end 0-based and half-open; gzip where it ends in `.gz`. The file is complete
 * or not there.
 *
 * @throws UsageError for another ending, EnvironmentError where it cannot be written
 *
 * @example
 * await writePromoters('promoters.tsv.gz', promoters);
 */
export async function writePromoters(file: string, promoters: Iterable<Promoter>): Promise<void> {
  const { layout, isGzip } = sequenceFileLayout(file);
  function* pieces(): Generator<string> {
    if (layout !== 'fasta') {
      yield tableLine(['gene', 'contig', 'start', 'end', 'strand', 'sequence'], layout);
    }
    for (const { gene, name, chrom, start, end, strand, sequence } of promoters) {
      yield layout === 'fasta'
        ? `>${name}\n${sequence}\n`
        : tableLine([gene, chrom, start, end, strand, sequence], layout);
    }
  }
  await writeTextPieces(file, pieces(), isGzip);
}

/**
 * Reads a long name, `GENE::contig:start-end(strand)` with the 0-based start; undefined for other
 * names.
 *
 * @example
 * parsePromoterName('Zm1::chr1:10-40(+)'); // { gene: 'Zm1', chrom: 'chr1', start: 10, … }
 */
export function parsePromoterName(name: string): PromoterName | undefined {
  const match = /^(.+?)::(.+):(\d+)-(\d+)\(([+-])\)$/.exec(name);
  if (match === null) return undefined;
  const [, gene = '', chrom = '', start, end, strand] = match;
  return {
    gene,
    chrom,
    start: Number(start),
    end: Number(end),
    strand: strand === '-' ? '-' : '+',
  };
}
