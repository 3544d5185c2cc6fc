// What is used of node:stream, for a browser: pieces that are handed on.
import type { Gunzip } from './zlib.ts';

/** Pieces as they come. */
export class Readable {
  static from(pieces: AsyncIterable<Uint8Array>): Readable {
    return new Readable(pieces);
  }

  readonly #pieces: AsyncIterable<Uint8Array>;

  private constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#pieces[Symbol.asyncIterator]();
  }

  /** Nothing is held. */
  destroy(): void {
    // Who reads the pieces closes them.
  }
}

/** What comes out of a step; an error is thrown to who reads it. */
export function pipeline(input: Readable, step: Gunzip): AsyncIterable<Uint8Array> {
  return step.through(input);
}
