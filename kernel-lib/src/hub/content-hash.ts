import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { throwIfAborted } from '../core/errors.ts';

/** The two hashes by which the Hub knows a content, and its size in bytes. */
export interface ContentHashes {
  readonly size: number;
  /** SHA-256 in hexadecimal: the name of a large (LFS) file. */
  readonly sha256: string;
  /** SHA-1 of git's blob (`blob SIZE\0` and the content) in hexadecimal: the name of a small file. */
  readonly gitSha1: string;
}

/** Computes both hashes of a content that comes in pieces; its size must be known beforehand. */
export class ContentHasher {
  readonly #sha256: Hash = createHash('sha256');
  readonly #gitSha1: Hash = createHash('sha1');
  #seen = 0;

  constructor(size: number) {
    this.#gitSha1.update(`blob ${size}\0`);
  }

  update(piece: Uint8Array): void {
    this.#sha256.update(piece);
    this.#gitSha1.update(piece);
    this.#seen += piece.length;
  }

  digest(): ContentHashes {
    return {
      size: this.#seen,
      sha256: this.#sha256.digest('hex'),
      gitSha1: this.#gitSha1.digest('hex'),
    };
  }
}

/** Reads a file once, in pieces, and gives its size and hashes. */
export async function hashFile(
  file: string,
  options: { signal?: AbortSignal; onBytes?: (count: number) => void } = {},
): Promise<ContentHashes> {
  const hasher = new ContentHasher((await stat(file)).size);
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    throwIfAborted(options.signal, `reading ${file}`);
    hasher.update(piece as Uint8Array);
    options.onBytes?.((piece as Uint8Array).length);
  }
  return hasher.digest();
}
