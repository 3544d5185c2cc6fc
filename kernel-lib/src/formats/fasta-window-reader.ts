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

/** Pieces that one read serves. */
interface Run {
  readonly pieces: Piece[];
  readonly from: number;
  to: number;
}

/** Bases of a piece, and bytes of a read that serves several. */
const RUN_BASES = 1 << 18;
/** Bytes between two pieces up to which reading them too is cheaper than a second read. */
const RUN_GAP = 1 << 12;
/** Reads and decompressions in other threads at a time. */
const READS_AT_A_TIME = 16;
/** Bytes before a contig in which its header is looked for; a longer header is searched further. */
const HEADER_BYTES = [1 << 9, 1 << 16];

/**
 * Reads windows of a FASTA file straight into tokens: neighbouring windows share a read, and no
 * text is made on the way.
 */
export class FastaWindowReader {
  readonly #file: string;
  readonly #bytes: FastaBytes;
  readonly #checkedContigs = new Set<string>();
  #letters = new Uint8Array(1 << 12);
  #pairs = new Uint16Array(this.#letters.buffer);

  constructor(file: string, bytes: FastaBytes) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Fills the targets, this thread waiting. */
  readSync(requests: readonly WindowRequest[]): void {
    for (const { pieces, from, to } of planRuns(requests)) {
      const { entry } = pieces[0]?.request ?? {};
      try {
        for (const { request } of pieces) {
          if (!this.#isChecked(request.entry)) this.#checkHeaderSync(request.entry);
        }
        this.#encodeRun(pieces, from, this.#bytes.readSync(from, to - from));
      } catch (error) {
        throw this.#unreadable(error, entry);
      }
    }
  }

  /**
   * Fills the targets; what is not at hand is read by other threads.
   *
   * @param pause is awaited after every read, with the number of windows that are done
   */
  async read(
    requests: readonly WindowRequest[],
    pause?: (done: number) => Promise<void> | undefined,
  ): Promise<void> {
    const pending: Promise<number>[] = [];
    let done = 0;
    try {
      for (const run of planRuns(requests)) {
        const { pieces, from, to } = run;
        const unchecked = pieces.some(({ request }) => !this.#isChecked(request.entry));
        const bytes = unchecked ? undefined : this.#bytes.tryRead(from, to - from);
        if (bytes === undefined) {
          const reading = this.#readRun(run);
          // Its error is thrown where it is awaited, unless another was thrown before.
          reading.catch(() => undefined);
          pending.push(reading);
          if (pending.length >= READS_AT_A_TIME) done += (await pending.shift()) ?? 0;
        } else {
          this.#encodeRun(pieces, from, bytes);
          done += windowsDone(pieces);
        }
        const pausing = pause?.(done);
        if (pausing !== undefined) await pausing;
      }
      await Promise.all(pending);
    } catch (error) {
      const known = await fileError(this.#file, error);
      throw this.#unreadable(known, requests[0]?.entry);
    }
  }

  async #readRun({ pieces, from, to }: Run): Promise<number> {
    const reading = this.#bytes.read(from, to - from);
    reading.catch(() => undefined);
    for (const { request } of pieces) {
      if (!this.#isChecked(request.entry)) await this.#checkHeader(request.entry);
    }
    this.#encodeRun(pieces, from, await reading);
    return windowsDone(pieces);
  }

  #encodeRun(pieces: readonly Piece[], from: number, bytes: Uint8Array): void {
    for (const piece of pieces) this.#encodePiece(piece, bytes, piece.from - from);
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

  #isChecked({ name }: FastaIndexEntry): boolean {
    return this.#checkedContigs.has(name);
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
  #isHeader({ name }: FastaIndexEntry, bytes: Uint8Array): boolean {
    const before = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    const header = before.slice(before.lastIndexOf('\n', before.length - 2) + 1);
    if (/^>(\S+)[^\n]*\n$/.exec(header)?.[1] !== name) return false;
    this.#checkedContigs.add(name);
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

/** Windows whose last piece is among these. */
function windowsDone(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { end, request }) => sum + (end === request.end ? 1 : 0), 0);
}

/** Byte of a base in the uncompressed file. */
function byteOf({ offset, lineBases, lineBytes }: FastaIndexEntry, base: number): number {
  const column = base % lineBases;
  return offset + ((base - column) / lineBases) * lineBytes + column;
}

/** The reads that serve all windows, in the order of the file. */
function planRuns(requests: readonly WindowRequest[]): Run[] {
  const pieces: Piece[] = [];
  for (const request of requests) {
    const { entry, end } = request;
    for (let start = request.start; start < end; start += RUN_BASES) {
      const pieceEnd = Math.min(end, start + RUN_BASES);
      const from = byteOf(entry, start);
      const to = byteOf(entry, pieceEnd - 1) + 1;
      pieces.push({ request, start, end: pieceEnd, from, to });
    }
  }
  if (pieces.some(({ from }, i) => i > 0 && from < (pieces[i - 1]?.from ?? 0))) {
    pieces.sort((a, b) => a.from - b.from);
  }
  const runs: Run[] = [];
  for (const piece of pieces) {
    const { from, to } = piece;
    const run = runs.at(-1);
    const joined = run === undefined ? to : Math.max(run.to, to);
    if (run !== undefined && from - run.to <= RUN_GAP && joined - run.from <= RUN_BASES) {
      run.pieces.push(piece);
      run.to = joined;
    } else runs.push({ pieces: [piece], from, to });
  }
  return runs;
}
