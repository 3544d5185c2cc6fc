import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeError } from '../core/file-writer.ts';

/** Bytes of a piece that is written at once. */
const PIECE = 1 << 22;

/**
 * Sequences by number: in memory up to a limit, from there on in a temporary file, so that a corpus
 * may be larger than memory. Twelve bytes a sequence are always held.
 */
export class SequenceStore {
  readonly #memoryBytes: number;
  readonly #starts: number[] = [0];
  #pieces: Buffer[] = [];
  #piece = Buffer.allocUnsafe(PIECE);
  #used = 0;
  #written = 0;
  #file: { descriptor: number; path: string } | undefined;

  /** @param memoryBytes from so many bytes on, sequences go to the temporary file */
  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes;
  }

  /** Number of sequences. */
  get length(): number {
    return this.#starts.length - 1;
  }

  /** Letters of all sequences. */
  get letters(): number {
    return this.#starts.at(-1) ?? 0;
  }

  /** Whether a temporary file is used. */
  get onDisk(): boolean {
    return this.#file !== undefined;
  }

  add(sequence: string): void {
    for (let at = 0; at < sequence.length;) {
      const room = PIECE - this.#used;
      const part = sequence.slice(at, at + room);
      this.#used += this.#piece.write(part, this.#used, 'latin1');
      at += part.length;
      if (this.#used === PIECE) this.#fill();
    }
    this.#starts.push(this.letters + sequence.length);
  }

  sequenceLength(index: number): number {
    return (this.#starts[index + 1] ?? 0) - (this.#starts[index] ?? 0);
  }

  sequence(index: number): string {
    const start = this.#starts[index] ?? 0;
    const length = this.sequenceLength(index);
    const end = start + length;
    const parts: Buffer[] = [];
    for (let at = start; at < end;) {
      const inPiece = at % PIECE;
      const count = Math.min(end - at, PIECE - inPiece);
      parts.push(this.#bytes(at, count));
      at += count;
    }
    return parts.length === 1
      ? (parts[0] as Buffer).toString('latin1')
      : Buffer.concat(parts).toString('latin1');
  }

  /** Removes the temporary file. */
  close(): void {
    if (this.#file !== undefined) {
      closeSync(this.#file.descriptor);
      rmSync(this.#file.path, { force: true });
    }
    this.#file = undefined;
    this.#pieces = [];
  }

  /** Bytes within one piece. */
  #bytes(at: number, count: number): Buffer {
    if (at >= this.#written) {
      return this.#piece.subarray(at - this.#written, at - this.#written + count);
    }
    const number = Math.floor(at / PIECE);
    const piece = this.#pieces[number];
    if (piece !== undefined)
      return piece.subarray(at - number * PIECE, at - number * PIECE + count);
    const bytes = Buffer.allocUnsafe(count);
    const file = this.#file;
    if (file === undefined) throw new Error('the corpus is closed');
    for (let done = 0; done < count;) {
      const read = readSync(file.descriptor, bytes, done, count - done, at + done);
      if (read === 0) throw new Error(`${file.path} was cut short`);
      done += read;
    }
    return bytes;
  }

  #fill(): void {
    if (this.#file === undefined && this.#written + PIECE > this.#memoryBytes) this.#open();
    if (this.#file === undefined) this.#pieces.push(this.#piece);
    else this.#write(this.#piece, this.#written);
    this.#written += PIECE;
    this.#piece = this.#file === undefined ? Buffer.allocUnsafe(PIECE) : this.#piece;
    this.#used = 0;
  }

  #open(): void {
    const file = path.join(tmpdir(), `tatabox-corpus-${randomBytes(6).toString('hex')}.tmp`);
    try {
      this.#file = { descriptor: openSync(file, 'wx+'), path: file };
      // An open file without a name goes with the process; Windows keeps the name until `close`.
      if (process.platform !== 'win32') rmSync(file, { force: true });
    } catch (error) {
      throw writeError(file, error);
    }
    this.#pieces.forEach((piece, number) => {
      this.#write(piece, number * PIECE);
    });
    this.#pieces = [];
  }

  #write(piece: Buffer, at: number): void {
    const file = this.#file as { descriptor: number; path: string };
    try {
      for (let done = 0; done < piece.length;) {
        done += writeSync(file.descriptor, piece, done, piece.length - done, at + done);
      }
    } catch (error) {
      throw writeError(file.path, error);
    }
  }
}
