import { UsageError } from 'tatabox/core/errors.ts';
import { contigNameAdvice } from 'tatabox/sequence/contig-names.ts';
import type { SequenceRecord } from './sequence-types.ts';

/** A place in a sequence file: the number of the record, 0-based and half-open. */
export interface SequencePlace {
  readonly record: number;
  readonly start: number;
  readonly end: number;
}

/** Names that a name which is not known is compared with at most. */
const COMPARED = 20_000;
const EXPECTED = 'chr1:1,234-5,678, chr1:1,234, chr1, or 1,234-5,678 in the record that is shown';

/** `1,234`, `1,234-5,678` and `1,234-`, with the dash that office programs make of it, too. */
const RANGE = /^([\d,]+)(?:\s*[-–]\s*([\d,]*)|\s*\.\.\s*([\d,]+))?$/;

/**
 * Reads a place as a user types it, counted from 1 with both ends in it: `chr1:1,234-5,678`, `chr1:1234`,
 * `chr1`, or a range in the current record. A name may have colons itself. An end beyond the record
 * is cut.
 *
 * @param current number of the record that is shown
 * @param find number of the record of a name; default: the first of `records` with it
 * @throws UsageError for another form, a name that the file does not have (with the one that may be
 *   meant), or a place outside the record
 *
 * @example
 * parsePlace('chrIV:1,001-2,500', document.records); // { record: 3, start: 1000, end: 2500 }
 */
export function parsePlace(
  text: string,
  records: readonly SequenceRecord[],
  current?: number,
  find: (name: string) => number | undefined = (name) => firstNamed(records, name),
): SequencePlace {
  const typed = text
    .trim()
    .replace(/^>\s*/, '')
    .replace(/\([+-]\)$/, '');
  if (typed === '') {
    throw new UsageError({ where: 'place', found: 'nothing', expected: EXPECTED });
  }
  const whole = find(typed);
  if (whole !== undefined) return { record: whole, start: 0, end: records[whole]?.length ?? 0 };
  const inCurrent = RANGE.exec(typed);
  if (inCurrent !== null && current !== undefined) {
    return placeIn(records, current, inCurrent, typed);
  }
  const colon = typed.lastIndexOf(':');
  const name = colon < 0 ? typed : typed.slice(0, colon).trim();
  const rest = colon < 0 ? '' : typed.slice(colon + 1).trim();
  const record = colon < 0 ? undefined : find(name);
  if (record !== undefined) {
    if (rest === '') return { record, start: 0, end: records[record]?.length ?? 0 };
    const range = RANGE.exec(rest);
    if (range !== null) return placeIn(records, record, range, typed);
    throw new UsageError({ where: 'place', found: `'${shown(typed)}'`, expected: EXPECTED });
  }
  // Where no range follows, the colon is part of the name.
  const meant = RANGE.test(rest) ? name : typed;
  const names = records.slice(0, COMPARED).map((known) => known.name);
  throw new UsageError({
    where: 'place',
    found: `no record '${shown(meant)}'`,
    fix: contigNameAdvice(meant.slice(0, 200), names),
  });
}

function placeIn(
  records: readonly SequenceRecord[],
  record: number,
  [, first = '', last, lastAfterDots]: RegExpExecArray,
  typed: string,
): SequencePlace {
  const { name = '', length = 0 } = records[record] ?? {};
  const where = `place '${shown(typed)}'`;
  const from = numberIn(first);
  const to = last === '' ? length : numberIn(last ?? lastAfterDots ?? first);
  if (Number.isNaN(from) || Number.isNaN(to)) {
    throw new UsageError({ where, found: 'a comma without digits', expected: EXPECTED });
  }
  if (from < 1) {
    throw new UsageError({ where, found: 'place 0', expected: 'places counted from 1' });
  }
  if (from > length) {
    throw new UsageError({
      where,
      found: `place ${from.toLocaleString('en')}`,
      expected: `1 to ${length.toLocaleString('en')}, the length of '${shown(name)}'`,
    });
  }
  if (to < from) {
    throw new UsageError({
      where,
      found: `an end (${to.toLocaleString('en')}) before its start (${from.toLocaleString('en')})`,
      expected: 'start ≤ end',
    });
  }
  return { record, start: from - 1, end: Math.min(to, length) };
}

function numberIn(text: string): number {
  const digits = text.replaceAll(',', '');
  return digits === '' ? NaN : Number(digits);
}

function firstNamed(records: readonly SequenceRecord[], name: string): number | undefined {
  const found = records.findIndex((record) => record.name === name);
  return found < 0 ? undefined : found;
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
