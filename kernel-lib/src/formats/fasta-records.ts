import { UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { decodeTokens } from '../sequence/encode-sequence.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { duplicateName, emptyFasta, namelessRecord, notFasta } from './fasta-index.ts';
import { streamBytes } from './read-bytes.ts';

/** A record of a FASTA file. */
export interface FastaRecord {
  /** What follows `>`, up to the first space. */
  readonly name: string;
  /** The rest of the header line; empty where there is none. */
  readonly description: string;
  /** The letters as they are in the file, without line breaks. */
  readonly sequence: string;
}

const LINE_FEED = 10;
const GREATER_THAN = 62;

/** A record whose lines are still being read. */
class OpenRecord {
  readonly #header: Buffer[] = [];
  readonly #sequence: string[] = [];
  inHeader = true;

  add(piece: Buffer): void {
    if (this.inHeader) this.#header.push(Buffer.from(piece));
    else this.#sequence.push(piece.toString('latin1').replace(/\s+/g, ''));
  }

  finish(where: string): FastaRecord {
    const header = Buffer.concat(this.#header).toString('utf8').trimEnd();
    const [, name, description = ''] = /^(\S+)\s*(.*)$/.exec(header) ?? [];
    if (name === undefined) throw namelessRecord(where);
    return { name, description, sequence: this.#sequence.join('') };
  }
}

/**
 * The records of a FASTA file one after the other: plain, gzip or bgzip, no index needed. Memory
 * holds one record at a time.
 *
 * @throws InputError for an empty file, what is no FASTA, a record without a name, duplicate names
 *
 * @example
 * for await (const { name, sequence } of streamFasta('genome.fa.gz')) { … }
 */
export async function* streamFasta(
  source: FileSource,
): AsyncGenerator<FastaRecord, void, undefined> {
  const file = sourceName(source);
  const names = new Set<string>();
  let record: OpenRecord | undefined;
  let atLineStart = true;
  const finish = (open: OpenRecord): FastaRecord => {
    const where = `${file}, record ${String(names.size + 1)}`;
    const finished = open.finish(where);
    if (names.has(finished.name)) throw duplicateName(where, finished.name);
    names.add(finished.name);
    return finished;
  };
  for await (const bytes of streamBytes(source)) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let position = 0;
    while (position < chunk.length) {
      if (atLineStart && chunk[position] === GREATER_THAN) {
        if (record !== undefined) yield finish(record);
        record = new OpenRecord();
        atLineStart = false;
        position++;
        continue;
      }
      if (record === undefined) throw notFasta(file, chunk[position]);
      const end = endOfPiece(chunk, position, record.inHeader);
      record.add(chunk.subarray(position, end));
      atLineStart = chunk[end - 1] === LINE_FEED;
      if (record.inHeader && atLineStart) record.inHeader = false;
      position = end;
    }
  }
  if (record === undefined) throw emptyFasta(file);
  yield finish(record);
}

/** End of the header line, or of the sequence lines before the next header or the chunk's end. */
function endOfPiece(chunk: Buffer, position: number, inHeader: boolean): number {
  const found = inHeader ? chunk.indexOf(LINE_FEED, position) : chunk.indexOf('\n>', position);
  return found < 0 ? chunk.length : found + 1;
}

/** All records of a FASTA file; see {@link streamFasta}. */
export async function readFasta(source: FileSource): Promise<FastaRecord[]> {
  const records: FastaRecord[] = [];
  for await (const record of streamFasta(source)) records.push(record);
  return records;
}

/** A record to be written. */
export interface FastaRecordInput {
  readonly name: string;
  readonly description?: string;
  /** Letters, or DNA tokens. */
  readonly sequence: string | Uint8Array;
}

/** Options of {@link writeFasta}. */
export interface WriteFastaOptions {
  /** Letters a line. Default 60. */
  readonly lineWidth?: number;
}

/** Writes a FASTA file as plain text, complete or not at all. */
export async function writeFasta(
  file: string,
  records: Iterable<FastaRecordInput> | AsyncIterable<FastaRecordInput>,
  options: WriteFastaOptions = {},
): Promise<void> {
  const { lineWidth = 60 } = options;
  if (!Number.isSafeInteger(lineWidth) || lineWidth < 1) {
    throw new UsageError({
      where: 'writeFasta, lineWidth',
      found: String(lineWidth),
      expected: 'a whole number, at least 1',
    });
  }
  if (/\.b?gz$/i.test(file)) {
    throw new UsageError({
      where: file,
      found: 'a name for compressed data, but writeFasta writes plain text',
      fix: 'Leave out the ending, and compress with bgzip if you need it.',
    });
  }
  const names = new Set<string>();
  const pieces: Buffer[] = [];
  for await (const { name, description = '', sequence } of records) {
    const where = `record ${String(names.size)}`;
    if (!/^\S+$/.test(name) || /[\r\n]/.test(description)) {
      throw new UsageError({
        where,
        found: `name '${name}'${description === '' ? '' : `, description '${description}'`}`,
        expected: 'a name without spaces and a description without line breaks',
      });
    }
    if (names.has(name)) throw duplicateName(where, name);
    names.add(name);
    const letters = typeof sequence === 'string' ? sequence : decodeTokens(sequence);
    if (!/^[^\s>]*$/.test(letters)) {
      throw new UsageError({
        where: `${where}, sequence of '${name}'`,
        found: "a space, a line break or '>'",
        expected: 'letters only',
      });
    }
    const lines = [`>${name}${description === '' ? '' : ` ${description}`}\n`];
    for (let start = 0; start < letters.length; start += lineWidth) {
      lines.push(letters.slice(start, start + lineWidth), '\n');
    }
    pieces.push(Buffer.from(lines.join('')));
  }
  await writeFileAtomically(file, Buffer.concat(pieces));
}
