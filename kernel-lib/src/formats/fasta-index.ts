import { InputError, throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { streamBytes } from './read-bytes.ts';

/** Bytes after which other work is let run. */
const PAUSE_BYTES = 1 << 23;

/** Where a contig lies in the (uncompressed) FASTA file: one line of a `.fai` file. */
export interface FastaIndexEntry {
  readonly name: string;
  /** Length in bases. */
  readonly length: number;
  /** Byte of its first base. */
  readonly offset: number;
  /** Bases a line. */
  readonly lineBases: number;
  /** Bytes a line, with the line end. */
  readonly lineBytes: number;
}

/**
 * Parses a `.fai` file (samtools faidx format).
 *
 * @param file name of the index, for messages
 */
export function parseFastaIndex(text: string, file: string): FastaIndexEntry[] {
  const entries: FastaIndexEntry[] = [];
  const names = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue;
    const where = `${file}, line ${String(index + 1)}`;
    const fields = line.split('\t');
    const [name = '', ...rest] = fields;
    const numbers = rest.slice(0, 4).map((field) => (/^\d+$/.test(field) ? Number(field) : NaN));
    const [length = NaN, offset = NaN, lineBases = NaN, lineBytes = NaN] = numbers;
    const valid =
      fields.length === 5 &&
      name !== '' &&
      numbers.every((number) => Number.isSafeInteger(number)) &&
      (length === 0 || (lineBases > 0 && lineBytes >= lineBases));
    if (!valid) {
      throw new InputError({
        where,
        found: line.startsWith('>') ? 'a FASTA header' : `'${line.slice(0, 60)}'`,
        expected: 'name, length, offset, bases a line and bytes a line, separated by tabs',
        fix: 'Make the index anew with writeFastaIndex or samtools faidx.',
      });
    }
    if (names.has(name)) throw duplicateName(where, name);
    names.add(name);
    entries.push({ name, length, offset, lineBases, lineBytes });
  }
  return entries;
}

/** The text of a `.fai` file. */
export function formatFastaIndex(entries: readonly FastaIndexEntry[]): string {
  return entries
    .map(
      ({ name, length, offset, lineBases, lineBytes }) =>
        `${name}\t${[length, offset, lineBases, lineBytes].join('\t')}\n`,
    )
    .join('');
}

/**
 * Finds where each contig lies in one pass over the file (plain, gzip or bgzip), in little memory.
 *
 * @throws InputError for lines of unequal length within a contig, which no index can describe, for
 *   duplicate names, and for files that are no FASTA
 */
export async function buildFastaIndex(
  source: FileSource,
  { signal, progress }: LongWorkOptions = {},
): Promise<FastaIndexEntry[]> {
  const name = sourceName(source);
  const builder = new FastaIndexBuilder(name);
  let done = 0;
  let nextPause = PAUSE_BYTES;
  for await (const chunk of streamBytes(source)) {
    builder.add(chunk);
    done += chunk.length;
    if (done < nextPause) continue;
    nextPause = done + PAUSE_BYTES;
    progress?.({ task: 'indexing', done, unit: 'bytes' });
    await yieldToEventLoop();
    throwIfAborted(signal, `indexing ${name}`);
  }
  return builder.finish();
}

interface OpenContig {
  readonly name: string;
  readonly offset: number;
  length: number;
  lineBases: number;
  lineBytes: number;
  /** Line of the first line that is shorter than the others; nothing may follow it. */
  shortLine?: number;
}

class FastaIndexBuilder {
  readonly #file: string;
  readonly #entries: FastaIndexEntry[] = [];
  readonly #names = new Set<string>();
  #contig: OpenContig | undefined;
  /** Bytes of the file before the current chunk. */
  #before = 0;
  #line = 1;
  /** The part of an unfinished line that earlier chunks had; only headers are kept as text. */
  #header: string | undefined;
  #lineLength = 0;
  #lastByte = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(chunk: Uint8Array): void {
    let start = 0;
    while (start < chunk.length) {
      const lineFeed = chunk.indexOf(10, start);
      const end = lineFeed < 0 ? chunk.length : lineFeed;
      if (this.#lineLength === 0 && chunk[start] === 62) this.#header = '';
      if (this.#header !== undefined) {
        this.#header += Buffer.from(chunk.buffer, chunk.byteOffset + start, end - start).toString();
      }
      this.#lineLength += end - start;
      if (end > start) this.#lastByte = chunk[end - 1] ?? 0;
      if (lineFeed >= 0) this.#endLine(this.#before + lineFeed + 1, 1);
      start = end + 1;
    }
    this.#before += chunk.length;
  }

  finish(): FastaIndexEntry[] {
    if (this.#lineLength > 0) this.#endLine(this.#before, 0);
    this.#endContig();
    if (this.#entries.length === 0) throw emptyFasta(this.#file);
    return this.#entries;
  }

  #endLine(nextOffset: number, lineFeedBytes: number): void {
    const carriageReturn = this.#lineLength > 0 && this.#lastByte === 13 ? 1 : 0;
    const bases = this.#lineLength - carriageReturn;
    if (this.#header !== undefined) this.#startContig(this.#header, nextOffset);
    else if (bases > 0) this.#addSequenceLine(bases, carriageReturn + lineFeedBytes);
    else if (this.#contig !== undefined && this.#contig.length > 0) {
      this.#contig.shortLine ??= this.#line;
    }
    this.#header = undefined;
    this.#lineLength = 0;
    this.#line++;
  }

  #startContig(header: string, offset: number): void {
    this.#endContig();
    const where = `${this.#file}, line ${String(this.#line)}`;
    const name = /^>(\S+)/.exec(header)?.[1];
    if (name === undefined) throw namelessRecord(where);
    if (this.#names.has(name)) throw duplicateName(where, name);
    this.#names.add(name);
    this.#contig = { name, offset, length: 0, lineBases: 0, lineBytes: 0 };
  }

  #addSequenceLine(bases: number, endBytes: number): void {
    const contig = this.#contig;
    const where = `${this.#file}, line ${String(this.#line)}`;
    if (contig === undefined) throw notFasta(where, undefined);
    if (contig.length === 0) {
      contig.lineBases = bases;
      // A last line without line end still counts as if it had one, as samtools does.
      contig.lineBytes = bases + Math.max(1, endBytes);
    } else if (contig.shortLine !== undefined || bases > contig.lineBases) {
      throw new InputError({
        where,
        found: `contig '${contig.name}' has lines of unequal length`,
        expected: `${String(contig.lineBases)} bases on every line but the last`,
        fix: 'Random access needs equal lines: rewrite the file with readFasta and writeFasta, or read it with streamFasta.',
      });
    }
    // The last line may end in another way, or not at all; a line end that differs shifts all after it.
    const isUnlike = bases < contig.lineBases || bases + endBytes !== contig.lineBytes;
    if (isUnlike) contig.shortLine = this.#line;
    contig.length += bases;
  }

  #endContig(): void {
    if (this.#contig === undefined) return;
    const { name, length, offset, lineBases, lineBytes } = this.#contig;
    this.#entries.push({ name, length, offset, lineBases, lineBytes });
    this.#contig = undefined;
  }
}

/** The error for a FASTA name that occurs twice. */
export function duplicateName(where: string, name: string): InputError {
  return new InputError({
    where,
    found: `the name '${name}' for a second time`,
    expected: 'each name once',
    fix: 'Rename or remove one of the records.',
  });
}

/** The error for a FASTA header without a name. */
export function namelessRecord(where: string): InputError {
  return new InputError({
    where,
    found: 'a record without a name',
    expected: "a name directly after '>'",
  });
}

/** The error for a file without any record. */
export function emptyFasta(file: string): InputError {
  return new InputError({
    where: file,
    found: 'no sequence: the file is empty',
    expected: "FASTA records, each with a '>' line",
  });
}

/** The error for a file whose first byte is not that of a FASTA. */
export function notFasta(where: string, firstByte: number | undefined): InputError {
  const printable = firstByte !== undefined && firstByte > 32 && firstByte < 127;
  const first =
    firstByte === undefined
      ? "text before the first '>'"
      : firstByte === 10 || firstByte === 13 || firstByte === 32
        ? 'it begins with empty space'
        : `the first byte is ${printable ? `'${String.fromCharCode(firstByte)}'` : String(firstByte)}`;
  return new InputError({
    where,
    found: `not a FASTA: ${first}`,
    expected: "'>' at the start",
    fix:
      firstByte === 64
        ? 'It looks like FASTQ: convert it to FASTA.'
        : 'Check that this is the file you meant.',
  });
}
