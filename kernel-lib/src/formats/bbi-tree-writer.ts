import { CONTIG_TREE_MAGIC } from './bbi-header.ts';
import {
  BLOCK_INDEX_MAGIC,
  INDEX_HEADER_BYTES,
  LEAF_ITEM_BYTES,
  NODE_ITEM_BYTES,
} from './bbi-index.ts';
import type { Contig } from './fasta-file.ts';

/** Items of a node of either tree, as in UCSC's tools. */
const NODE_ITEMS = 256;

/** Columns that grow: where blocks are, twenty bytes a block and no objects. */
export class BlockTable {
  count = 0;
  #places = new Uint32Array(4 * 1024);
  #offsets = new Float64Array(1024);

  /** Adds a block of one contig. `offset` is from the begin of all blocks. */
  add(id: number, start: number, end: number, offset: number, length: number): void {
    if (this.count === this.#offsets.length) {
      const places = new Uint32Array(this.#places.length * 2);
      places.set(this.#places);
      this.#places = places;
      const offsets = new Float64Array(this.#offsets.length * 2);
      offsets.set(this.#offsets);
      this.#offsets = offsets;
    }
    this.#places.set([id, start, end, length], this.count * 4);
    this.#offsets[this.count] = offset;
    this.count++;
  }

  id(block: number): number {
    return this.#places[block * 4] ?? 0;
  }

  start(block: number): number {
    return this.#places[block * 4 + 1] ?? 0;
  }

  end(block: number): number {
    return this.#places[block * 4 + 2] ?? 0;
  }

  length(block: number): number {
    return this.#places[block * 4 + 3] ?? 0;
  }

  offset(block: number): number {
    return this.#offsets[block] ?? 0;
  }

  /** Says where a block lies after it was copied. */
  move(block: number, offset: number): void {
    this.#offsets[block] = offset;
  }
}

/** A stretch from one contig to another one. */
interface Box {
  readonly startId: number;
  readonly start: number;
  readonly endId: number;
  readonly end: number;
}

/** The box around blocks `first` to `last`, which are in ascending order. */
function boxOf(table: BlockTable, first: number, last: number): Box {
  return {
    startId: table.id(first),
    start: table.start(first),
    endId: table.id(last),
    end: table.end(last),
  };
}

/** Nodes of each level of a tree, the root first. */
function levelSizes(items: number): number[] {
  const sizes = [Math.max(1, Math.ceil(items / NODE_ITEMS))];
  while ((sizes[0] ?? 1) > 1) sizes.unshift(Math.ceil((sizes[0] ?? 1) / NODE_ITEMS));
  return sizes;
}

/** Bytes of the index of so many blocks. */
export function blockIndexBytes(blocks: number): number {
  const sizes = levelSizes(blocks);
  // Each node but the root is an item of the level above.
  const nodes = sizes.reduce((sum, size) => sum + size, 0);
  return INDEX_HEADER_BYTES + nodes * 4 + (nodes - 1) * NODE_ITEM_BYTES + blocks * LEAF_ITEM_BYTES;
}

/**
 * The index of blocks in ascending order: an R-tree.
 *
 * @param at position in the file that it will have
 * @param dataOffset where the offsets of the table count from
 * @param itemsPerBlock most items of a block
 */
export function encodeBlockIndex(
  table: BlockTable,
  at: number,
  dataOffset: number,
  itemsPerBlock: number,
): Uint8Array {
  const bytes = new Uint8Array(blockIndexBytes(table.count));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, BLOCK_INDEX_MAGIC, true);
  view.setUint32(4, NODE_ITEMS, true);
  view.setBigUint64(8, BigInt(table.count), true);
  setBox(view, 16, boxOf(table, 0, Math.max(0, table.count - 1)));
  view.setBigUint64(32, BigInt(at), true);
  view.setUint32(40, itemsPerBlock, true);
  const sizes = levelSizes(table.count);
  let node = INDEX_HEADER_BYTES;
  for (const [level, size] of sizes.entries()) {
    const isLeaf = level === sizes.length - 1;
    const items = isLeaf ? table.count : (sizes[level + 1] ?? 0);
    const itemBytes = isLeaf ? LEAF_ITEM_BYTES : NODE_ITEM_BYTES;
    const childLevel = node + size * 4 + items * itemBytes;
    // Blocks below each child of a full tree of this height.
    const below = NODE_ITEMS ** (sizes.length - 1 - level);
    const childItemBytes = level + 2 === sizes.length ? LEAF_ITEM_BYTES : NODE_ITEM_BYTES;
    for (let item = 0; item < items; item++) {
      if (item % NODE_ITEMS === 0) {
        view.setUint8(node, isLeaf ? 1 : 0);
        view.setUint16(node + 2, Math.min(NODE_ITEMS, items - item), true);
        node += 4;
      }
      if (isLeaf) {
        setBox(view, node, boxOf(table, item, item));
        view.setBigUint64(node + 16, BigInt(dataOffset + table.offset(item)), true);
        view.setBigUint64(node + 24, BigInt(table.length(item)), true);
      } else {
        const last = Math.min((item + 1) * below, table.count) - 1;
        setBox(view, node, boxOf(table, item * below, last));
        const child = at + childLevel + item * (4 + NODE_ITEMS * childItemBytes);
        view.setBigUint64(node + 16, BigInt(child), true);
      }
      node += itemBytes;
    }
    if (items === 0) {
      view.setUint8(node, 1);
      node += 4;
    }
  }
  return bytes;
}

function setBox(view: DataView, at: number, { startId, start, endId, end }: Box): void {
  view.setUint32(at, startId, true);
  view.setUint32(at + 4, start, true);
  view.setUint32(at + 8, endId, true);
  view.setUint32(at + 12, end, true);
}

/**
 * The tree of contigs: a B+ tree whose keys are the names in the order of their bytes. The number of a
 * contig is its place in the list.
 *
 * @param at position in the file that it will have
 */
export function encodeContigTree(contigs: readonly Contig[], at: number): Uint8Array {
  const keys = contigs
    .map(({ name, length }, id) => ({ key: Buffer.from(name), length, id }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const keyBytes = keys.reduce((longest, { key }) => Math.max(longest, key.length), 1);
  const itemBytes = keyBytes + 8;
  const sizes = levelSizes(keys.length);
  const nodes = sizes.reduce((sum, size) => sum + size, 0);
  const bytes = new Uint8Array(32 + nodes * 4 + (nodes - 1 + keys.length) * itemBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTIG_TREE_MAGIC, true);
  view.setUint32(4, Math.min(NODE_ITEMS, keys.length), true);
  view.setUint32(8, keyBytes, true);
  view.setUint32(12, 8, true);
  view.setBigUint64(16, BigInt(keys.length), true);
  let node = 32;
  for (const [level, size] of sizes.entries()) {
    const isLeaf = level === sizes.length - 1;
    const items = isLeaf ? keys.length : (sizes[level + 1] ?? 0);
    const childLevel = node + size * 4 + items * itemBytes;
    const below = NODE_ITEMS ** (sizes.length - 1 - level);
    for (let item = 0; item < items; item++) {
      if (item % NODE_ITEMS === 0) {
        view.setUint8(node, isLeaf ? 1 : 0);
        view.setUint16(node + 2, Math.min(NODE_ITEMS, items - item), true);
        node += 4;
      }
      const contig = keys[isLeaf ? item : item * below];
      if (contig !== undefined) bytes.set(contig.key, node);
      if (isLeaf) {
        view.setUint32(node + keyBytes, contig?.id ?? 0, true);
        view.setUint32(node + keyBytes + 4, contig?.length ?? 0, true);
      } else {
        const child = at + childLevel + item * (4 + NODE_ITEMS * itemBytes);
        view.setBigUint64(node + keyBytes, BigInt(child), true);
      }
      node += itemBytes;
    }
  }
  return bytes;
}
