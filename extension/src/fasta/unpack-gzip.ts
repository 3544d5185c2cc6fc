import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, statfs, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, throwIfAborted, UsageError } from 'tatabox/core/errors.ts';
import { writeError } from 'tatabox/core/file-writer.ts';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { openFastaBytes, type FastaBytes } from 'tatabox/formats/fasta-bytes.ts';
import { streamBytes } from 'tatabox/formats/read-bytes.ts';

/** What is no longer than this stays in memory. */
const MEMORY_BYTES = 1 << 24;
/** What stays in memory for want of a disk. */
const MOST_WITHOUT_DISK = 1e9;
/** Space that is left to others on the disk. */
const SPARE_BYTES = 1 << 28;
/** Bytes between two looks at the space that is left. */
const LOOK_BYTES = 1 << 26;

/** What was in a gzip file. */
export interface Unpacked {
  readonly bytes: FastaBytes;
  /** Where it lies on disk, if it does. */
  readonly temporaryFile: string | undefined;
}

/**
 * Unpacks a gzip file once, since it allows no random access: into memory where it is short, else
 * into a temporary file.
 *
 * @param take is given each piece on its way
 */
export async function unpackGzip(
  file: string | Uint8Array,
  { temporaryFolder, signal }: LongWorkOptions & { readonly temporaryFolder: string | undefined },
  take: (piece: Uint8Array) => Promise<void>,
): Promise<Unpacked> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let writer: TemporaryWriter | undefined;
  try {
    for await (const piece of streamBytes(file)) {
      throwIfAborted(signal, `unpacking ${typeof file === 'string' ? file : 'the file'}`);
      await take(piece);
      length += piece.length;
      if (temporaryFolder === undefined && length > MOST_WITHOUT_DISK) throw tooLarge();
      if (writer === undefined) pieces.push(piece);
      else await writer.write(piece);
      if (writer === undefined && length > MEMORY_BYTES && temporaryFolder !== undefined) {
        writer = await TemporaryWriter.open(temporaryFolder);
        for (const held of pieces.splice(0)) await writer.write(held);
      }
    }
    if (writer === undefined) {
      return { bytes: openFastaBytes(Buffer.concat(pieces)), temporaryFile: undefined };
    }
    await writer.close();
    return { bytes: openFastaBytes(writer.file), temporaryFile: writer.file };
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

function tooLarge(): UsageError {
  return new UsageError({
    where: 'unpacking',
    found: `more than ${String(MOST_WITHOUT_DISK / 1e6)} MB of sequences in gzip data`,
    expected: 'a smaller file where there is no disk, as in a browser',
    fix: 'Compress it with bgzip, which is read without unpacking it.',
  });
}

/** Writes a temporary file as long as the disk has space for others, too. */
class TemporaryWriter {
  readonly file: string;
  readonly #handle: FileHandle;
  #untilLook = 0;

  private constructor(file: string, handle: FileHandle) {
    this.file = file;
    this.#handle = handle;
  }

  static async open(folder: string): Promise<TemporaryWriter> {
    const file = path.join(folder, `tatabox-${randomBytes(8).toString('hex')}.fa`);
    try {
      await mkdir(folder, { recursive: true });
      return new TemporaryWriter(file, await open(file, 'wx', 0o600));
    } catch (error) {
      throw writeError(file, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#untilLook <= 0) await this.#requireSpace();
    this.#untilLook -= bytes.length;
    try {
      await this.#handle.writeFile(bytes);
    } catch (error) {
      throw writeError(this.file, error);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.file, { force: true }).catch(() => undefined);
  }

  async #requireSpace(): Promise<void> {
    this.#untilLook = LOOK_BYTES;
    const { bavail, bsize } = await statfs(path.dirname(this.file));
    const free = bavail * bsize;
    if (free > SPARE_BYTES + LOOK_BYTES) return;
    throw new EnvironmentError({
      where: path.dirname(this.file),
      found: `${String(Math.round(free / 1e6))} MB free, too little for the unpacked sequences`,
      fix: 'Free some space, or compress the file with bgzip, which is read without unpacking it.',
    });
  }
}
