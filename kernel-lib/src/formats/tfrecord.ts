import { pipeline, Readable } from 'node:stream';
import { createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { openSource, type FileSource } from './byte-source.ts';
import { maskedCrc32c } from './crc32c.ts';
import { fileError } from './file-error.ts';
import { isGzip } from './read-bytes.ts';

/** How a TFRecord file is compressed, as TensorFlow names it. */
export type TfRecordCompression = 'none' | 'gzip' | 'zlib';

/** Options of {@link streamTfRecords}. */
export interface ReadTfRecordsOptions extends LongWorkOptions {
  /** Default `auto`: what the first bytes show. */
  readonly compression?: TfRecordCompression | 'auto';
  /** Longest record in bytes, which bounds the memory. Default 2^28 (256 MiB). */
  readonly maxRecordBytes?: number;
}

const DEFAULT_LONGEST = 2 ** 28;
const PIECE = 1 << 18;
/** Length (8 bytes) and its checksum (4); the data are followed by their checksum. */
const HEAD = 12;
const CHECKSUM = 4;

/**
 * The records of a TFRecord file (TensorFlow, core/lib/io/record_writer.h), one after the other, in
 * flat memory: plain, gzip or zlib. Each has memory of its own. Both checksums are checked.
 *
 * @throws InputError for a wrong checksum, a record that is cut off or longer than allowed, with its
 *   number (from 0) and its byte in the uncompressed file
 *
 * @example
 * for await (const record of streamTfRecords('train-0.tfr')) decodeTfExample(record);
 */
export async function* streamTfRecords(
  source: FileSource,
  options: ReadTfRecordsOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  checkOptionNames(
    options,
    ['compression', 'maxRecordBytes', 'signal', 'progress'],
    'streamTfRecords',
  );
  const { compression = 'auto', maxRecordBytes = DEFAULT_LONGEST, signal, progress } = options;
  checkCompression(compression, ['auto', 'none', 'gzip', 'zlib'], 'streamTfRecords');
  const stored = openSource(source);
  const pieces = stored.stream();
  const queue = new ByteQueue(uncompressed(pieces, compression));
  const where = (record: number) =>
    `${stored.name}, record ${String(record)} (byte ${String(queue.position)})`;
  try {
    for (let record = 0; ; record++) {
      throwIfAborted(signal, 'reading TFRecords');
      const place = where(record);
      const head = await queue.take(HEAD);
      if (head.length === 0) return;
      if (head.length < HEAD) throw cutOff(place, head.length, HEAD);
      const view = new DataView(head.buffer, head.byteOffset);
      if (view.getUint32(8, true) !== maskedCrc32c(head.subarray(0, 8))) {
        throw new InputError({
          where: place,
          found: 'a wrong checksum of the length',
          expected: record === 0 ? 'a TFRecord file' : 'the next record',
          fix: 'Copy or write the file again, or give its option compression.',
        });
      }
      const length = view.getBigUint64(0, true);
      if (length > maxRecordBytes) {
        throw new InputError({
          where: place,
          found: `a record of ${String(length)} bytes`,
          expected: `at most ${String(maxRecordBytes)}`,
          fix: 'If it is right, raise the option maxRecordBytes.',
        });
      }
      const wanted = Number(length) + CHECKSUM;
      const body = await queue.take(wanted);
      if (body.length < wanted) throw cutOff(place, body.length, wanted);
      const data = body.subarray(0, Number(length));
      const checksum = new DataView(body.buffer, body.byteOffset).getUint32(data.length, true);
      if (checksum !== maskedCrc32c(data)) {
        throw new InputError({
          where: place,
          found: 'a wrong checksum of the data',
          fix: 'Copy or write the file again.',
        });
      }
      progress?.({ task: 'reading TFRecords', done: record + 1, unit: 'records' });
      yield data;
    }
  } catch (error) {
    throw await fileError(stored.name, error);
  } finally {
    await queue.close();
    await pieces.return();
    await stored.close();
  }
}

function cutOff(where: string, found: number, expected: number): InputError {
  return new InputError({
    where,
    found: `${String(found)} bytes before the end`,
    expected: String(expected),
    fix: 'The file was cut off: copy it again.',
  });
}

function checkCompression(given: string, known: readonly string[], where: string): void {
  if (known.includes(given)) return;
  throw new UsageError({
    where: `${where}, option compression`,
    found: `'${given}'`,
    expected: known.map((name) => `'${name}'`).join(', '),
  });
}

async function* uncompressed(
  pieces: AsyncGenerator<Uint8Array>,
  compression: TfRecordCompression | 'auto',
): AsyncGenerator<Uint8Array> {
  const first = (await pieces.next()).value as Uint8Array | undefined;
  if (first === undefined) return;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first as Uint8Array;
    yield* pieces;
  }
  const kind = compression === 'auto' ? compressionOf(first) : compression;
  if (kind === 'none') {
    yield* all();
    return;
  }
  const input = Readable.from(all(), { objectMode: false, highWaterMark: PIECE });
  const decoder =
    kind === 'gzip' ? createGunzip({ chunkSize: PIECE }) : createInflate({ chunkSize: PIECE });
  // pipeline hands an error of either stream to the other; the loop below then throws it.
  const output = pipeline(input, decoder, () => undefined);
  try {
    for await (const piece of output) yield piece as Uint8Array;
  } finally {
    input.destroy();
    output.destroy();
  }
}

/** A plain file begins with a length and its checksum; else the signatures decide (RFC 1950, 1952). */
function compressionOf(first: Uint8Array): TfRecordCompression {
  if (first.length >= HEAD) {
    const view = new DataView(first.buffer, first.byteOffset);
    if (view.getUint32(8, true) === maskedCrc32c(first.subarray(0, 8))) return 'none';
  }
  if (isGzip(first)) return 'gzip';
  const [a = 0, b = 0] = first;
  return (a & 0x0f) === 8 && a >>> 4 <= 7 && (a * 256 + b) % 31 === 0 ? 'zlib' : 'none';
}

/** Takes so many bytes at a time from pieces of any length; holds no more than it was asked for. */
class ByteQueue {
  /** Bytes taken so far. */
  position = 0;
  readonly #pieces: AsyncGenerator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncGenerator<Uint8Array>) {
    this.#pieces = pieces;
  }

  /** The next bytes in memory of their own; fewer at the end. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let have = 0;
    while (have < length) {
      if (this.#rest.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) break;
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, length - have);
      this.#rest = this.#rest.subarray(part.length);
      parts.push(part);
      have += part.length;
    }
    this.position += have;
    const bytes = new Uint8Array(have);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }
}

/** Options of {@link writeTfRecords}. */
export interface WriteTfRecordsOptions extends LongWorkOptions {
  /** Default `none`. */
  readonly compression?: TfRecordCompression;
}

/**
 * Writes a TFRecord file, complete or not at all; the records may come one after the other.
 *
 * @returns how many were written
 *
 * @example
 * await writeTfRecords('train-0.tfr', examples.map(encodeTfExample), { compression: 'zlib' });
 */
export async function writeTfRecords(
  file: string,
  records: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WriteTfRecordsOptions = {},
): Promise<number> {
  checkOptionNames(options, ['compression', 'signal', 'progress'], 'writeTfRecords');
  const { compression = 'none', signal, progress } = options;
  checkCompression(compression, ['none', 'gzip', 'zlib'], 'writeTfRecords');
  let count = 0;
  async function* frames(): AsyncGenerator<Uint8Array> {
    for await (const record of records) {
      throwIfAborted(signal, 'writing TFRecords');
      const head = new Uint8Array(HEAD);
      const view = new DataView(head.buffer);
      view.setBigUint64(0, BigInt(record.length), true);
      view.setUint32(8, maskedCrc32c(head.subarray(0, 8)), true);
      const tail = new Uint8Array(CHECKSUM);
      new DataView(tail.buffer).setUint32(0, maskedCrc32c(record), true);
      yield Buffer.concat([head, record, tail]);
      count++;
      progress?.({ task: 'writing TFRecords', done: count, unit: 'records' });
      if (count % 64 === 0) await yieldToEventLoop();
    }
  }
  await writeInPieces(file, async (writer) => {
    if (compression === 'none') {
      for await (const piece of frames()) await writer.write(piece);
      return;
    }
    const input = Readable.from(frames(), { objectMode: false, highWaterMark: PIECE });
    const encoder = compression === 'gzip' ? createGzip() : createDeflate();
    const output = pipeline(input, encoder, () => undefined);
    for await (const piece of output) await writer.write(piece as Uint8Array);
  });
  return count;
}
