import type { FastaIndexEntry } from './fasta-index.ts';

/** What one record of a FASTA file has. */
export interface FastaScanRecord extends FastaIndexEntry {
  /** Line of its header, from 1. */
  readonly line: number;
  /** How often each byte occurs in its sequence. Reused: copy it to keep it. */
  readonly letters: Uint32Array;
  /** Whether all lines but the last have the same length, which an index needs. */
  readonly hasEqualLines: boolean;
}

interface OpenRecord {
  readonly name: string;
  readonly line: number;
  readonly offset: number;
  length: number;
  lineBases: number;
  lineBytes: number;
  hasEqualLines: boolean;
  /** Whether a shorter line was seen: it must be the last one. */
  isEnding: boolean;
}

const GREATER_THAN = 62;
const LINE_FEED = 10;
const RETURN = 13;
/** Bytes of a header that are kept. */
const LONGEST_HEADER = 1 << 16;

/**
 * Counts the letters of each record of a FASTA file, in memory that does not grow with the length of
 * its sequences. Nothing is wrong for it but text before the first header.
 */
export class FastaScanner {
  /** Lines so far. */
  line = 0;
  /** Whether something but empty lines comes before the first header. */
  hasTextBefore = false;
  readonly #letters = new Uint32Array(256);
  readonly #finish: (record: FastaScanRecord) => void;
  #record: OpenRecord | undefined;
  #header: Uint8Array[] | undefined;
  #headerLength = 0;
  #lineLength = 0;
  #lastByte = 0;
  #before = 0;

  /** @param finish is given each record when it ends */
  constructor(finish: (record: FastaScanRecord) => void) {
    this.#finish = finish;
  }

  add(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length;) {
      const lineFeed = chunk.indexOf(LINE_FEED, start);
      const end = lineFeed < 0 ? chunk.length : lineFeed;
      if (this.#lineLength === 0 && chunk[start] === GREATER_THAN) {
        this.#header = [];
        this.#headerLength = 0;
      }
      if (this.#header !== undefined) {
        if (this.#headerLength < LONGEST_HEADER) this.#header.push(chunk.slice(start, end));
        this.#headerLength += end - start;
      } else this.#count(chunk, start, end);
      this.#lineLength += end - start;
      if (end > start) this.#lastByte = chunk[end - 1] ?? 0;
      if (lineFeed >= 0) this.#endLine(this.#before + lineFeed + 1, 1);
      start = end + 1;
    }
    this.#before += chunk.length;
  }

  end(): void {
    if (this.#lineLength > 0) this.#endLine(this.#before, 0);
    this.#endRecord();
  }

  #count(chunk: Uint8Array, start: number, end: number): void {
    const letters = this.#letters;
    for (let i = start; i < end; i++) {
      const byte = chunk[i] as number;
      letters[byte] = (letters[byte] as number) + 1;
    }
  }

  #endLine(nextOffset: number, feeds: number): void {
    const returns = this.#lineLength > 0 && this.#lastByte === RETURN ? 1 : 0;
    const bases = this.#lineLength - returns;
    this.line++;
    if (this.#header !== undefined) {
      this.#endRecord();
      const text = Buffer.concat(this.#header).toString();
      this.#record = {
        name: /^>(\S*)/.exec(text)?.[1] ?? '',
        line: this.line,
        offset: nextOffset,
        length: 0,
        lineBases: 0,
        lineBytes: 0,
        hasEqualLines: true,
        isEnding: false,
      };
      this.#letters.fill(0);
    } else if (this.#record === undefined) this.hasTextBefore ||= bases > 0;
    else this.#addLine(this.#record, bases, bases + returns + feeds);
    this.#header = undefined;
    this.#lineLength = 0;
  }

  #addLine(record: OpenRecord, bases: number, bytes: number): void {
    if (bases === 0) {
      record.isEnding ||= record.length > 0;
      return;
    }
    if (record.length === 0) {
      record.lineBases = bases;
      record.lineBytes = Math.max(bytes, bases + 1);
    } else if (record.isEnding || bases > record.lineBases) record.hasEqualLines = false;
    if (bases < record.lineBases) record.isEnding = true;
    record.length += bases;
  }

  #endRecord(): void {
    const record = this.#record;
    if (record === undefined) return;
    this.#record = undefined;
    this.#letters[RETURN] = 0;
    this.#finish({ ...record, letters: this.#letters });
  }
}
