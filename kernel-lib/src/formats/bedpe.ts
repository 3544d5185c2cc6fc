import type { Strand } from '../sequence/interval.ts';
import type { FileSource } from './byte-source.ts';
import { quoted, type Column, type LinePlace } from './line-place.ts';
import {
  collectBatches,
  isBrowserLine,
  streamRecordBatches,
  type ParseLine,
} from './stream-records.ts';

/** One of the two ends of a pair: 0-based, half-open. */
export interface BedpeEnd {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  /** `.` where the file does not say. */
  readonly strand: Strand;
}

/** A pair of intervals, for example the anchors of a loop or the mates of a pair of reads. */
export interface BedpeRecord {
  /** Undefined where the file has `.`, −1 and −1: an unknown end, such as a read that is not mapped. */
  readonly first?: BedpeEnd;
  readonly second?: BedpeEnd;
  readonly name?: string;
  readonly score?: number;
  /** The columns from the eleventh on, as they are in the file. */
  readonly extra: readonly string[];
}

/**
 * The pairs of a BEDPE file one after the other, plain, gzip or bgzip (bedtools, "BEDPE format"): 6
 * to 10 columns and any number of further ones. Lines that are empty or begin with `browser`, `track`
 * or `#` are skipped.
 *
 * @throws InputError naming file, line and column for what is no BEDPE
 */
export async function* streamBedpe(
  source: FileSource,
): AsyncGenerator<BedpeRecord, void, undefined> {
  for await (const records of streamBatches(source)) yield* records;
}

/**
 * All pairs of a BEDPE file; see {@link streamBedpe}.
 *
 * @example
 * const loops = await readBedpe('loops.bedpe');
 * const withinChromosomes = loops.filter(({ first, second }) => first?.chrom === second?.chrom);
 */
export async function readBedpe(source: FileSource): Promise<BedpeRecord[]> {
  return collectBatches(streamBatches(source));
}

function streamBatches(source: FileSource): AsyncGenerator<BedpeRecord[], void, undefined> {
  return streamRecordBatches(source, bedpeLineParser());
}

/**
 * Makes the parser of a BEDPE file's lines.
 *
 * @param columns undefined for as many as the first record has
 */
export function bedpeLineParser(columns?: number): ParseLine<BedpeRecord> {
  let width = columns;
  return (line, place) => {
    if (isBrowserLine(line)) return undefined;
    const fields = line.split('\t');
    width ??= fields.length;
    if (fields.length < 6 || fields.length !== width) {
      throw place.error({
        found: `${String(fields.length)} ${fields.length === 1 ? 'column' : 'columns'}`,
        expected:
          width < 6
            ? 'at least 6 (chrom1, start1, end1, chrom2, start2, end2), separated by tabs'
            : `${String(width)} columns as in the records before`,
      });
    }
    return parsePair(fields, place);
  };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function parsePair(fields: readonly string[], place: LinePlace): BedpeRecord {
  const record: Mutable<BedpeRecord> = { extra: fields.slice(10) };
  const first = parseEnd(fields, 0, 8, place);
  const second = parseEnd(fields, 3, 9, place);
  if (first !== undefined) record.first = first;
  if (second !== undefined) record.second = second;
  const [name = '.', score = '.'] = fields.slice(6, 8);
  if (name !== '.' && name !== '') record.name = name;
  if (score !== '.' && score !== '') record.score = place.number(score, [8, 'score']);
  return record;
}

/**
 * @param column index of the end's chromosome
 * @param strandColumn index of its strand
 */
function parseEnd(
  fields: readonly string[],
  column: number,
  strandColumn: number,
  place: LinePlace,
): BedpeEnd | undefined {
  const [chrom = '', startText = '', endText = ''] = fields.slice(column, column + 3);
  const number = String(column / 3 + 1);
  const unknown = [chrom === '.', startText === '-1', endText === '-1'];
  if (unknown.every(Boolean)) return undefined;
  if (chrom === '' || unknown.some(Boolean)) {
    throw place.error({
      found: `${quoted(chrom)}, ${quoted(startText)}, ${quoted(endText)} for end ${number}`,
      expected: "a chromosome, a start and an end, or '.', -1, -1 for an unknown end",
    });
  }
  const start = place.wholeNumber(startText, [column + 2, `start${number}`]);
  const end = place.wholeNumber(endText, [column + 3, `end${number}`]);
  if (end < start) {
    throw place.error({
      found: `end${number} ${String(end)} before start${number} ${String(start)}`,
      expected: 'start ≤ end',
    });
  }
  const strand = fields[strandColumn] ?? '.';
  if (strand !== '+' && strand !== '-' && strand !== '.') {
    const where: Column = [strandColumn + 1, `strand${number}`];
    throw place.error({ found: quoted(strand), expected: "'+', '-' or '.'" }, where);
  }
  return { chrom, start, end, strand };
}
