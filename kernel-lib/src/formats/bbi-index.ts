import type { ByteSource } from './byte-source.ts';
import { damagedFile, dataView, readExactly, readPosition } from './damaged-file.ts';

/** First number of the index of blocks. */
export const BLOCK_INDEX_MAGIC = 0x2468ace0;
/** Bytes of the index's header, and of an item of a leaf and of another node. */
export const INDEX_HEADER_BYTES = 48;
export const LEAF_ITEM_BYTES = 32;
export const NODE_ITEM_BYTES = 24;

/** Where a block of data lies. */
export interface BbiBlock {
  readonly offset: number;
  readonly length: number;
}

/** Bytes of nodes that are kept. */
const KEPT_BYTES = 1 << 24;
/** Items of a usual node: they are read together with its header. */
const USUAL_ITEMS = 256;

/** A stretch of a contig, by its number. */
export interface ContigStretch {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The index of blocks by place: an R-tree (Kent et al. 2010, supplementary tables 14 to 17). Nodes
 * that were read are kept.
 */
export class BbiIndex {
  readonly #source: ByteSource;
  readonly #offset: number;
  readonly #littleEndian: boolean;
  readonly #nodes = new Map<number, Uint8Array>();
  #keptBytes = 0;
  #isChecked = false;

  constructor(source: ByteSource, offset: number, littleEndian: boolean) {
    this.#source = source;
    this.#offset = offset;
    this.#littleEndian = littleEndian;
  }

  /** Blocks that may have something on a stretch, in the order of the file. */
  async blocks(stretch: ContigStretch): Promise<BbiBlock[]> {
    await this.#check();
    const found: BbiBlock[] = [];
    const little = this.#littleEndian;
    // A damaged index may lead in circles: no more items than the file has room for.
    let room = Math.ceil((await this.#source.size()) / NODE_ITEM_BYTES);
    const nodes = [this.#offset + INDEX_HEADER_BYTES];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      const bytes = await this.#node(node);
      const view = dataView(bytes);
      const isLeaf = bytes[0] !== 0;
      const count = view.getUint16(2, little);
      room -= Math.max(count, 1);
      if (room < 0) {
        throw damagedFile(this.#source.name, this.#place(node), 'an index that leads in circles');
      }
      const step = isLeaf ? LEAF_ITEM_BYTES : NODE_ITEM_BYTES;
      for (let i = 0, at = 4; i < count; i++, at += step) {
        if (!meets(view, at, little, stretch)) continue;
        const offset = readPosition(view, at + 16, little);
        if (isLeaf) found.push({ offset, length: readPosition(view, at + 24, little) });
        else nodes.push(offset);
      }
    }
    found.sort((a, b) => a.offset - b.offset);
    for (let i = 1; i < found.length; i++) {
      const before = found[i - 1];
      const here = found[i];
      if (
        before !== undefined &&
        here !== undefined &&
        before.offset + before.length > here.offset
      ) {
        throw damagedFile(
          this.#source.name,
          'index of blocks',
          `two blocks that share byte ${String(here.offset)}`,
        );
      }
    }
    return found;
  }

  #place(node: number): string {
    return `node of the index at byte ${String(node)}`;
  }

  async #check(): Promise<void> {
    if (this.#isChecked) return;
    const place = 'index of blocks';
    const head = await readExactly(this.#source, this.#offset, INDEX_HEADER_BYTES, place);
    if (dataView(head).getUint32(0, this.#littleEndian) !== BLOCK_INDEX_MAGIC) {
      throw damagedFile(this.#source.name, place, `other first bytes at ${String(this.#offset)}`);
    }
    this.#isChecked = true;
  }

  async #node(offset: number): Promise<Uint8Array> {
    const kept = this.#nodes.get(offset);
    if (kept !== undefined) return kept;
    const place = this.#place(offset);
    const guess = Number.isFinite(offset)
      ? await this.#source.read(offset, 4 + USUAL_ITEMS * LEAF_ITEM_BYTES)
      : new Uint8Array(0);
    if (guess.length < 4) throw damagedFile(this.#source.name, place, 'the end of the file');
    const count = dataView(guess).getUint16(2, this.#littleEndian);
    const length = 4 + count * (guess[0] !== 0 ? LEAF_ITEM_BYTES : NODE_ITEM_BYTES);
    // A copy, so that no larger piece of memory stays with it.
    const bytes =
      length <= guess.length
        ? guess.slice(0, length)
        : await readExactly(this.#source, offset, length, place);
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > KEPT_BYTES) {
      this.#nodes.clear();
      this.#keptBytes = bytes.length;
    }
    this.#nodes.set(offset, bytes);
    return bytes;
  }
}

/** Whether the item's box (contig and base of its begin, of its end) meets a stretch. */
function meets(
  view: DataView,
  at: number,
  little: boolean,
  { id, start, end }: ContigStretch,
): boolean {
  const startId = view.getUint32(at, little);
  const endId = view.getUint32(at + 8, little);
  if (startId > id || endId < id) return false;
  if (startId === id && view.getUint32(at + 4, little) >= end) return false;
  return endId !== id || view.getUint32(at + 12, little) > start;
}
