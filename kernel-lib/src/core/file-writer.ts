import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file piece by piece under a temporary name; `commit` makes it appear whole, `discard`
 * leaves nothing behind.
 */
export class FileWriter {
  readonly #file: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;

  private constructor(file: string, temporary: string, handle: FileHandle) {
    this.#file = file;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Starts a file; creates its folder if needed. */
  static async open(file: string): Promise<FileWriter> {
    const folder = path.dirname(file);
    await mkdir(folder, { recursive: true });
    const temporary = path.join(
      folder,
      `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`,
    );
    return new FileWriter(file, temporary, await open(temporary, 'wx'));
  }

  /** Appends text or bytes. */
  async write(content: string | Uint8Array): Promise<void> {
    await this.#handle.writeFile(content);
  }

  /** Flushes to disk and gives the file its name. */
  async commit(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#temporary, this.#file);
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }
}

/** Writes a file piece by piece; it appears whole when `body` is done, and not at all if it throws. */
export async function writeInPieces<T>(
  file: string,
  body: (writer: FileWriter) => Promise<T>,
): Promise<T> {
  const writer = await FileWriter.open(file);
  let result: T;
  try {
    result = await body(writer);
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.commit();
  return result;
}
