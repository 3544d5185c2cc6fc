import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../core/errors.ts';
import { fileError } from './file-error.ts';
import { HttpSource } from './http-source.ts';

/**
 * Where the bytes of a file come from: a path, an address (`https://…`, `http://…`, `file://…`) as
 * text or `URL`, or the bytes themselves.
 */
export type FileSource = string | URL | Uint8Array | ArrayBuffer;

/** The bytes of a file as they are stored, by position. */
export interface ByteSource {
  /** What messages call it: the path, the address without its secrets, or `bytes`. */
  readonly name: string;
  /** Bytes in all. */
  size(): Promise<number>;
  /** `length` bytes from `position`, fewer at the end; not to be written into. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** All bytes from `position` in pieces; they are not to be written into. */
  stream(position?: number): AsyncGenerator<Uint8Array, void, undefined>;
  /** Frees what is held. */
  close(): Promise<void>;
}

/** Bytes of a piece of a stream. */
const PIECE = 1 << 18;

/** Whether a text is an address of the web and not a path. */
export const isWebAddress = (text: string): boolean => /^https?:\/\//i.test(text);

/** The address without what may be a secret: name, password and query. */
function publicAddress(address: URL): string {
  return `${address.origin}${address.pathname}`;
}

function parseAddress(source: string | URL): URL {
  try {
    return new URL(source);
  } catch (error) {
    throw new UsageError(
      { where: String(source), found: 'an address that cannot be read', expected: 'https://…' },
      { cause: error },
    );
  }
}

/** What messages call a source. */
export function sourceName(source: FileSource): string {
  if (source instanceof URL || (typeof source === 'string' && isWebAddress(source))) {
    const address = parseAddress(source);
    return address.protocol === 'file:' ? fileURLToPath(address) : publicAddress(address);
  }
  if (typeof source === 'string') {
    return source.startsWith('file://') ? fileURLToPath(source) : source;
  }
  return 'bytes';
}

/** The path of a source on this machine; undefined for other sources. */
export function sourcePath(source: FileSource): string | undefined {
  if (source instanceof URL) {
    return source.protocol === 'file:' ? fileURLToPath(source) : undefined;
  }
  if (typeof source !== 'string' || isWebAddress(source)) return undefined;
  return sourceName(source);
}

/**
 * Opens a source for reading; `close` it.
 *
 * @throws UsageError for an address of another kind than http, https and file. What is wrong with
 *   the file itself is thrown when it is read: InputError where there is none.
 */
export function openSource(source: FileSource): ByteSource {
  if (source instanceof Uint8Array) return new MemorySource(source);
  if (source instanceof ArrayBuffer) return new MemorySource(new Uint8Array(source));
  const file = sourcePath(source);
  if (file !== undefined) return new FileOnDisk(file);
  const address = parseAddress(source);
  if (!isWebAddress(address.href)) {
    throw new UsageError({
      where: publicAddress(address),
      found: `an address of the kind ${address.protocol}//`,
      expected: 'http://, https://, file://, or a path',
    });
  }
  return new HttpSource(address, publicAddress(address));
}

class MemorySource implements ByteSource {
  readonly name = 'bytes';
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  size(): Promise<number> {
    return Promise.resolve(this.#bytes.length);
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.subarray(position, position + length));
  }

  async *stream(position = 0): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = position; at < this.#bytes.length; at += PIECE) {
      yield this.#bytes.subarray(at, at + PIECE);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class FileOnDisk implements ByteSource {
  readonly name: string;
  #handle: Promise<FileHandle> | undefined;

  constructor(file: string) {
    this.name = file;
  }

  async size(): Promise<number> {
    return this.#with(async (handle) => (await handle.stat()).size);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    return this.#with(async (handle) => {
      // A length comes from a file's own header at times: no more memory than there are bytes.
      const { size } = await handle.stat();
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - position)));
      return bytes.subarray(0, await fill(handle, bytes, position));
    });
  }

  async *stream(position = 0): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = position; ;) {
      const from = at;
      const piece = await this.#with(async (handle) => {
        const bytes = new Uint8Array(PIECE);
        return bytes.subarray(0, await fill(handle, bytes, from));
      });
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  }

  async close(): Promise<void> {
    const opened = this.#handle;
    this.#handle = undefined;
    await (await opened?.catch(() => undefined))?.close();
  }

  async #with<T>(use: (handle: FileHandle) => Promise<T>): Promise<T> {
    try {
      this.#handle ??= open(this.name, constants.O_RDONLY);
      return await use(await this.#handle);
    } catch (error) {
      throw await fileError(this.name, error);
    }
  }
}

/** Reads until the target is full or the file ends. @returns bytes read */
async function fill(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
