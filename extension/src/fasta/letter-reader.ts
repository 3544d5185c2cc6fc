import { InputError } from 'tatabox/core/errors.ts';
import type { FastaBytes } from 'tatabox/formats/fasta-bytes.ts';
import type { FastaLayout } from 'tatabox/formats/fasta-layout.ts';
import { fileError } from 'tatabox/formats/file-error.ts';

/** Bytes that are read at a time. */
const PIECE = 1 << 20;
/** Ranges of at most so many bytes are taken at once where they are at hand. */
const SMALL = 1 << 16;
const SPACE = 32;

/** Reads letters of records from the bytes of their file, wherever the line ends are. */
export class LetterReader {
  readonly #file: string;
  readonly #bytes: FastaBytes;
  readonly #layout: FastaLayout;
  #near: { readonly from: number; readonly bytes: Uint8Array } = {
    from: 0,
    bytes: new Uint8Array(0),
  };

  /** @param file what messages call the file */
  constructor(file: string, bytes: FastaBytes, layout: FastaLayout) {
    this.#file = file;
    this.#bytes = bytes;
    this.#layout = layout;
  }

  /** Letters of a range inside the record, as they are in the file. */
  async read(record: number, start: number, end: number): Promise<Uint8Array> {
    if (end <= start) return new Uint8Array(0);
    const { lengths } = this.#layout.columns;
    const small = this.#layout.isUnequal(record) ? undefined : this.#tryRead(record, start, end);
    if (small !== undefined) return small;
    // No more memory than there are letters.
    const letters = new Uint8Array(Math.min(end, lengths[record] ?? 0) - start);
    let done = 0;
    for await (const piece of this.stream(record, start, end)) {
      letters.set(piece, done);
      done += piece.length;
    }
    return letters;
  }

  /** Letters of a range in pieces, in order; the next piece is read while one is used. */
  async *stream(
    record: number,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let left = end - start;
    if (left <= 0) return;
    const { from, to, skip: before } = this.#range(record, start, end);
    const isUnequal = this.#layout.isUnequal(record);
    let skip = before;
    let next = this.#read(from, Math.min(PIECE, to - from));
    // It may fail while nobody waits for it.
    next.catch(() => undefined);
    for (let at = from; at < to && left > 0; at += PIECE) {
      const bytes = await next;
      const following = at + PIECE;
      if (following < to) {
        next = this.#read(following, Math.min(PIECE, to - following));
        next.catch(() => undefined);
      }
      const all = isUnequal ? withoutGaps(bytes) : this.#joinLines(record, at, bytes);
      const letters = all.subarray(skip, skip + left);
      skip = Math.max(0, skip - all.length);
      left -= letters.length;
      if (letters.length > 0) yield letters;
    }
    if (left > 0) throw this.#changed();
  }

  /**
   * As `read`, for records one after the other: bytes are read far ahead, and kept for the next ones.
   * The letters are valid until the next call.
   */
  async readNear(record: number, start: number, end: number): Promise<Uint8Array> {
    const { from, to } = this.#range(record, start, end);
    const { ends } = this.#layout.columns;
    const last = ends[ends.length - 1] ?? 0;
    // A record may lie before the last one where an index says so; its bytes are needed in any case.
    const length = Math.max(to - from, Math.min(PIECE, last - from));
    this.#near = { from, bytes: await this.#read(from, length) };
    return this.near(record, start, end) ?? this.read(record, start, end);
  }

  /** As `readNear`, where the bytes have been read; else undefined. */
  near(record: number, start: number, end: number): Uint8Array | undefined {
    const { from, to, skip } = this.#range(record, start, end);
    const { from: nearFrom, bytes: near } = this.#near;
    if (from < nearFrom || to > nearFrom + near.length) return undefined;
    const bytes = near.subarray(from - nearFrom, to - nearFrom);
    const isUnequal = this.#layout.isUnequal(record);
    const all = isUnequal ? withoutGaps(bytes) : this.#joinLines(record, from, bytes);
    const letters = all.subarray(skip, skip + end - start);
    if (letters.length < end - start) throw this.#changed();
    return letters;
  }

  /** The bytes that hold some letters, and letters in them that come before. */
  #range(
    record: number,
    start: number,
    end: number,
  ): { readonly from: number; readonly to: number; readonly skip: number } {
    const { sparse, offsets, ends } = this.#layout.columns;
    if (!this.#layout.isUnequal(record)) {
      const to = end > start ? this.#byteOf(record, end - 1) + 1 : 0;
      return { from: this.#byteOf(record, start), to, skip: 0 };
    }
    const places = sparse.get(record);
    if (places === undefined) {
      return { from: offsets[record] ?? 0, to: ends[record] ?? 0, skip: start };
    }
    const place = lastAtMost(places.letters, start);
    const after = lastAtMost(places.letters, end) + 1;
    return {
      from: places.bytes[place] ?? 0,
      to: after < places.bytes.length ? (places.bytes[after] ?? 0) : (ends[record] ?? 0),
      skip: start - (places.letters[place] ?? 0),
    };
  }

  #tryRead(record: number, start: number, end: number): Uint8Array | undefined {
    const from = this.#byteOf(record, start);
    const length = this.#byteOf(record, end - 1) + 1 - from;
    if (length > SMALL) return undefined;
    const bytes = this.#bytes.tryRead(from, length);
    if (bytes === undefined) return undefined;
    if (bytes.length < length) throw this.#changed();
    const letters = new Uint8Array(this.#joinLines(record, from, bytes));
    if (letters.length !== end - start) throw this.#changed();
    return letters;
  }

  async #read(position: number, length: number): Promise<Uint8Array> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#bytes.read(position, length);
    } catch (error) {
      throw await fileError(this.#file, error);
    }
    if (bytes.length < length) throw this.#changed();
    return bytes;
  }

  /** Byte of a letter in a record with equal lines. */
  #byteOf(record: number, letter: number): number {
    const { offsets, lineLetters, lineBytes } = this.#layout.columns;
    const perLine = lineLetters[record] ?? 1;
    const line = Math.floor(letter / perLine);
    return (offsets[record] ?? 0) + line * (lineBytes[record] ?? 0) + (letter - line * perLine);
  }

  /** Takes the line ends out of bytes of a record with equal lines. */
  #joinLines(record: number, position: number, bytes: Uint8Array): Uint8Array {
    const { offsets, lineLetters, lineBytes } = this.#layout.columns;
    const perLine = lineLetters[record] ?? 1;
    const step = lineBytes[record] ?? 1;
    let column = (position - (offsets[record] ?? 0)) % step;
    // Where all lies on one line nothing is to be done.
    if (column + bytes.length <= perLine) return bytes;
    // In a copy: what was read may be memory that others read, too.
    const letters = new Uint8Array(bytes);
    let done = 0;
    for (let at = 0; at < letters.length;) {
      const end = Math.min(letters.length, at + Math.max(0, perLine - column));
      // What is not the end of a line there says that the file is not what was indexed.
      if (end < letters.length && (letters[end] ?? 0) > SPACE) throw this.#changed();
      if (at !== done) letters.copyWithin(done, at, end);
      done += end - at;
      at = end + step - Math.max(perLine, column);
      column = 0;
    }
    return letters.subarray(0, done);
  }

  #changed(): InputError {
    return new InputError({
      where: this.#file,
      found: 'other bytes than when it was opened',
      fix: 'The file changed: open it again.',
    });
  }
}

/** The letters among bytes. */
function withoutGaps(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const letters = new Uint8Array(length);
  let done = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] ?? 0;
    letters[done] = byte;
    if (byte > SPACE) done++;
  }
  return letters.subarray(0, done);
}

/** Place of the last of rising numbers that is at most `value`. */
function lastAtMost(numbers: Float64Array, value: number): number {
  let low = 0;
  let high = numbers.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}
