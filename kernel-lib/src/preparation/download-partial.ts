import { lstat, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { writeError } from '../core/file-writer.ts';
import { writeFileAtomically } from '../core/write-file.ts';

/** Which version of which file a partial download is of. */
export interface PartialState {
  readonly address: string;
  /** A strong ETag, or Last-Modified: what `If-Range` takes (RFC 9110, section 13.1.5). */
  readonly validator?: string;
  /** Bytes in all, where the server told. */
  readonly size?: number;
  /** Whether the bytes are compressed for the way only (`Content-Encoding`). */
  readonly isEncoded?: boolean;
}

function isState(value: unknown): value is PartialState {
  const { address, validator, size } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof address === 'string' &&
    (validator === undefined || typeof validator === 'string') &&
    (size === undefined || Number.isSafeInteger(size))
  );
}

/**
 * What has arrived of a file, `FILE.part`, and in `FILE.part.json` what it is a part of. The folder is
 * locked, so that nobody else writes to it.
 */
export class PartialDownload {
  readonly file: string;
  readonly #stateFile: string;
  #handle: FileHandle | undefined;
  size = 0;
  /** Bytes of an earlier attempt that are still part of it. */
  kept = 0;
  state: PartialState | undefined;

  private constructor(target: string) {
    this.file = `${target}.part`;
    this.#stateFile = `${target}.part.json`;
  }

  /** Opens what an earlier attempt left, or begins anew where that is of another address. */
  static async open(target: string, address: string): Promise<PartialDownload> {
    const partial = new PartialDownload(target);
    try {
      // What a link leads to is not ours to write to.
      const found = await lstat(partial.file).catch(() => undefined);
      if (found !== undefined && !found.isFile()) await rm(partial.file, { recursive: true });
      partial.#handle = await open(partial.file, 'a');
      partial.size = (await partial.#handle.stat()).size;
      partial.kept = partial.size;
      partial.state = await partial.#readState();
      if (partial.state?.address !== address) await partial.restart();
    } catch (error) {
      await partial.close();
      throw writeError(partial.file, error);
    }
    return partial;
  }

  async #readState(): Promise<PartialState | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#stateFile, 'utf8'));
      return isState(value) ? value : undefined;
    } catch {
      // Without it, nobody knows what the part is of: it is fetched anew.
      return undefined;
    }
  }

  /** Forgets what has arrived; then the next version is told, before any of its bytes are added. */
  async restart(state?: PartialState): Promise<void> {
    try {
      await this.#handle?.truncate(0);
      this.size = 0;
      this.kept = 0;
      this.state = state;
      if (state === undefined) await rm(this.#stateFile, { force: true });
      else await writeFileAtomically(this.#stateFile, JSON.stringify(state));
    } catch (error) {
      throw writeError(this.file, error);
    }
  }

  async append(piece: Uint8Array): Promise<void> {
    try {
      await this.#handle?.writeFile(piece);
      this.size += piece.length;
    } catch (error) {
      throw writeError(this.file, error);
    }
  }

  /** Makes sure that the bytes are on the disk, and closes the file. */
  async flush(): Promise<void> {
    try {
      await this.#handle?.sync();
      await this.close();
    } catch (error) {
      throw writeError(this.file, error);
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // A later attempt goes on with these bytes, perhaps after a power failure.
    if (this.size > 0) await handle?.sync().catch(() => undefined);
    await handle?.close().catch(() => undefined);
  }

  /** Removes what is left of the attempt once its content is in place. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.file, { force: true });
    await rm(this.#stateFile, { force: true });
  }
}
