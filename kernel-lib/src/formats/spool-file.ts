import { randomBytes } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { checkFileWritable, writeError } from '../core/file-writer.ts';
import { tmpdir } from 'node:os';

/** Bytes that are gathered before they are written. */
const GATHER = 1 << 20;

/**
 * A temporary file for what is written before its place in the final file is known. It vanishes when
 * it is closed, on most systems even when the process is killed.
 */
export class SpoolFile {
  readonly name: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  #written = 0;

  private constructor(name: string, temporary: string, handle: FileHandle) {
    this.name = name;
    this.#path = temporary;
    this.#handle = handle;
  }

  /**
   * Opens one for the file that will be written, beside it where its folder is there already.
   *
   * @throws InputError, EnvironmentError where that file cannot be written
   */
  static async open(file: string): Promise<SpoolFile> {
    await checkFileWritable(file);
    const name = `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`;
    let error: unknown;
    for (const folder of [path.dirname(path.resolve(file)), tmpdir()]) {
      const temporary = path.join(folder, name);
      try {
        const handle = await open(temporary, 'wx+');
        // An open file without a name goes with the process; Windows keeps the name until `close`.
        await rm(temporary, { force: true }).catch(() => undefined);
        return new SpoolFile(file, temporary, handle);
      } catch (failure) {
        error = failure;
      }
    }
    throw writeError(file, error);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#written + this.#gathered;
  }

  /** As `length`, for readers of a `ByteSource`. */
  size(): Promise<number> {
    return Promise.resolve(this.length);
  }

  /** Appends bytes, which must not be written into afterwards. @returns where they begin */
  async append(bytes: Uint8Array): Promise<number> {
    const at = this.length;
    this.#pieces.push(bytes);
    this.#gathered += bytes.length;
    if (this.#gathered >= GATHER) await this.flush();
    return at;
  }

  /** Writes what was gathered; before anything is read. */
  async flush(): Promise<void> {
    if (this.#gathered === 0) return;
    const bytes = Buffer.concat(this.#pieces);
    const at = this.#written;
    this.#pieces = [];
    this.#gathered = 0;
    this.#written += bytes.length;
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, done, undefined, at + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw writeError(this.name, error);
    }
  }

  /** Bytes that were written. */
  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  }

  /** Removes it. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}
