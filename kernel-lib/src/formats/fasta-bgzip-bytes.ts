import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { InputError } from '../core/errors.ts';
import type { BgzfIndex } from './bgzf-index.ts';
import type { FastaBytes } from './fasta-bytes.ts';

/** A block holds at most so many bytes, compressed and uncompressed (SAM specification 4.1). */
const BLOCK_BYTES = 1 << 16;
const gunzipElsewhere = promisify(gunzip);
const gunzipOptions = { chunkSize: BLOCK_BYTES };

/**
 * The uncompressed bytes of a bgzip file. Decompressed blocks are kept, the one that was not used
 * for longest given up first; others are decompressed in other threads.
 */
export class BgzipFastaBytes implements FastaBytes {
  readonly #name: string;
  readonly #file: FastaBytes;
  readonly #index: BgzfIndex;
  readonly #cacheBytes: number;
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #pending = new Map<number, Promise<Uint8Array>>();
  #cachedBytes = 0;

  /**
   * @param name what messages call the file
   * @param stored its bytes as they are stored; closed with it
   * @param cacheBytes bytes of decompressed blocks that are kept
   */
  constructor(name: string, stored: FastaBytes, index: BgzfIndex, cacheBytes: number) {
    this.#name = name;
    this.#file = stored;
    this.#index = index;
    this.#cacheBytes = cacheBytes;
  }

  tryRead(position: number, length: number): Uint8Array | undefined {
    const [first, last] = this.#blocksOf(position, length);
    const blocks: Uint8Array[] = [];
    for (let number = first; number <= last; number++) {
      const block = this.#cached(number);
      if (block === undefined) return undefined;
      blocks.push(block);
    }
    return this.#cut(blocks, first, position, length);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const [first, last] = this.#blocksOf(position, length);
    const blocks: Promise<Uint8Array>[] = [];
    for (let number = first; number <= last; number++) blocks.push(this.#block(number));
    return this.#cut(await Promise.all(blocks), first, position, length);
  }

  readSync(position: number, length: number): Uint8Array {
    const [first, last] = this.#blocksOf(position, length);
    const blocks: Uint8Array[] = [];
    for (let number = first; number <= last; number++) {
      const cached = this.#cached(number);
      if (cached === undefined) {
        const bytes = this.#file.readSync(this.#start(number), this.#compressedBytes(number));
        blocks.push(this.#keep(number, gunzipSync(bytes, gunzipOptions)));
      } else blocks.push(cached);
    }
    return this.#cut(blocks, first, position, length);
  }

  close(): void {
    this.#blocks.clear();
    this.#cachedBytes = 0;
    this.#file.close();
  }

  #cached(number: number): Uint8Array | undefined {
    const block = this.#blocks.get(number);
    if (block === undefined) return undefined;
    // Set anew, so that the first key of the map is the block that was not used for longest.
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    return block;
  }

  #block(number: number): Promise<Uint8Array> {
    const cached = this.#cached(number);
    if (cached !== undefined) return Promise.resolve(cached);
    const pending = this.#pending.get(number);
    if (pending !== undefined) return pending;
    const block = this.#decompress(number).finally(() => this.#pending.delete(number));
    this.#pending.set(number, block);
    return block;
  }

  async #decompress(number: number): Promise<Uint8Array> {
    const start = this.#start(number);
    const length = this.#compressedBytes(number);
    // At once where it can be: a second step would begin only when this thread has time again, and
    // blocks are to be decompressed while it trains.
    const bytes = this.#file.tryRead(start, length)?.slice();
    const content = gunzipElsewhere(bytes ?? (await this.#file.read(start, length)), gunzipOptions);
    return this.#keep(number, await content);
  }

  #keep(number: number, content: Buffer): Uint8Array {
    const block = new Uint8Array(content.buffer, content.byteOffset, content.length);
    const { uncompressed } = this.#index;
    const next = uncompressed[number + 1];
    if (next !== undefined && next - (uncompressed[number] ?? 0) !== block.length) {
      throw new InputError({
        where: `${this.#name}.gzi`,
        found: `block ${String(number)} is not where the index says`,
        fix: 'The index belongs to another version of the file: make it anew with writeFastaIndex.',
      });
    }
    this.#blocks.set(number, block);
    this.#cachedBytes += block.length;
    for (const [oldest, { length }] of this.#blocks) {
      if (this.#cachedBytes <= this.#cacheBytes || oldest === number) break;
      this.#blocks.delete(oldest);
      this.#cachedBytes -= length;
    }
    return block;
  }

  #start(number: number): number {
    return this.#index.compressed[number] ?? 0;
  }

  /** Bytes of a block in the file; of the last one, at most so many. */
  #compressedBytes(number: number): number {
    const next = this.#index.compressed[number + 1];
    return next === undefined ? BLOCK_BYTES : next - this.#start(number);
  }

  /** First and last block of a range. */
  #blocksOf(position: number, length: number): [first: number, last: number] {
    const { uncompressed } = this.#index;
    const blockAt = (byte: number): number => {
      let low = 0;
      let high = uncompressed.length;
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if ((uncompressed[middle] ?? 0) <= byte) low = middle;
        else high = middle;
      }
      return low;
    };
    const first = blockAt(position);
    const last = position + length - 1;
    const next = uncompressed[first + 1] ?? Infinity;
    return [first, last < next ? first : blockAt(last)];
  }

  #cut(blocks: readonly Uint8Array[], first: number, position: number, length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let start = this.#index.uncompressed[first] ?? 0;
    for (const block of blocks) {
      parts.push(block.subarray(Math.max(0, position - start), position + length - start));
      start += block.length;
    }
    const [single] = parts;
    return parts.length === 1 && single !== undefined ? single : Buffer.concat(parts);
  }
}
