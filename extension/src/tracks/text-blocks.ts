import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Bytes of a block; a longer line has one of its own. */
const BLOCK = 1 << 16;
/** Decompressed blocks that are kept. */
const KEPT_BLOCKS = 32;
const LINE_FEED = 10;

/** Options of {@link TextBlocks}. */
export interface TextBlocksOptions {
  /** Bytes that stay as they are; blocks behind them are compressed. Default 48 MB. */
  readonly plainBytes?: number;
}

/**
 * The lines of a file in pooled bytes: a string of its own for each of a million lines would take
 * several times as much. The lines stay readable when the file changes or goes away.
 */
export class TextBlocks {
  readonly #plainBytes: number;
  /** Filled blocks, in their order. */
  readonly #blocks: { readonly bytes: Buffer; readonly isCompressed: boolean }[] = [];
  readonly #inflated = new Map<number, Buffer>();
  #open = Buffer.allocUnsafeSlow(BLOCK);
  #used = 0;
  #stored = 0;

  constructor({ plainBytes = 48 * 2 ** 20 }: TextBlocksOptions = {}) {
    this.#plainBytes = plainBytes;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#stored + this.#used;
  }

  /** @returns where the line lies, for {@link line} */
  append(line: string): number {
    const room = this.#open.length - this.#used;
    // A letter takes up to three bytes in UTF-8; they are only counted where it may matter.
    if (3 * line.length + 1 > room) {
      const length = Buffer.byteLength(line) + 1;
      if (length > room) this.#seal(Math.max(BLOCK, length));
    }
    const at = this.#blocks.length * BLOCK + this.#used;
    this.#used += this.#open.write(line, this.#used);
    this.#open[this.#used++] = LINE_FEED;
    return at;
  }

  line(at: number): string {
    const block = this.#block(Math.floor(at / BLOCK));
    const from = at % BLOCK;
    return block.toString('utf8', from, block.indexOf(LINE_FEED, from));
  }

  #seal(nextLength: number): void {
    if (this.#used > 0) {
      const isCompressed = this.#stored + this.#used > this.#plainBytes;
      const filled = this.#open.subarray(0, this.#used);
      const bytes = isCompressed ? deflateRawSync(filled, { level: 1 }) : filled;
      this.#stored += isCompressed ? bytes.length : this.#open.length;
      this.#blocks.push({ bytes, isCompressed });
    }
    this.#open = Buffer.allocUnsafeSlow(nextLength);
    this.#used = 0;
  }

  #block(number: number): Buffer {
    const block = this.#blocks[number];
    if (block === undefined) return this.#open.subarray(0, this.#used);
    if (!block.isCompressed) return block.bytes;
    let bytes = this.#inflated.get(number);
    if (bytes === undefined) {
      bytes = inflateRawSync(block.bytes);
      if (this.#inflated.size >= KEPT_BLOCKS) {
        const [oldest] = this.#inflated.keys();
        if (oldest !== undefined) this.#inflated.delete(oldest);
      }
      this.#inflated.set(number, bytes);
    }
    return bytes;
  }
}
