import { TataboxError, InputError } from '../core/errors.ts';
import { DNA } from '../sequence/alphabet.ts';
import { encodeInto, encodePairsInPlace, invalidLetterError } from '../sequence/encode-sequence.ts';
import type { FastaBytes } from './fasta-bytes.ts';
import type { FastaIndexEntry } from './fasta-index.ts';
import { fileError } from './file-error.ts';

/** A window that is wanted as tokens. */
export interface WindowRequest {
  readonly entry: FastaIndexEntry;
  /** 0-based, half-open, within the contig. */
  readonly start: number;
  readonly end: number;
  /** Whether the reverse complement is wanted. */
  readonly reverse: boolean;
  /** Where the tokens go, from `at`. */
  readonly target: Uint8Array;
  readonly at: number;
}

/** A part of a window, at most {@link RUN_BASES} long. */
interface Piece {
  readonly request: WindowRequest;
  readonly start: number;
  readonly end: number;
  /** Its bytes in the file: `[from, to)`. */
  readonly from: number;
  readonly to: number;
}

/** Pieces `first` … `end − 1`, which one read of the bytes `[from, to)` serves. */
interface Run {
  readonly first: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** Bases of a piece, and bytes of a read that serves several. */
const RUN_BASES = 1 << 18;
/** Bytes between two pieces up to which reading them too is cheaper than a second read. */
const RUN_GAP = 1 << 13;
/** Reads and decompressions in other threads at a time. */
const READS_AT_A_TIME = 128;
/** Bytes before a contig in which its header is looked for; a longer header is searched further. */
const HEADER_BYTES = [1 << 9, 1 << 16];

/**
 * Reads windows of a FASTA file straight into tokens: neighbouring windows share a read, and no
 * text is made on the way.
 */
export class FastaWindowReader {
  readonly #file: string;
  readonly #bytes: FastaBytes;
  readonly #checkedContigs = new Set<FastaIndexEntry>();
  #letters = new Uint8Array(1 << 12);
  #pairs = new Uint16Array(this.#letters.buffer);

  constructor(file: string, bytes: FastaBytes) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Fills the targets, this thread waiting. */
  readSync(requests: readonly WindowRequest[]): void {
    try {
      const pieces = cutAndSort(requests);
      for (let first = 0; first < pieces.length;) {
        const run = runFrom(pieces, first);
        for (const entry of this.#unchecked(pieces, run)) this.#checkHeaderSync(entry);
        this.#encodeRun(pieces, run, this.#bytes.readSync(run.from, run.to - run.from));
        first = run.end;
      }
    } catch (error) {
      throw this.#unreadable(error, requests[0]?.entry);
    }
  }

  /**
   * Fills the targets; what is not at hand is read by other threads.
   *
   * @param pause is called after every read, with the number of windows that are done, and awaited
   *   where it gives a promise
   */
  async read(
    requests: readonly WindowRequest[],
    pause?: (done: number) => Promise<void> | undefined,
  ): Promise<void> {
    const pending: Promise<number>[] = [];
    let done = 0;
    try {
      const pieces = cutAndSort(requests);
      for (let first = 0; first < pieces.length;) {
        const run = runFrom(pieces, first);
        first = run.end;
        const unchecked = this.#unchecked(pieces, run);
        const bytes =
          unchecked.length > 0 ? undefined : this.#bytes.tryRead(run.from, run.to - run.from);
        if (bytes === undefined) {
          const reading = this.#readRun(pieces, run, unchecked);
          // Its error is thrown where it is awaited, unless another was thrown before.
          reading.catch(() => undefined);
          pending.push(reading);
          if (pending.length >= READS_AT_A_TIME) done += (await pending.shift()) ?? 0;
        } else done += this.#encodeRun(pieces, run, bytes);
        const pausing = pause?.(done);
        if (pausing !== undefined) await pausing;
      }
      await Promise.all(pending);
    } catch (error) {
      const known = await fileError(this.#file, error);
      throw this.#unreadable(known, requests[0]?.entry);
    }
  }

  async #readRun(
    pieces: readonly Piece[],
    run: Run,
    unchecked: readonly FastaIndexEntry[],
  ): Promise<number> {
    const reading = this.#bytes.read(run.from, run.to - run.from);
    reading.catch(() => undefined);
    for (const entry of unchecked) await this.#checkHeader(entry);
    return this.#encodeRun(pieces, run, await reading);
  }

  /** Encodes all pieces of a run and tells how many windows are done with it. */
  #encodeRun(pieces: readonly Piece[], { first, end, from }: Run, bytes: Uint8Array): number {
    let windows = 0;
    for (let i = first; i < end; i++) {
      const piece = pieces[i];
      if (piece === undefined) continue;
      this.#encodePiece(piece, bytes, piece.from - from);
      if (piece.end === piece.request.end) windows++;
    }
    return windows;
  }

  /** Contigs of a run whose header was not looked at yet. */
  #unchecked(pieces: readonly Piece[], { first, end }: Run): FastaIndexEntry[] {
    const entries: FastaIndexEntry[] = [];
    for (let i = first; i < end; i++) {
      const entry = pieces[i]?.request.entry;
      if (entry === undefined || entry === entries.at(-1)) continue;
      if (!this.#checkedContigs.has(entry)) entries.push(entry);
    }
    return entries;
  }

  /** Puts the tokens of one piece into its window; its bytes begin at `offset` of `bytes`. */
  #encodePiece(piece: Piece, bytes: Uint8Array, offset: number): void {
    const { request, start, end } = piece;
    const { reverse, target, at } = request;
    const length = end - start;
    this.#takeLetters(piece, bytes, offset);
    const first = encodePairsInPlace(this.#pairs, length, reverse);
    if (first < 0) throw this.#invalidLetter(piece, bytes, offset);
    const place = at + (reverse ? request.end - end : start - request.start);
    target.set(this.#letters.subarray(first, first + length), place);
  }

  /** Copies the letters of a piece to the beginning of `#letters`, without the line ends. */
  #takeLetters({ request, start, end, from, to }: Piece, bytes: Uint8Array, offset: number): void {
    const { entry } = request;
    const { lineBases, lineBytes } = entry;
    const size = to - from;
    if (bytes.length < offset + size) throw this.#staleIndex(entry);
    if (this.#letters.length < size + 2) {
      this.#letters = new Uint8Array(2 * size + 2);
      this.#pairs = new Uint16Array(this.#letters.buffer);
    }
    const letters = this.#letters;
    letters.set(bytes.subarray(offset, offset + size));
    const length = end - start;
    let place = Math.min(length, lineBases - (start % lineBases));
    for (let byte = place; place < length;) {
      byte += lineBytes - lineBases;
      // Without a line end there, the index is of another file.
      if (letters[byte - 1] !== 10) throw this.#staleIndex(entry);
      const bases = Math.min(lineBases, length - place);
      letters.copyWithin(place, byte, byte + bases);
      place += bases;
      byte += bases;
    }
  }

  /** The error for the first letter of a piece that is no base. */
  #invalidLetter(piece: Piece, bytes: Uint8Array, offset: number): InputError {
    const { request, start, end } = piece;
    const { entry } = request;
    this.#takeLetters(piece, bytes, offset);
    const text = Buffer.from(this.#letters.subarray(0, end - start)).toString('latin1');
    const invalid = encodeInto(text, new Uint8Array(text.length), 0, DNA);
    if (/[>\r\n]/.test(text.charAt(invalid))) return this.#staleIndex(entry);
    return invalidLetterError(
      text,
      invalid,
      start + invalid,
      DNA,
      `${this.#file}, contig ${entry.name}`,
      'Only files of nucleotides can be read as tokens; streamFasta gives the letters as they are.',
    );
  }

  #checkHeaderSync(entry: FastaIndexEntry): void {
    for (const size of HEADER_BYTES) {
      const start = Math.max(0, entry.offset - size);
      if (this.#isHeader(entry, this.#bytes.readSync(start, entry.offset - start))) return;
    }
    throw this.#staleIndex(entry);
  }

  async #checkHeader(entry: FastaIndexEntry): Promise<void> {
    for (const size of HEADER_BYTES) {
      const start = Math.max(0, entry.offset - size);
      if (this.#isHeader(entry, await this.#bytes.read(start, entry.offset - start))) return;
    }
    throw this.#staleIndex(entry);
  }

  /** The line before the first base must be the contig's header, or the index is of another file. */
  #isHeader(entry: FastaIndexEntry, bytes: Uint8Array): boolean {
    const before = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    const header = before.slice(before.lastIndexOf('\n', before.length - 2) + 1);
    if (/^>(\S+)[^\n]*\n$/.exec(header)?.[1] !== entry.name) return false;
    this.#checkedContigs.add(entry);
    return true;
  }

  #staleIndex({ name }: FastaIndexEntry): InputError {
    return new InputError({
      where: `${this.#file}.fai`,
      found: `contig '${name}' is not where the index says`,
      fix: 'The index belongs to another version of the file: make it anew with writeFastaIndex.',
    });
  }

  #unreadable(error: unknown, entry: FastaIndexEntry | undefined): Error {
    if (error instanceof TataboxError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new InputError(
      {
        where: `${this.#file}, contig ${entry?.name ?? ''}`,
        found: `data that cannot be read (${message})`,
        fix: 'Copy or download the file again, and make its index anew with writeFastaIndex.',
      },
      { cause: error },
    );
  }
}

/** Byte of a base in the uncompressed file. */
function byteOf({ offset, lineBases, lineBytes }: FastaIndexEntry, base: number): number {
  const column = base % lineBases;
  return offset + ((base - column) / lineBases) * lineBytes + column;
}

/** Windows as pieces, in the order of the file. */
function cutAndSort(requests: readonly WindowRequest[]): Piece[] {
  const pieces: Piece[] = [];
  let sorted = true;
  let before = -1;
  for (const request of requests) {
    const { entry } = request;
    for (let start = request.start; start < request.end; start += RUN_BASES) {
      const end = Math.min(request.end, start + RUN_BASES);
      const from = byteOf(entry, start);
      pieces.push({ request, start, end, from, to: byteOf(entry, end - 1) + 1 });
      sorted &&= from >= before;
      before = from;
    }
  }
  return sorted ? pieces : pieces.sort((a, b) => a.from - b.from);
}

/** The pieces from `first` on that are worth one read. */
function runFrom(pieces: readonly Piece[], first: number): Run {
  const { from = 0, to: firstTo = 0 } = pieces[first] ?? {};
  let to = firstTo;
  let end = first + 1;
  for (; end < pieces.length; end++) {
    const next = pieces[end];
    if (next === undefined || next.from - to > RUN_GAP) break;
    const joined = Math.max(to, next.to);
    if (joined - from > RUN_BASES) break;
    to = joined;
  }
  return { first, end, from, to };
}
