import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, InputError } from './errors.ts';

/** What a code of the operating system means for the person whose file it is. */
const reasons: Readonly<Record<string, readonly [found: string, fix: string]>> = {
  EACCES: ['no permission to write there', 'Change the permissions, or choose another place.'],
  EPERM: ['no permission to write there', 'Change the permissions, or choose another place.'],
  EROFS: ['the disk can only be read', 'Choose a place on another disk.'],
  ENOSPC: ['the disk is full', 'Free some space, or choose a place on another disk.'],
  EDQUOT: ['your quota of the disk is used up', 'Free some space, or choose another disk.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name.'],
};

/**
 * The error of the file system as one that tells the user why nothing could be written.
 *
 * @param place file or folder as the user named it
 */
export function writeError(place: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (code === 'EISDIR') {
    return new InputError(
      { where: place, found: 'a folder', expected: 'a file to write', fix: 'Name a file in it.' },
      { cause: error },
    );
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new InputError(
      {
        where: place,
        found: 'a file on the way to it',
        expected: 'folders only, or none yet',
        fix: 'Choose another place.',
      },
      { cause: error },
    );
  }
  const reason = reasons[code];
  if (reason === undefined) return error instanceof Error ? error : new Error(String(error));
  return new EnvironmentError({ where: place, found: reason[0], fix: reason[1] }, { cause: error });
}

/** The nearest place above that exists. */
async function existingParent(place: string): Promise<string> {
  const parent = path.dirname(place);
  try {
    await stat(parent);
    return parent;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing || parent === place) throw error;
    return existingParent(parent);
  }
}

/** Throws what the operating system says of a folder to be made or written into. */
async function checkFolder(folder: string): Promise<void> {
  const existing = await existingParent(path.join(folder, 'file'));
  if (!(await stat(existing)).isDirectory()) {
    throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  }
  await access(existing, constants.W_OK);
}

/**
 * Says before long work whether a file can be written at its end; writes nothing.
 *
 * @throws InputError, EnvironmentError
 */
export async function checkFileWritable(file: string): Promise<void> {
  try {
    await checkFolder(path.dirname(path.resolve(file)));
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  } catch (error) {
    throw writeError(file, error);
  }
}

/**
 * Says before long work whether files can be written into a folder, be it there yet or not.
 *
 * @throws InputError, EnvironmentError
 */
export async function checkFolderWritable(folder: string): Promise<void> {
  try {
    await checkFolder(path.resolve(folder));
  } catch (error) {
    throw writeError(folder, error);
  }
}

/**
 * Writes a file piece by piece under a temporary name; `commit` makes it appear whole, `discard`
 * leaves nothing behind.
 */
export class FileWriter {
  readonly #file: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  /** The first folder that was made for the file. */
  readonly #made: string | undefined;

  private constructor(
    file: string,
    temporary: string,
    handle: FileHandle,
    made: string | undefined,
  ) {
    this.#file = file;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#made = made;
  }

  /**
   * Starts a file; creates its folder if needed.
   *
   * @throws InputError, EnvironmentError when it cannot be written
   */
  static async open(file: string): Promise<FileWriter> {
    await checkFileWritable(file);
    const folder = path.dirname(path.resolve(file));
    const temporary = path.join(
      folder,
      `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`,
    );
    try {
      const made = await mkdir(folder, { recursive: true });
      return new FileWriter(file, temporary, await open(temporary, 'wx'), made);
    } catch (error) {
      throw writeError(file, error);
    }
  }

  /** Appends text or bytes. */
  async write(content: string | Uint8Array): Promise<void> {
    try {
      await this.#handle.writeFile(content);
    } catch (error) {
      throw writeError(this.#file, error);
    }
  }

  /** Flushes to disk and gives the file its name. */
  async commit(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporary, this.#file);
    } catch (error) {
      await this.discard();
      throw writeError(this.#file, error);
    }
  }

  /** Removes what was written, and folders that were made for it. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
    if (this.#made === undefined) return;
    let folder = path.dirname(this.#temporary);
    try {
      while (folder.length >= this.#made.length) {
        await rmdir(folder);
        folder = path.dirname(folder);
      }
    } catch {
      // Something else lies in it by now.
    }
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
