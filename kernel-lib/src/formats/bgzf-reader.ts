import { gunzipSync } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { damagedFile, dataView } from './damaged-file.ts';
import { isBgzf } from './read-bytes.ts';

/** Most bytes of a block, compressed or not (SAM specification, section 4.1). */
const BLOCK = 1 << 16;
/** Bytes that are read together. */
const PIECE = 1 << 18;
/** Bytes of a block's header up to its size, where it has no other extra field. */
const HEAD = 18;

/**
 * Reads decompressed bytes of a BGZF file from a virtual position on: the offset of a block times 65,536
 * plus the offset in its decompressed bytes. Checksums are checked.
 */
export class BgzfReader {
  readonly #source: ByteSource;
  readonly #where: string;
  #piece: Uint8Array = new Uint8Array(0);
  #pieceAt = 0;
  #nextBlock: number;
  #block: Uint8Array = new Uint8Array(0);
  #blockAt = 0;
  #at = 0;
  #skip: number;

  /**
   * @param block offset of the first block
   * @param within offset in its decompressed bytes
   * @param where what lies there, for messages
   */
  constructor(source: ByteSource, block: number, within: number, where: string) {
    this.#source = source;
    this.#nextBlock = block;
    this.#skip = within;
    this.#where = where;
  }

  /** Whether anything was read: before, the offsets below are not known. */
  get hasBegun(): boolean {
    return this.#block.length > 0;
  }

  /** Offset of the block that the next byte lies in. */
  get blockOffset(): number {
    return this.#at < this.#block.length ? this.#blockAt : this.#nextBlock;
  }

  /** Offset of the next byte in the decompressed bytes of its block. */
  get offsetInBlock(): number {
    return this.#at < this.#block.length ? this.#at : 0;
  }

  /**
   * The next bytes; undefined where the file ends before the first of them. They stay as they are.
   *
   * @throws InputError where the file ends among them, or is damaged
   */
  async read(length: number): Promise<Uint8Array | undefined> {
    if (this.#at === this.#block.length && !(await this.#next())) return undefined;
    if (this.#at + length <= this.#block.length) {
      const bytes = this.#block.subarray(this.#at, this.#at + length);
      this.#at += length;
      return bytes;
    }
    // A length that a damaged file claims: only bytes that are there are gathered.
    const pieces: Uint8Array[] = [];
    let have = 0;
    while (have < length) {
      if (this.#at === this.#block.length && !(await this.#next())) {
        throw damagedFile(
          this.#source.name,
          this.#where,
          `the end of the file after ${String(have)} of ${String(length)} bytes`,
        );
      }
      const piece = this.#block.subarray(this.#at, this.#at + length - have);
      pieces.push(piece);
      have += piece.length;
      this.#at += piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Decompresses the next block that is not empty. @returns whether there is one */
  async #next(): Promise<boolean> {
    for (;;) {
      const stored = await this.#stored();
      if (stored === undefined) return false;
      this.#blockAt = this.#nextBlock;
      this.#nextBlock += stored.length;
      this.#block = this.#inflate(stored);
      this.#at = this.#skip;
      this.#skip = 0;
      if (this.#at > this.#block.length) {
        throw this.#error(this.#blockAt, 'a block shorter than the index says');
      }
      if (this.#at < this.#block.length) return true;
    }
  }

  /** The next block as it is stored; undefined at the end of the file. */
  async #stored(): Promise<Uint8Array | undefined> {
    const at = this.#nextBlock;
    let from = at - this.#pieceAt;
    if (from < 0 || from + BLOCK > this.#piece.length) {
      if (!Number.isSafeInteger(at)) throw this.#error(at, 'no such place');
      this.#piece = await this.#source.read(at, PIECE);
      this.#pieceAt = at;
      from = 0;
    }
    const head = this.#piece.subarray(from, from + HEAD);
    if (head.length === 0) return undefined;
    if (head.length < HEAD || !isBgzf(head)) throw this.#error(at, 'no BGZF block');
    const length = dataView(head).getUint16(16, true) + 1;
    const stored = this.#piece.subarray(from, from + length);
    if (stored.length < length) throw this.#error(at, 'a block that is cut');
    return stored;
  }

  #inflate(stored: Uint8Array): Uint8Array {
    try {
      return gunzipSync(stored, { maxOutputLength: BLOCK, chunkSize: BLOCK });
    } catch {
      throw this.#error(this.#blockAt, 'a block whose data are damaged');
    }
  }

  #error(at: number, found: string): Error {
    return damagedFile(this.#source.name, `${this.#where}, byte ${String(at)}`, found);
  }
}
