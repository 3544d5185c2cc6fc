import { InputError } from '../core/errors.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { streamLines } from './stream-lines.ts';

/** A record of a delimited text file. */
export interface DelimitedRecord {
  /** Line on which it starts, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * The records of a delimited text file. A field that begins with `"` goes on to the next single
 * `"` (RFC 4180): it may hold delimiters, line breaks and doubled quotes. Empty lines at the end
 * are dropped.
 *
 * @param chooseDelimiter is given the first line
 */
export async function* streamDelimited(
  source: FileSource,
  chooseDelimiter: (firstLine: string) => string,
): AsyncGenerator<DelimitedRecord, void, undefined> {
  const file = sourceName(source);
  let delimiter: string | undefined;
  let open: { line: number; text: string } | undefined;
  const emptyLines: number[] = [];
  for await (const { firstLine, lines } of streamLines(source)) {
    for (const [index, line] of lines.entries()) {
      const number = firstLine + index;
      delimiter ??= chooseDelimiter(line);
      if (open === undefined && line === '') {
        emptyLines.push(number);
        continue;
      }
      for (const empty of emptyLines.splice(0)) yield { line: empty, fields: [''] };
      const text: string = open === undefined ? line : `${open.text}\n${line}`;
      const start: number = open?.line ?? number;
      const fields = text.includes('"')
        ? splitQuoted(text, delimiter, `${file}, line ${String(start)}`)
        : text.split(delimiter);
      if (fields === undefined) {
        open = { line: start, text };
        continue;
      }
      open = undefined;
      yield { line: start, fields };
    }
  }
  if (open !== undefined) {
    throw new InputError({
      where: `${file}, line ${String(open.line)}`,
      found: 'a quoted field that does not end',
      expected: 'a closing "',
      fix: 'Write a " inside a field as "" and put the field in quotes.',
    });
  }
}

/** The fields of a record with quotes, or undefined where a quoted field goes on on the next line. */
function splitQuoted(text: string, delimiter: string, where: string): string[] | undefined {
  const fields: string[] = [];
  let position = 0;
  for (;;) {
    if (text[position] === '"') {
      let end = position + 1;
      for (;;) {
        end = text.indexOf('"', end);
        if (end < 0) return undefined;
        if (text[end + 1] !== '"') break;
        end += 2;
      }
      fields.push(text.slice(position + 1, end).replaceAll('""', '"'));
      position = end + 1;
      if (position < text.length && !text.startsWith(delimiter, position)) {
        throw new InputError({
          where,
          found: `text after the closing quote of field ${String(fields.length)}`,
          expected: 'the delimiter or the end of the line',
          fix: 'Write a " inside a field as "" and put the field in quotes.',
        });
      }
    } else {
      const end = text.indexOf(delimiter, position);
      fields.push(text.slice(position, end < 0 ? text.length : end));
      position = end < 0 ? text.length : end;
    }
    if (position >= text.length) return fields;
    position += delimiter.length;
    if (position === text.length) return [...fields, ''];
  }
}
