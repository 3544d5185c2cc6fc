import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import type { Interval } from '../sequence/interval.ts';
import { bedLineParser, type BedRecord } from './bed.ts';
import { openSource, sourceName, type FileSource } from './byte-source.ts';
import { checkIndexAge } from './index-age.ts';
import { gffLineParser, type GffRecord } from './gff.ts';
import { quoted, type LinePlace } from './line-place.ts';
import { isBgzf, isGzip, readRange, streamBytes } from './read-bytes.ts';
import { TabixFile, type TabixParser } from './tabix-file.ts';
import { TabixIndex, type TabixColumns } from './tabix-index.ts';
import { VcfRecord } from './vcf-record.ts';
import { readVcfHeader } from './vcf.ts';

export { TabixFile, type TabixRegion } from './tabix-file.ts';

/** What the records of an indexed file are. `lines`: any text with a sequence and a start. */
export type TabixFormat = 'vcf' | 'bed' | 'gff' | 'lines';

/** A line of an indexed file of another format: 0-based, half-open. */
export interface TabixLine extends Interval {
  readonly fields: readonly string[];
}

/** A record of an indexed file. */
export type TabixRecord = VcfRecord | BedRecord | GffRecord | TabixLine;

/** Options of {@link openTabix}. */
export interface OpenTabixOptions {
  /** The index, `.tbi` or `.csi`. Default: the file's own name with one of these endings. */
  readonly index?: FileSource;
  /** Default: what the index was made for. */
  readonly format?: TabixFormat;
  /** Leading columns of a BED file that are BED columns, where others follow; as for `readBed`. */
  readonly bedColumns?: number;
  /** Whether an index that was written before the file is taken. Default false: it is an error. */
  readonly allowOlderIndex?: boolean;
}

const OLDER_INDEX =
  'Make it anew with tabix. If only the times of the files are wrong, say { allowOlderIndex: true }.';

/** Bytes of an index that are held at most: that of 100,000 human genomes has 30 MB. */
const MOST_INDEX_BYTES = 1 << 30;

/**
 * Opens a bgzip file with a tabix index for reading by region: VCF, BED, GFF3, GTF, or any other text
 * with a sequence and a position in columns (Li 2011, Bioinformatics 27:718). `close` it.
 *
 * @throws InputError for a file that is not bgzip, for a missing or damaged index, for one of another
 *   or an earlier version of the file
 *
 * @example
 * const calls = await openTabix('calls.vcf.gz', { format: 'vcf' });
 * for await (const { start, ref, alt } of calls.fetch({ chrom: 'chr1', start: 0, end: 1e6 })) …
 * await calls.close();
 */
export async function openTabix(
  source: FileSource,
  options: OpenTabixOptions & { readonly format: 'vcf' },
): Promise<TabixFile<VcfRecord>>;
export async function openTabix(
  source: FileSource,
  options: OpenTabixOptions & { readonly format: 'bed' },
): Promise<TabixFile<BedRecord>>;
export async function openTabix(
  source: FileSource,
  options: OpenTabixOptions & { readonly format: 'gff' },
): Promise<TabixFile<GffRecord>>;
export async function openTabix(
  source: FileSource,
  options: OpenTabixOptions & { readonly format: 'lines' },
): Promise<TabixFile<TabixLine>>;
export async function openTabix(
  source: FileSource,
  options?: OpenTabixOptions,
): Promise<TabixFile<TabixRecord>>;
export async function openTabix(
  source: FileSource,
  options: OpenTabixOptions = {},
): Promise<TabixFile<TabixRecord>> {
  checkOptionNames(options, ['index', 'format', 'bedColumns', 'allowOlderIndex'], 'openTabix');
  const { format, bedColumns, allowOlderIndex = false } = options;
  if (format !== undefined && !['vcf', 'bed', 'gff', 'lines'].includes(format)) {
    throw new UsageError({
      where: 'openTabix, format',
      found: quoted(String(format)),
      expected: 'vcf, bed, gff or lines',
    });
  }
  // Before anything is read: a bad number is the caller's.
  bedLineParser(bedColumns);
  await checkBgzip(source);
  const { index, indexSource } = await readIndex(source, options.index);
  if (!allowOlderIndex) {
    await checkIndexAge(source, indexSource, sourceName(source), OLDER_INDEX);
  }
  const kind = format ?? formatOf(index.columns, indexSource);
  const header = kind === 'vcf' ? await readVcfHeader(source) : undefined;
  const makeParser = (): TabixParser<TabixRecord> => {
    if (header !== undefined) return (line, place) => new VcfRecord(line, header, place);
    if (kind === 'bed') return recordsOf(bedLineParser(bedColumns));
    if (kind === 'gff') return recordsOf(gffLineParser(undefined, sourceName(source)));
    return (line, place) => parseLine(line, index.columns, place);
  };
  const declared = header?.contigs.map(({ name }) => name) ?? [];
  const file = new TabixFile(
    openSource(source),
    index,
    sourceName(indexSource),
    declared,
    makeParser,
  );
  try {
    await file.checkEnd();
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

async function checkBgzip(source: FileSource): Promise<void> {
  const start = await readRange(source, 0, 18);
  if (isBgzf(start)) return;
  throw new InputError({
    where: sourceName(source),
    found: isGzip(start) ? 'gzip data that are not bgzip' : 'a file that is not compressed',
    expected: 'a bgzip file, which alone can be read by region',
    fix: 'Compress it with bgzip and make its index with tabix.',
  });
}

async function readIndex(
  source: FileSource,
  given: FileSource | undefined,
): Promise<{ index: TabixIndex; indexSource: FileSource }> {
  if (given !== undefined) return { index: await parseIndex(given), indexSource: given };
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new UsageError({
      where: 'openTabix',
      found: 'bytes without an index',
      expected: "the option index: the bytes of the file's .tbi or .csi",
    });
  }
  const tbi = withEnding(source, '.tbi');
  const csi = withEnding(source, '.csi');
  try {
    return { index: await parseIndex(tbi), indexSource: tbi };
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    return { index: await parseIndex(csi), indexSource: csi };
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw new InputError({
    where: sourceName(source),
    found: `no index beside it, neither ${sourceName(tbi)} nor ${sourceName(csi)}`,
    fix: 'Make it with tabix, or name it with the option index.',
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof InputError && error.details.found.startsWith('no such file');
}

/** The name with a further ending; in an address, before its query. */
function withEnding(source: string | URL, ending: string): string | URL {
  if (typeof source === 'string' && !/^(https?|file):\/\//i.test(source)) return source + ending;
  const address = new URL(source);
  address.pathname += ending;
  return address;
}

async function parseIndex(source: FileSource): Promise<TabixIndex> {
  const file = sourceName(source);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of streamBytes(source)) {
    length += piece.length;
    if (length > MOST_INDEX_BYTES) {
      throw new InputError({
        where: file,
        found: `more than ${String(MOST_INDEX_BYTES)} bytes of content`,
        expected: 'an index',
      });
    }
    pieces.push(piece);
  }
  return new TabixIndex(Buffer.concat(pieces), file);
}

function formatOf({ preset, zeroBased, chrom, start, end }: TabixColumns, index: FileSource) {
  if (preset === 'vcf') return 'vcf';
  if (preset === 'sam') {
    throw new InputError({
      where: sourceName(index),
      found: 'the index of a SAM file',
      expected: 'that of VCF, BED, GFF or another text',
      fix: "Convert it to BAM, or say { format: 'lines' }.",
    });
  }
  if (zeroBased && chrom === 1 && start === 2 && end === 3) return 'bed';
  return !zeroBased && chrom === 1 && start === 4 && end === 5 ? 'gff' : 'lines';
}

function recordsOf<T extends TabixRecord>(
  parse: (line: string, place: LinePlace) => T | symbol | undefined,
): TabixParser<T> {
  return (line, place) => {
    const record = parse(line, place);
    return typeof record === 'symbol' ? undefined : record;
  };
}

function parseLine(line: string, columns: TabixColumns, place: LinePlace): TabixLine {
  const fields = line.split('\t');
  const first = columns.zeroBased ? 0 : 1;
  const startText = fields[columns.start - 1] ?? '';
  const start = place.wholeNumber(startText, [columns.start, 'start'], first) - first;
  const hasEnd = columns.end > 0 && columns.end !== columns.start && columns.preset === 'generic';
  const end = hasEnd
    ? place.wholeNumber(fields[columns.end - 1] ?? '', [columns.end, 'end'])
    : start + 1;
  return { chrom: fields[columns.chrom - 1] ?? '', start, end, fields };
}
