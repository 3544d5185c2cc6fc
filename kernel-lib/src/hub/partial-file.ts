import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';

/** How long a partial download of another machine or program must rest before it is taken over. */
const abandonedSeconds = 3600;

const host = (): string => createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

function isRunning(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** `.MACHINE-PROCESS-RANDOM.incomplete` after the name of the content; process 0: nobody's. */
const ending = /^\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.incomplete$/;

interface FoundPartial {
  readonly file: string;
  readonly size: number;
  /** Whether somebody may still be writing to it. */
  readonly active: boolean;
}

/** The partial downloads of a content that can be gone on with, or will be when they come to rest. */
async function findPartials(blobFile: string): Promise<FoundPartial[]> {
  const folder = path.dirname(blobFile);
  const name = path.basename(blobFile);
  const found: FoundPartial[] = [];
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(name)) continue;
    const rest = entry.slice(name.length);
    const owner = ending.exec(rest);
    // The plain ending is that of older versions of Python's library, which keep it for going on.
    if (owner === null && rest !== '.incomplete') continue;
    const file = path.join(folder, entry);
    const stats = await lstat(file).catch(() => undefined);
    // A link there could lead what is written to any file of the user.
    if (stats?.isFile() !== true) continue;
    const rested = Date.now() - stats.mtimeMs > abandonedSeconds * 1000;
    let active = !rested;
    if (owner !== null) {
      const process_ = Number(owner[2]);
      if (process_ === 0) active = false;
      else if (owner[1] === host()) active = isRunning(process_);
    }
    found.push({ file, size: stats.size, active });
  }
  return found;
}

/**
 * How many bytes of a content another process, or another download of this one, has written by now;
 * undefined where none is at work.
 */
export async function activeDownload(blobFile: string): Promise<number | undefined> {
  const active = (await findPartials(blobFile)).filter((partial) => partial.active);
  return active.length === 0 ? undefined : Math.max(...active.map((partial) => partial.size));
}

/** Whether a process is downloading into a folder of contents, or may be. */
export async function hasActiveDownload(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const contents = new Set(
    names
      .filter((name) => name.endsWith('.incomplete'))
      .map((name) => name.slice(0, name.indexOf('.'))),
  );
  for (const content of contents) {
    if ((await activeDownload(path.join(folder, content))) !== undefined) return true;
  }
  return false;
}

/**
 * The unfinished content of one blob. While a process writes to it, the file carries the name of
 * that process, so that no two write to one file; afterwards it carries that of nobody and waits
 * for whoever goes on. No lock is needed, so none can be left behind by a process that died.
 */
export class PartialFile {
  readonly file: string;
  readonly #blobFile: string;

  private constructor(file: string, blobFile: string) {
    this.file = file;
    this.#blobFile = blobFile;
  }

  /** Takes over what an earlier attempt left (released, or of a process that is dead), if any. */
  static async claim(blobFile: string): Promise<PartialFile> {
    const partial = new PartialFile(ownName(blobFile, process.pid), blobFile);
    const left = (await findPartials(blobFile)).filter(({ active }) => !active);
    for (const { file } of left.sort((a, b) => b.size - a.size)) {
      try {
        // Renaming succeeds for one process only.
        await rename(file, partial.file);
        return partial;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return partial;
  }

  /** Begins anew, without a look at what is there: for contents that are quickly fetched. */
  static fresh(blobFile: string): PartialFile {
    return new PartialFile(ownName(blobFile, process.pid), blobFile);
  }

  /** Opens it for writing at its end; never what a symbolic link leads to. */
  async openToAppend(): Promise<FileHandle> {
    const { O_APPEND, O_CREAT, O_WRONLY } = constants;
    // Windows does not have it.
    const noFollow = (constants as { O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;
    return open(this.file, O_APPEND | O_CREAT | O_WRONLY | noFollow, 0o666);
  }

  /** Bytes that are there. */
  async size(): Promise<number> {
    try {
      return (await lstat(this.file)).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }

  /** Leaves what is there to the next attempt. */
  async release(): Promise<void> {
    try {
      await rename(this.file, ownName(this.#blobFile, 0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Makes the content the blob, in the place of a damaged one if there is one. */
  async finish(): Promise<void> {
    await rename(this.file, this.#blobFile);
  }

  /** Throws the content away. */
  async discard(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

/** Removes what earlier attempts left of contents that are there by now. */
export async function removeLeftParts(folder: string): Promise<void> {
  const names = new Set(await readdir(folder));
  for (const name of names) {
    const content = name.slice(0, name.search(/\.|$/));
    if (!ending.test(name.slice(content.length)) || !names.has(content)) continue;
    const file = path.join(folder, name);
    const found = await findPartials(path.join(folder, content));
    if (found.some((partial) => partial.file === file && !partial.active)) {
      await rm(file, { force: true });
    }
  }
}

function ownName(blobFile: string, process_: number): string {
  return `${blobFile}.${host()}-${process_}-${randomBytes(4).toString('hex')}.incomplete`;
}
