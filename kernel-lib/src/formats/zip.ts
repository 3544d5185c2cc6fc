import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, TataboxError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { openSource, type ByteSource, type FileSource } from './byte-source.ts';
import { readExactly } from './read-exactly.ts';
import { readZipDirectory, type ZipEntry } from './zip-directory.ts';

export type { ZipEntry } from './zip-directory.ts';

/** Options of {@link openZip}. */
export interface OpenZipOptions {
  /**
   * How many times the bytes of the archive its files may have when they are unpacked, which stops
   * archives made to fill the memory. Archives that unpack to 64 MiB or less always may. Default 200.
   */
  readonly maxExpansion?: number;
}

const DEFAULT_EXPANSION = 200;
const ALWAYS_ALLOWED = 1 << 26;
/** Deflate packs at most 258 bytes into 2 bits (RFC 1951): more than 1,032 times is a lie. */
const LARGEST_DEFLATE_RATIO = 1032;
const PIECE = 1 << 20;
/** Bytes of a local header before the name (APPNOTE.TXT, section 4.3.7). */
const LOCAL_HEADER = 30;
const LOCAL_SIGNATURE = 0x04034b50;

/** A zip archive that was opened with {@link openZip}. Call `close` when done. */
export class ZipArchive {
  /** What messages call the archive. */
  readonly name: string;
  /** The files in the order of the archive's directory. */
  readonly entries: readonly ZipEntry[];
  readonly #source: ByteSource;
  readonly #byName: ReadonlyMap<string, ZipEntry>;
  /** Byte that the data of an entry must not go beyond. */
  readonly #ends: ReadonlyMap<ZipEntry, number>;

  /** @internal */
  constructor(
    source: ByteSource,
    entries: readonly ZipEntry[],
    ends: ReadonlyMap<ZipEntry, number>,
  ) {
    this.name = source.name;
    this.entries = entries;
    this.#source = source;
    this.#ends = ends;
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]));
  }

  /** The entry of a name, or undefined. */
  find(name: string): ZipEntry | undefined {
    return this.#byName.get(name);
  }

  /**
   * The entry of a name.
   *
   * @throws InputError naming the nearest
   */
  entry(name: string): ZipEntry {
    const entry = this.#byName.get(name);
    if (entry !== undefined) return entry;
    throw new InputError({
      where: this.name,
      found: `no file '${name}' in it`,
      fix: suggestion(name, [...this.#byName.keys()].slice(0, 50)),
    });
  }

  /**
   * The unpacked bytes of an entry, in pieces. Length and checksum are checked at the end.
   *
   * @throws InputError where they do not match, or the entry is packed in another way or encrypted
   */
  async *stream(entry: ZipEntry): AsyncGenerator<Uint8Array, void, undefined> {
    const start = await this.#dataStart(entry);
    const where = `${this.name}, '${entry.name}'`;
    const packed = this.#packedBytes(start, entry.compressedSize);
    const pieces = entry.method === 0 ? packed : inflate(packed);
    let checksum = 0;
    let size = 0;
    try {
      for await (const piece of pieces) {
        size += piece.length;
        if (size > entry.size) break;
        if (piece.length > 0) checksum = crc32(piece, checksum);
        yield piece;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') !== true) throw error;
      throw new InputError(
        { where, found: `data that cannot be unpacked (${(error as Error).message})` },
        { cause: error },
      );
    }
    if (size !== entry.size) {
      throw new InputError({
        where,
        found: `${size > entry.size ? 'more than ' : ''}${String(Math.min(size, entry.size))} bytes`,
        expected: `${String(entry.size)} as the directory says`,
      });
    }
    if (checksum !== entry.checksum) {
      throw new InputError({
        where,
        found: 'a wrong checksum',
        fix: 'Copy or download the file again.',
      });
    }
  }

  /** All unpacked bytes of an entry, in memory of their own; see {@link stream}. */
  async read(entry: ZipEntry): Promise<Uint8Array> {
    const bytes = new Uint8Array(entry.size);
    let done = 0;
    for await (const piece of this.stream(entry)) {
      bytes.set(piece, done);
      done += piece.length;
    }
    return bytes;
  }

  /** An entry as UTF-8 text; see {@link stream}. */
  async readText(entry: ZipEntry): Promise<string> {
    return new TextDecoder().decode(await this.read(entry));
  }

  /** Frees what is held. */
  close(): Promise<void> {
    return this.#source.close();
  }

  async #dataStart(entry: ZipEntry): Promise<number> {
    const where = `${this.name}, '${entry.name}'`;
    const end = this.#ends.get(entry);
    if (end === undefined) {
      throw new UsageError({ where, found: 'an entry of another archive' });
    }
    const what = `'${entry.name}'`;
    const header = await readExactly(this.#source, entry.offset, LOCAL_HEADER, what);
    const view = new DataView(header.buffer);
    if (view.getUint32(0, true) !== LOCAL_SIGNATURE) {
      throw new InputError({ where, found: `no file where '${entry.name}' should begin` });
    }
    if ((view.getUint16(6, true) & 1) !== 0) {
      throw new InputError({ where, found: 'an encrypted file', fix: 'Unpack it elsewhere.' });
    }
    if (view.getUint16(8, true) !== entry.method || (entry.method !== 0 && entry.method !== 8)) {
      throw new InputError({
        where,
        found: `a file packed by method ${String(view.getUint16(8, true))}`,
        expected: 'stored (0) or deflated (8), and the same in the directory',
      });
    }
    const nameLength = view.getUint16(26, true);
    const start = entry.offset + LOCAL_HEADER + nameLength + view.getUint16(28, true);
    if (start + entry.compressedSize > end) {
      throw new InputError({ where, found: 'data that reach into the next file of the archive' });
    }
    const name = await readExactly(this.#source, entry.offset + LOCAL_HEADER, nameLength, what);
    const local = Buffer.from(name);
    // Names that are not UTF-8 were decoded as IBM's code page 437: only ASCII is compared.
    if (!/[^ -~]/.test(entry.name) && local.toString('latin1') !== entry.name) {
      throw new InputError({
        where,
        found: `the name ${JSON.stringify(local.toString('latin1'))} before its data`,
        expected: 'the same name as in the directory',
      });
    }
    return start;
  }

  async *#packedBytes(start: number, length: number): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < length;) {
      const piece = await this.#source.read(start + done, Math.min(PIECE, length - done));
      if (piece.length === 0) return;
      done += piece.length;
      yield piece;
    }
  }
}

async function* inflate(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = Readable.from(packed, { objectMode: false, highWaterMark: PIECE });
  // pipeline hands an error of either stream to the other; the loop below then throws it.
  const stream = pipeline(input, createInflateRaw({ chunkSize: PIECE }), () => undefined);
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } finally {
    input.destroy();
    stream.destroy();
  }
}

/**
 * Opens a zip archive (APPNOTE.TXT of PKWARE, ZIP64 included) of a file, an address or bytes: the one
 * reader for `.npz`, `.keras`, PyTorch checkpoints and wheels. The directory is read and checked
 * whole: names that lead out of a folder or come twice, files that overlap or lie outside of the
 * archive, sizes that cannot be.
 *
 * @throws InputError for what is no whole or no honest zip archive
 *
 * @example
 * const zip = await openZip('model.keras');
 * JSON.parse(await zip.readText(zip.entry('metadata.json')));
 * await zip.close();
 */
export async function openZip(
  source: FileSource,
  options: OpenZipOptions = {},
): Promise<ZipArchive> {
  checkOptionNames(options, ['maxExpansion'], 'openZip');
  const { maxExpansion = DEFAULT_EXPANSION } = options;
  if (!(maxExpansion >= 1)) {
    throw new UsageError({
      where: 'openZip, option maxExpansion',
      found: String(maxExpansion),
      expected: 'a number from 1',
    });
  }
  const bytes = openSource(source);
  try {
    const { entries, start } = await readZipDirectory(bytes);
    checkSizes(bytes.name, entries, maxExpansion, await bytes.size());
    return new ZipArchive(bytes, entries, dataEnds(bytes.name, entries, start));
  } catch (error) {
    await bytes.close();
    if (error instanceof TataboxError || (error as NodeJS.ErrnoException).code !== undefined) {
      throw error;
    }
    throw new InputError(
      { where: bytes.name, found: `a damaged zip archive (${String(error)})` },
      { cause: error },
    );
  }
}

function checkSizes(
  where: string,
  entries: readonly ZipEntry[],
  maxExpansion: number,
  archiveSize: number,
): void {
  let total = 0;
  for (const { name, method, size, compressedSize } of entries) {
    const largest = method === 0 ? compressedSize : compressedSize * LARGEST_DEFLATE_RATIO;
    if ((method === 0 || method === 8) && size > largest) {
      throw new InputError({
        where: `${where}, '${name}'`,
        found: `${String(size)} bytes packed into ${String(compressedSize)}`,
        expected: `at most ${String(largest)}`,
        fix: 'The archive is damaged or made to do harm.',
      });
    }
    total += size;
  }
  if (total > ALWAYS_ALLOWED && total > archiveSize * maxExpansion) {
    throw new InputError({
      where,
      found: `${String(total)} bytes packed into ${String(archiveSize)}`,
      expected: `at most ${String(maxExpansion)} times the archive`,
      fix: 'If you trust the file, raise the option maxExpansion.',
    });
  }
}

/** Where the data of each entry must end: at the next entry or the directory. */
function dataEnds(
  where: string,
  entries: readonly ZipEntry[],
  directoryStart: number,
): Map<ZipEntry, number> {
  const sorted = [...entries].sort((a, b) => a.offset - b.offset);
  const ends = new Map<ZipEntry, number>();
  for (const [index, entry] of sorted.entries()) {
    const end = sorted[index + 1]?.offset ?? directoryStart;
    // The name's length in bytes is at least that in characters.
    if (!(entry.offset + LOCAL_HEADER + entry.compressedSize <= end)) {
      throw new InputError({
        where: `${where}, '${entry.name}'`,
        found:
          sorted[index + 1] === undefined
            ? 'data outside of the archive or in its directory'
            : `data that overlap those of '${sorted[index + 1]?.name ?? ''}'`,
        fix: 'The archive is damaged or made to do harm.',
      });
    }
    ends.set(entry, end);
  }
  return ends;
}
