import { createHash, randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';

/** How long a partial download on another machine must rest before it is taken over. */
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

/**
 * The unfinished content of one blob. While a process writes to it, the file carries the name of
 * that process, so that no two write to one file; afterwards it is `HASH.incomplete` and waits for
 * whoever goes on.
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
    const folder = path.dirname(blobFile);
    const name = path.basename(blobFile);
    const own = path.join(
      folder,
      `${name}.${host()}-${process.pid}-${randomBytes(4).toString('hex')}.incomplete`,
    );
    const partial = new PartialFile(own, blobFile);
    const pattern = /^\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.incomplete$/;
    for (const entry of await readdir(folder)) {
      if (!entry.startsWith(name)) continue;
      const found = path.join(folder, entry);
      const rest = entry.slice(name.length);
      const owner = pattern.exec(rest);
      if (rest !== '.incomplete') {
        if (owner === null) continue;
        const abandoned =
          owner[1] === host() ? !isRunning(Number(owner[2])) : await isAbandoned(found);
        if (!abandoned) continue;
      }
      try {
        // Renaming succeeds for one process only.
        await rename(found, own);
        return partial;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return partial;
  }

  /** Bytes that are there. */
  async size(): Promise<number> {
    try {
      return (await stat(this.file)).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }

  /** Leaves what is there to the next attempt. */
  async release(): Promise<void> {
    try {
      await rename(this.file, `${this.#blobFile}.incomplete`);
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

async function isAbandoned(file: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > abandonedSeconds * 1000;
  } catch {
    return false;
  }
}
