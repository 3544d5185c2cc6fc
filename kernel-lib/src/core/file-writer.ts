import {
  access,
  constants,
  lstat,
  mkdir,
  open,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, InputError } from './errors.ts';
import { removeLeftOvers, temporaryName } from './temporary-file.ts';

/** What a code of the operating system means for the person whose file it is. */
const reasons: Readonly<Record<string, readonly [found: string, fix: string]>> = {
  EACCES: ['no permission to write there', 'Change the permissions, or choose another place.'],
  EPERM: ['no permission to write there', 'Change the permissions, or choose another place.'],
  EROFS: ['the disk can only be read', 'Choose a place on another disk.'],
  ENOSPC: ['the disk is full', 'Free some space, or choose a place on another disk.'],
  EDQUOT: ['your quota of the disk is used up', 'Free some space, or choose another disk.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name.'],
  EFBIG: ['the file is too large for the disk or for the limit set', 'Choose another disk.'],
  EIO: ['the disk reports a fault', 'Check the disk, or choose a place on another one.'],
  ESTALE: ['the network disk is gone', 'Connect it again, or choose a place on another disk.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n).'],
  ENFILE: ['too many files are open on this machine', 'End other programs, or raise the limit.'],
  EBUSY: ['another program holds the file', 'Close it there, or choose another name.'],
};

/** Codes that Windows gives while another program, mostly a virus scanner, looks at a file. */
const HELD_ON_WINDOWS = ['EPERM', 'EACCES', 'EBUSY'];
/** Waits before another attempt, in milliseconds. */
const ATTEMPTS = [10, 30, 100, 300, 1000];

/** Makes sure that a name in a folder outlasts a power failure (fsync(2) of the folder). */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders, and some network disks cannot sync them: they see to it themselves.
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Flushes a file; a file system that knows no flushing has nothing to flush. */
async function syncFile(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(code)) throw error;
  }
}

/** Gives a file another name, again and again for a while where Windows says that it is held. */
async function renameFile(from: string, to: string): Promise<void> {
  for (const wait of process.platform === 'win32' ? ATTEMPTS : []) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (!HELD_ON_WINDOWS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await sleep(wait);
    }
  }
  await rename(from, to);
}

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

/** Where a file is written, and what is there. */
interface Target {
  /** Where links lead to: what is replaced is the file, not the link to it. */
  readonly file: string;
  /** Permissions of the file that is replaced. */
  readonly mode: number | undefined;
  /** A device or a pipe, which takes what it is sent and must not be replaced by a file. */
  readonly isStream: boolean;
}

async function findTarget(file: string): Promise<Target> {
  const isLink = await lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  // A link that leads nowhere is replaced.
  const real = isLink ? await realpath(file).catch(() => file) : file;
  const found = await stat(real).catch(() => undefined);
  return {
    file: path.resolve(real),
    mode: found === undefined ? undefined : found.mode & 0o777,
    isStream: found !== undefined && !found.isFile() && !found.isDirectory(),
  };
}

/**
 * Writes a file piece by piece under a temporary name; `commit` makes it appear whole, `discard`
 * leaves nothing behind. What a process that was killed has left of the same file is removed. A link
 * is followed, the permissions of a file that is replaced are kept, and a device (`/dev/stdout`) or
 * a pipe is written to directly.
 */
export class FileWriter {
  /** As the user named it. */
  readonly #name: string;
  readonly #target: Target;
  readonly #temporary: string | undefined;
  readonly #handle: FileHandle;
  /** The first folder that was made for the file. */
  readonly #made: string | undefined;

  private constructor(
    name: string,
    target: Target,
    temporary: string | undefined,
    handle: FileHandle,
    made: string | undefined,
  ) {
    this.#name = name;
    this.#target = target;
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
    try {
      const target = await findTarget(file);
      if (target.isStream) {
        return new FileWriter(file, target, undefined, await open(target.file, 'w'), undefined);
      }
      const folder = path.dirname(target.file);
      const made = await mkdir(folder, { recursive: true });
      if (made === undefined) await removeLeftOvers(folder, target.file);
      const temporary = temporaryName(target.file);
      const handle = await open(temporary, 'wx');
      return new FileWriter(file, target, temporary, handle, made);
    } catch (error) {
      throw writeError(file, error);
    }
  }

  /** Appends text or bytes. */
  async write(content: string | Uint8Array): Promise<void> {
    try {
      await this.#handle.writeFile(content);
    } catch (error) {
      throw writeError(this.#name, error);
    }
  }

  /** Flushes to disk and gives the file its name; both outlast a power failure. */
  async commit(): Promise<void> {
    const { file, mode } = this.#target;
    if (this.#temporary === undefined) {
      await this.#handle.close();
      return;
    }
    try {
      if (mode !== undefined) await this.#handle.chmod(mode);
      await syncFile(this.#handle);
      await this.#handle.close();
      await renameFile(this.#temporary, file);
      await this.#syncFolders();
    } catch (error) {
      await this.discard();
      throw writeError(this.#name, error);
    }
  }

  /** Removes what was written, and folders that were made for it. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    if (this.#temporary === undefined) return;
    await rm(this.#temporary, { force: true }).catch(() => undefined);
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

  /** The folder of the file, and those that hold the names of folders made for it. */
  async #syncFolders(): Promise<void> {
    let folder = path.dirname(this.#target.file);
    await syncFolder(folder);
    while (this.#made !== undefined && folder.length >= this.#made.length) {
      folder = path.dirname(folder);
      await syncFolder(folder);
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
