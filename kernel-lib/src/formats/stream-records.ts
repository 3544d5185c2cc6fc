import { sourceName, type FileSource } from './byte-source.ts';
import { LinePlace } from './line-place.ts';
import { streamLines } from './stream-lines.ts';

/** What a parser returns at a line behind which there are no more records. */
export const endOfRecords = Symbol('end of records');

/** Makes a record of a line; undefined for a line that is none, such as a comment. */
export type ParseLine<T> = (line: string, place: LinePlace) => T | undefined | typeof endOfRecords;

/**
 * The records of a text file with one record a line, some lines at a time: a turn of the event loop
 * for each record takes longer than to parse it. The records before a bad line are yielded before
 * its error is thrown.
 *
 * @param atEnd is called behind the last line
 */
export async function* streamRecordBatches<T>(
  source: FileSource,
  parse: ParseLine<T>,
  atEnd?: (place: LinePlace) => void,
): AsyncGenerator<T[], void, undefined> {
  const place = new LinePlace(sourceName(source));
  for await (const { firstLine, lines } of streamLines(source)) {
    const records: T[] = [];
    let problem: { error: unknown } | undefined;
    let ended = false;
    try {
      for (let index = 0; index < lines.length && !ended; index++) {
        place.line = firstLine + index;
        const record = parse(lines[index] ?? '', place);
        if (record === endOfRecords) ended = true;
        else if (record !== undefined) records.push(record);
      }
    } catch (error) {
      problem = { error };
    }
    if (records.length > 0) yield records;
    if (problem !== undefined) throw problem.error;
    if (ended) break;
  }
  atEnd?.(place);
}

/** All records of the batches. */
export async function collectBatches<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) {
    for (const record of batch) all.push(record);
  }
  return all;
}

/** Whether a line of a BED-like file holds no record: empty, a comment, or for a genome browser. */
export function isBrowserLine(line: string): boolean {
  return line.trim() === '' || /^(#|track\b|browser\b)/.test(line);
}
