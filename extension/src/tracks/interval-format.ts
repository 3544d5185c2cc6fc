import { bedGraphParser } from 'tatabox/formats/bed-graph.ts';
import { bedLineParser, type BedRecord } from 'tatabox/formats/bed.ts';
import { bedpeLineParser, type BedpeRecord } from 'tatabox/formats/bedpe.ts';
import { formatOfName } from 'tatabox/formats/detect-format.ts';
import { gffLineParser, type GffAttributes, type GffDialect } from 'tatabox/formats/gff.ts';
import { LinePlace } from 'tatabox/formats/line-place.ts';
import { peakParser, type PeakKind } from 'tatabox/formats/peaks.ts';
import { endOfRecords, isBrowserLine, type ParseLine } from 'tatabox/formats/stream-records.ts';
import { BED, BEDPE, BED_GRAPH, extraColumns, GFF3, GTF, PEAK } from './interval-columns.ts';
import type { Column, Region } from './track-types.ts';

/** What a line of any of the formats says: 0-based, half-open. */
export interface IntervalRecord extends Region {
  readonly score?: number;
  readonly strand?: '+' | '-' | '.';
  /** The other end of a pair. */
  readonly mate?: Region;
  /** Type and attributes of a GTF or GFF3 feature. */
  readonly type?: string;
  readonly attributes?: GffAttributes;
}

/** The kinds of formats, by how their lines are read. */
export type IntervalKind = 'bed' | 'bedGraph' | 'bedpe' | 'gtf' | 'gff3';

/** A format of intervals in text, as one file has it. */
export interface IntervalFormat {
  /** For people: `BED6`, `BED6+2`, `narrowPeak`, `GTF`, … */
  readonly format: string;
  readonly kind: IntervalKind;
  /** Leading columns that are those of BED; 0 for other kinds. */
  readonly bedColumns: number;
  readonly columns: readonly Column[];
  /** Makes a parser for the file from its first line on. */
  readonly parser: () => ParseLine<IntervalRecord>;
  /** The cells of a line. */
  readonly split: (line: string) => string[];
}

/** Data lines that are looked at. */
const SAMPLE = 200;
const PEAKS: readonly PeakKind[] = ['narrowPeak', 'broadPeak', 'gappedPeak'];
const splitTabs = (line: string): string[] => line.split('\t');

/**
 * The format of a file by its name and first lines; lines that are damaged do not decide it.
 */
export function chooseIntervalFormat(name: string, lines: readonly string[]): IntervalFormat {
  const named = formatOfName(name);
  const track = lines.map((line) => /^track\b.*\btype="?(\w+)/.exec(line)?.[1]).find(Boolean);
  const data = lines.filter((line) => !isBrowserLine(line) && line.length < 1 << 20);
  const sample = data.slice(0, SAMPLE);
  const width = usualWidth(sample);
  const heading = headingOf(lines);
  if (named === 'gtf' || named === 'gff3') return gffFormat(name, lines);
  if (named === 'bedpe') return bedpeFormat(width, heading);
  const said = PEAKS.find((kind) => kind === named || kind === track);
  if (said !== undefined) return peakFormat(said);
  if (named === 'bedGraph' || track === 'bedGraph') return bedGraphFormat();
  const candidates = [
    ...(width === 10 ? [peakFormat('narrowPeak')] : []),
    ...(width === 15 ? [peakFormat('gappedPeak')] : []),
    ...[12, 9].filter((each) => each <= width).map((each) => bedFormat(each, width, heading)),
    ...(width === 9 ? [peakFormat('broadPeak')] : []),
    ...[8, 7, 6, 5, 4, 3]
      .filter((each) => each <= width)
      .map((each) => bedFormat(each, width, heading)),
    ...(named === 'bed' ? [] : [gffFormat(name, lines)]),
  ];
  const fitting = candidates.map((candidate) => countFitting(candidate, sample));
  const most = Math.max(...fitting);
  // The one that says most, unless most lines do not fit it.
  const best = candidates[fitting.findIndex((count) => 2 * count >= most)];
  return most === 0 || best === undefined ? bedFormat(3, Math.max(3, width), heading) : best;
}

function countFitting(format: IntervalFormat, sample: readonly string[]): number {
  const parse = format.parser();
  const place = new LinePlace('');
  return sample.filter((line) => {
    try {
      return parse(line, place) !== undefined;
    } catch {
      return false;
    }
  }).length;
}

/** The number of columns that most lines have, of the first such. */
function usualWidth(lines: readonly string[]): number {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const width = splitTabs(line).length;
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  let best = 3;
  for (const [width, count] of counts) if (count > (counts.get(best) ?? 0)) best = width;
  return best;
}

/** The last comment before the data, where it has columns. */
function headingOf(lines: readonly string[]): string[] | undefined {
  const end = lines.findIndex((line) => !isBrowserLine(line));
  const comments = lines.slice(0, end < 0 ? lines.length : end);
  const last = comments.reverse().find((line) => line.startsWith('#') && line.includes('\t'));
  return last?.replace(/^#+\s*/, '').split('\t');
}

function bedFormat(
  bedColumns: number,
  width: number,
  heading: readonly string[] | undefined,
): IntervalFormat {
  const known = BED.slice(0, bedColumns);
  const extra = width - bedColumns;
  return {
    format: `BED${String(bedColumns)}${extra > 0 ? `+${String(extra)}` : ''}`,
    kind: 'bed',
    bedColumns,
    columns: [...known, ...extraColumns(known, width, heading)],
    parser: () => bedLineParser(bedColumns, width) as ParseLine<BedRecord>,
    split: splitTabs,
  };
}

function peakFormat(kind: PeakKind): IntervalFormat {
  const bedColumns = kind === 'gappedPeak' ? 12 : 6;
  return {
    format: kind,
    kind: 'bed',
    bedColumns,
    columns: [...BED.slice(0, bedColumns), ...PEAK.slice(0, kind === 'narrowPeak' ? 4 : 3)],
    parser: () => peakParser(kind),
    split: splitTabs,
  };
}

function bedGraphFormat(): IntervalFormat {
  return {
    format: 'bedGraph',
    kind: 'bedGraph',
    bedColumns: 0,
    columns: BED_GRAPH,
    parser: () => {
      const parse = bedGraphParser(false, false);
      return (line, place) => {
        const record = parse(line, place);
        if (record === undefined || record === endOfRecords) return record;
        const { chrom, start, end, value } = record;
        return { chrom, start, end, score: value };
      };
    },
    split: (line) => (line.includes('\t') ? splitTabs(line) : line.trim().split(/ +/)),
  };
}

function bedpeFormat(width: number, heading: readonly string[] | undefined): IntervalFormat {
  const known = BEDPE.slice(0, Math.max(6, Math.min(width, BEDPE.length)));
  return {
    format: 'BEDPE',
    kind: 'bedpe',
    bedColumns: 0,
    columns: [...known, ...extraColumns(known, width, heading)],
    parser: () => {
      const parse = bedpeLineParser(width >= 6 ? width : undefined);
      return (line, place) => {
        const record = parse(line, place);
        return record === undefined || record === endOfRecords ? record : recordOfPair(record);
      };
    },
    split: splitTabs,
  };
}

/** A pair by its first end; by the second where the first is unknown; nothing where both are. */
function recordOfPair({ first, second, score }: BedpeRecord): IntervalRecord | undefined {
  const place = first ?? second;
  if (place === undefined) return undefined;
  const { chrom, start, end, strand } = place;
  return {
    chrom,
    start,
    end,
    strand,
    ...(score === undefined ? {} : { score }),
    ...(first === undefined || second === undefined ? {} : { mate: second }),
  };
}

function gffFormat(name: string, lines: readonly string[]): IntervalFormat {
  let dialect: GffDialect | undefined;
  const parse = gffLineParser(undefined, name, (found) => (dialect = found));
  const place = new LinePlace(name);
  for (const line of lines.slice(0, 10 * SAMPLE)) {
    try {
      if (parse(line, place) === endOfRecords) break;
    } catch {
      // A line that is none says nothing.
    }
    if (dialect !== undefined) break;
  }
  const known: GffDialect = dialect ?? (/\.gtf(\.b?gz)?$/i.test(name) ? 'gtf' : 'gff3');
  return {
    format: known === 'gtf' ? 'GTF' : 'GFF3',
    kind: known,
    bedColumns: 0,
    columns: known === 'gtf' ? GTF : GFF3,
    parser: () => gffLineParser(known, name),
    split: splitTabs,
  };
}
