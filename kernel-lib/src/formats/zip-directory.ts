import type { Entry } from 'yauzl';
import { InputError, TataboxError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';

/** A file in a zip archive. */
export interface ZipEntry {
  /** Path in the archive, parts separated by `/`; a folder ends in one. */
  readonly name: string;
  /** How its bytes are packed: 0 stored, 8 deflated. Others cannot be read. */
  readonly method: number;
  /** CRC-32 of the unpacked bytes. */
  readonly checksum: number;
  /** Bytes in the archive. */
  readonly compressedSize: number;
  /** Bytes unpacked. */
  readonly size: number;
  /** Byte of the archive where its local header begins. */
  readonly offset: number;
}

/** Bytes that are read together: a directory is read in many small steps. */
const BLOCK = 1 << 18;
/** Bytes of the record at the end of an archive (APPNOTE.TXT, section 4.3.16). */
const END_RECORD = 22;
const CENTRAL_SIGNATURE = 0x02014b50;

/** What the directory of an archive says. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Byte where the directory begins. */
  readonly start: number;
}

/**
 * Reads the directory of a zip archive by means of yauzl.
 *
 * @throws InputError
 */
export async function readZipDirectory(source: ByteSource): Promise<ZipDirectory> {
  const yauzl = await import('yauzl');
  const size = await source.size();

  /** Gives yauzl the bytes of the source, of which it keeps the last block. */
  class SourceReader extends yauzl.RandomAccessReader {
    #start = 0;
    #block: Uint8Array = new Uint8Array(0);

    override read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null, bytesRead?: number) => void,
    ): void {
      this.#bytes(position, length).then(
        (bytes) => {
          buffer.set(bytes, offset);
          callback(null, bytes.length);
        },
        (error: unknown) => {
          callback(error instanceof Error ? error : new Error(String(error)));
        },
      );
    }

    async #bytes(position: number, length: number): Promise<Uint8Array> {
      if (!(position >= 0 && position < size)) return new Uint8Array(0);
      const end = Math.min(position + length, size);
      if (position < this.#start || end > this.#start + this.#block.length) {
        this.#block = await source.read(position, Math.max(BLOCK, length));
        this.#start = position;
      }
      return this.#block.subarray(position - this.#start, end - this.#start);
    }
  }

  const fail = (found: string, cause?: unknown): never => {
    throw new InputError(
      {
        where: source.name,
        found,
        expected: 'a whole zip archive',
        fix: 'Copy or download the file again.',
      },
      { cause },
    );
  };
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(new SourceReader(), size, {
      autoClose: false,
      decodeStrings: false,
      validateEntrySizes: true,
    });
    const start = Number(zip.readEntryCursor);
    for await (const found of zip.eachEntry()) {
      const name = yauzl.getFileNameLowLevel(
        found.generalPurposeBitFlag,
        found.fileNameRaw,
        found.extraFields,
        true,
      );
      const problem = nameProblem(name);
      if (problem !== undefined) fail(`the name ${JSON.stringify(name)}, ${problem}`);
      if (names.has(name)) fail(`the name ${JSON.stringify(name)} twice`);
      names.add(name);
      entries.push(entryOf(name, found));
    }
    const end = Number(zip.readEntryCursor);
    const endRecord = size - END_RECORD - Buffer.byteLength(zip.comment as unknown as Buffer);
    if (end > endRecord) fail('a directory that reaches beyond its end');
    const next = await source.read(end, 4);
    if (next.length === 4 && Buffer.from(next).readUInt32LE(0) === CENTRAL_SIGNATURE) {
      fail(`more files in the directory than the ${String(entries.length)} that it says it has`);
    }
    return { entries, start };
  } catch (error) {
    if (error instanceof TataboxError || (error as NodeJS.ErrnoException).code !== undefined) {
      throw error;
    }
    const { message } = error as Error;
    if (message.startsWith('End of central directory')) {
      fail('no end of a zip file in it (cut off, or not a zip file)', error);
    }
    return fail(`a damaged directory (${message})`, error);
  }
}

function entryOf(name: string, found: Entry): ZipEntry {
  return {
    name,
    method: found.compressionMethod,
    checksum: found.crc32,
    compressedSize: found.compressedSize,
    size: found.uncompressedSize,
    offset: found.relativeOffsetOfLocalHeader,
  };
}

/** What is wrong with a name: it must stay in the folder that an archive is unpacked into. */
function nameProblem(name: string): string | undefined {
  if (name === '') return 'which is empty';
  if (name.includes('\0')) return 'with a NUL in it';
  if (name.includes('\\')) return 'with a backslash in it';
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) {
    return 'which leads out of the folder (an absolute path)';
  }
  if (name.split('/').some((part) => part === '..')) return 'which leads out of the folder';
  return undefined;
}
