import { LinePlace } from 'tatabox/formats/line-place.ts';
import { endOfRecords } from 'tatabox/formats/stream-records.ts';
import type { IntervalFormat, IntervalRecord } from '../tracks/interval-format.ts';
import type { Column } from '../tracks/track-types.ts';

/** What a line says. */
export interface DescribedLine {
  readonly record: IntervalRecord;
  readonly length: number;
  /** The cells that there are, with their columns. */
  readonly cells: readonly { readonly column: Column; readonly value: string }[];
}

/** What a line of intervals says; undefined for a comment, and for what is none. */
export function describeLine(format: IntervalFormat, line: string): DescribedLine | undefined {
  let record: IntervalRecord | undefined | typeof endOfRecords;
  try {
    record = format.parser()(line, new LinePlace(''));
  } catch {
    // The Problems panel says what is wrong with it.
    return undefined;
  }
  if (record === undefined || record === endOfRecords) return undefined;
  const cells = format
    .split(line)
    .map((value, i) => ({ column: format.columns[i], value }))
    .filter((cell): cell is { column: Column; value: string } => cell.column !== undefined);
  return { record, length: record.end - record.start, cells };
}
