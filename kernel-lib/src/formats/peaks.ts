import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { parseBedFields, type BedRecord } from './bed.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { quoted, type LinePlace } from './line-place.ts';
import {
  collectBatches,
  isBrowserLine,
  streamRecordBatches,
  type ParseLine,
} from './stream-records.ts';

/** The kinds of peak files of ENCODE. */
export type PeakKind = 'narrowPeak' | 'broadPeak' | 'gappedPeak';

/** A peak: 0-based, half-open. A gapped peak has the blocks of a BED12 record. */
export interface PeakRecord extends BedRecord {
  /** Enrichment in the region, on the scale of the peak caller. */
  readonly signalValue: number;
  /** −log10 of the p-value; undefined where none was given (−1). */
  readonly pValue?: number;
  /** −log10 of the false discovery rate; undefined where none was given (−1). */
  readonly qValue?: number;
  /** Bases from `start` to the summit; undefined where none was called (−1). narrowPeak only. */
  readonly peak?: number;
}

/** Options of {@link readPeaks} and {@link streamPeaks}. */
export interface PeakOptions {
  /**
   * Default: what the name of the file ends in (`.narrowPeak`, `.broadPeak`, `.gappedPeak`, also
   * compressed), else what the number of columns says: 10, 9 or 15.
   */
  readonly kind?: PeakKind;
}

interface PeakLayout {
  /** Columns in all. */
  readonly width: number;
  /** Leading columns that are those of BED. */
  readonly bedColumns: number;
}

const layouts: Readonly<Record<PeakKind, PeakLayout>> = {
  narrowPeak: { width: 10, bedColumns: 6 },
  broadPeak: { width: 9, bedColumns: 6 },
  gappedPeak: { width: 15, bedColumns: 12 },
};
const kinds = Object.keys(layouts) as PeakKind[];

/**
 * The peaks of a narrowPeak (BED6+4), broadPeak (BED6+3) or gappedPeak (BED12+3) file one after the
 * other, plain, gzip or bgzip (UCSC Genome Browser, data file formats: ENCODE peaks). Lines that are
 * empty or begin with `browser`, `track` or `#` are skipped.
 *
 * @throws InputError naming file, line and column for what is no peak
 */
export async function* streamPeaks(
  source: FileSource,
  options: PeakOptions = {},
): AsyncGenerator<PeakRecord, void, undefined> {
  for await (const records of streamBatches(source, options)) yield* records;
}

/**
 * All peaks of a file; see {@link streamPeaks}.
 *
 * @example
 * const peaks = await readPeaks('CTCF.narrowPeak.gz');
 * const summits = peaks.map(({ start, peak = 0 }) => start + peak);
 */
export async function readPeaks(
  source: FileSource,
  options: PeakOptions = {},
): Promise<PeakRecord[]> {
  return collectBatches(streamBatches(source, options));
}

function streamBatches(
  source: FileSource,
  options: PeakOptions,
): AsyncGenerator<PeakRecord[], void, undefined> {
  checkOptionNames(options, ['kind'], 'readPeaks');
  if (options.kind !== undefined && !kinds.includes(options.kind)) {
    throw new UsageError({
      where: 'readPeaks, kind',
      found: quoted(String(options.kind)),
      expected: kinds.join(', '),
    });
  }
  return streamRecordBatches(source, peakParser(options.kind ?? kindOfName(sourceName(source))));
}

/** The kind that the name of a file says. */
export function kindOfName(name: string): PeakKind | undefined {
  const ending = /\.(\w+peak)(\.b?gz)?$/i.exec(name)?.[1]?.toLowerCase();
  return kinds.find((kind) => kind.toLowerCase() === ending);
}

/** Makes the parser of a peak file's lines; see {@link PeakOptions}. */
export function peakParser(given: PeakKind | undefined): ParseLine<PeakRecord> {
  let kind = given;
  return (line, place) => {
    if (isBrowserLine(line)) return undefined;
    const fields = line.split('\t');
    kind ??= kindOfWidth(fields.length, place);
    const { width, bedColumns } = layouts[kind];
    if (fields.length !== width) {
      const byWidth = kinds.find((each) => layouts[each].width === fields.length);
      throw place.error({
        found: `${String(fields.length)} ${fields.length === 1 ? 'column' : 'columns'}`,
        expected: `the ${String(width)} of ${kind}, separated by tabs`,
        fix:
          byWidth === undefined ? undefined : `If it is a ${byWidth}, say { kind: '${byWidth}' }.`,
      });
    }
    return parsePeak(fields, bedColumns, place);
  };
}

function kindOfWidth(width: number, place: LinePlace): PeakKind {
  const kind = kinds.find((each) => layouts[each].width === width);
  if (kind !== undefined) return kind;
  throw new InputError({
    where: place.where(),
    found: `${String(width)} ${width === 1 ? 'column' : 'columns'}`,
    expected: '10 (narrowPeak), 9 (broadPeak) or 15 (gappedPeak), separated by tabs',
    fix: 'Read other BED files with readBed.',
  });
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function parsePeak(fields: readonly string[], bedColumns: number, place: LinePlace): PeakRecord {
  const bed = parseBedFields(fields.slice(0, bedColumns), place.where());
  const signalValue = place.number(fields[bedColumns] ?? '', [bedColumns + 1, 'signalValue']);
  const record: Mutable<PeakRecord> = { ...bed, signalValue };
  const pValue = logarithm(fields[bedColumns + 1] ?? '', [bedColumns + 2, 'pValue'], place);
  const qValue = logarithm(fields[bedColumns + 2] ?? '', [bedColumns + 3, 'qValue'], place);
  if (pValue !== undefined) record.pValue = pValue;
  if (qValue !== undefined) record.qValue = qValue;
  const offset = fields[bedColumns + 3];
  if (offset !== undefined && offset !== '-1') {
    const column = [bedColumns + 4, 'peak'] as const;
    const peak = place.wholeNumber(offset, column);
    if (peak >= Math.max(1, bed.end - bed.start)) {
      throw place.error(
        {
          found: offset,
          expected: `less than the length ${String(bed.end - bed.start)}, or -1`,
          fix: 'The summit is counted from the start of the peak.',
        },
        column,
      );
    }
    record.peak = peak;
  }
  return record;
}

/** A −log10 value: −1 is none; a p-value of 0 is printed as inf by some peak callers. */
function logarithm(
  text: string,
  column: readonly [number, string],
  place: LinePlace,
): number | undefined {
  if (/^\+?inf(inity)?$/i.test(text)) return Infinity;
  const value = place.number(text, column);
  return value === -1 ? undefined : value;
}
