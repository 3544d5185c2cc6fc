import { InputError, throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { streamBytes } from './read-bytes.ts';

/** Bytes of a field at most: a name or a number is shorter, a file of another kind is not. */
const LONGEST_FIELD = 1 << 20;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;

/** What is told of the fields of a table, one after the other. */
export interface FieldVisitor {
  /**
   * A field: the bytes from `start` to `end` (half-open). They are only valid during the call.
   *
   * @param column from 0
   * @param line from 1
   */
  field(bytes: Uint8Array, start: number, end: number, column: number, line: number): void;
  /** The end of a line that is not empty, and how many fields it had. */
  endLine(columns: number, line: number): void;
}

/** Options of {@link scanFields}. */
export interface ScanFieldsOptions {
  /** One character; default: a tab, or a comma where the first line has no tab. */
  readonly delimiter?: '\t' | ',';
  readonly signal?: AbortSignal;
}

/**
 * Goes through the fields of a delimited text file (plain or gzip) byte by byte, for tables whose
 * lines are too long for a text each: an expression table has 40,000 columns. Memory holds one
 * piece of the file. Quotes around a field are taken off; a delimiter inside quotes is not known.
 *
 * @throws InputError for an empty file, binary data, a field longer than 1 MB
 */
export async function scanFields(
  source: FileSource,
  visitor: FieldVisitor,
  options: ScanFieldsOptions = {},
): Promise<void> {
  const file = sourceName(source);
  const scanner = new FieldScanner(file, visitor, options.delimiter);
  for await (const chunk of streamBytes(source)) {
    throwIfAborted(options.signal, `reading ${file}`);
    scanner.add(chunk);
    await yieldToEventLoop();
  }
  scanner.finish();
}

class FieldScanner {
  readonly #file: string;
  readonly #visitor: FieldVisitor;
  #delimiter: number | undefined;
  /** What is left of the last piece: a field that is not finished, or a heading without a tab. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #started = false;
  #line = 1;
  #column = 0;

  constructor(file: string, visitor: FieldVisitor, delimiter: string | undefined) {
    this.#file = file;
    this.#visitor = visitor;
    this.#delimiter = delimiter?.charCodeAt(0);
  }

  add(chunk: Uint8Array): void {
    let piece = chunk;
    if (!this.#started) {
      this.#started = true;
      if (chunk.subarray(0, 4096).includes(0)) {
        throw new InputError({
          where: this.#file,
          found: 'binary data',
          expected: 'a table as text, plain or gzip',
          fix: 'Save the table as tab-separated text.',
        });
      }
      if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) piece = chunk.subarray(3);
    }
    this.#delimiter ??= this.#chooseDelimiter(piece);
    this.#scan(piece, this.#delimiter ?? 9);
  }

  /** A tab where the first line has one, else a comma; the first piece has many fields of it. */
  #chooseDelimiter(piece: Uint8Array): number {
    const end = piece.indexOf(LINE_FEED);
    const heading = end < 0 ? piece : piece.subarray(0, end);
    return heading.includes(9) || !heading.includes(44) ? 9 : 44;
  }

  finish(): void {
    if (!this.#started) {
      throw new InputError({
        where: this.#file,
        found: 'an empty file',
        expected: 'a table with a heading line',
      });
    }
    if (this.#restBytes > 0 || this.#column > 0) this.#scan(Uint8Array.of(LINE_FEED), -1);
  }

  #scan(piece: Uint8Array, delimiter: number): void {
    let start = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      if (byte !== delimiter && byte !== LINE_FEED) continue;
      if (this.#restBytes > 0) {
        const field = Buffer.concat([...this.#rest, piece.subarray(start, at)]);
        this.#rest = [];
        this.#restBytes = 0;
        this.#emit(field, 0, field.length, byte === LINE_FEED);
      } else this.#emit(piece, start, at, byte === LINE_FEED);
      start = at + 1;
    }
    if (start === piece.length) return;
    // The piece may be a view of a buffer that is filled again.
    this.#rest.push(piece.slice(start));
    this.#restBytes += piece.length - start;
    if (this.#restBytes > LONGEST_FIELD) {
      throw new InputError({
        where: `${this.#file}, line ${String(this.#line)}, column ${String(this.#column + 1)}`,
        found: 'a field of more than 1 MB',
        expected: 'columns that are separated by tabs or commas',
        fix: 'Check that this is the file you meant.',
      });
    }
  }

  #emit(bytes: Uint8Array, from: number, to: number, endsLine: boolean): void {
    let start = from;
    let end = to;
    if (endsLine && end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
    if (endsLine && this.#column === 0 && start === end) {
      this.#line++;
      return;
    }
    if (bytes[start] === QUOTE) {
      if (end - start < 2 || bytes[end - 1] !== QUOTE) {
        throw new InputError({
          where: `${this.#file}, line ${String(this.#line)}, column ${String(this.#column + 1)}`,
          found: 'a quoted field with a delimiter or line break in it, or without its last quote',
          expected: 'names and numbers',
          fix: 'Write the table without quotes.',
        });
      }
      start++;
      end--;
    }
    this.#visitor.field(bytes, start, end, this.#column++, this.#line);
    if (!endsLine) return;
    this.#visitor.endLine(this.#column, this.#line++);
    this.#column = 0;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A field as text.
 *
 * @throws InputError for bytes that are no UTF-8
 */
export function fieldText(
  bytes: Uint8Array,
  start: number,
  end: number,
  where: () => string,
): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch (error) {
    throw new InputError(
      { where: where(), found: 'bytes that are no UTF-8 text', fix: 'Save the file as UTF-8.' },
      { cause: error },
    );
  }
}

const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${String(exponent)}`));

/**
 * A field as a number in decimal notation, NaN where it is none. No text is made for the usual
 * ones: up to 15 digits divided by a power of ten that is exact gives the nearest float64 (Clinger
 * 1990).
 */
export function fieldNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === 45;
  if (negative || bytes[at] === 43) at++;
  let digits = 0;
  let significant = 0;
  let decimals = 0;
  let value = 0;
  let point = false;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48);
      digits++;
      if (value > 0) significant++;
      if (point) decimals++;
    } else if (byte === 46 && !point) point = true;
    else break;
  }
  if (digits === 0) return NaN;
  if (at === end && significant <= 15 && decimals <= 22) {
    const magnitude = value / (POWERS[decimals] ?? 1);
    return negative ? -magnitude : magnitude;
  }
  if (end - start > 400) return NaN;
  const text = String.fromCharCode(...bytes.subarray(start, end));
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}
