import type { FileWriter } from '../core/file-writer.ts';
import { throwIfAborted } from '../core/errors.ts';
import {
  BIG_WIG_MAGIC,
  HEADER_BYTES,
  ZOOM_HEADER_BYTES,
  type BigWigStatistics,
} from './bbi-header.ts';
import {
  blockIndexBytes,
  encodeBlockIndex,
  encodeContigTree,
  type BlockTable,
} from './bbi-tree-writer.ts';
import { SECTION_BYTES, SECTION_ITEMS } from './big-wig-section-encoder.ts';
import { ZOOM_BLOCK_ITEMS } from './big-wig-zoom-builder.ts';
import type { Contig } from './fasta-file.ts';
import type { SpoolFile } from './spool-file.ts';

/** All that a bigWig file is made of. */
export interface BigWigParts {
  /** In the order of their numbers. */
  readonly contigs: readonly Contig[];
  readonly statistics: BigWigStatistics;
  /** Blocks of values, one after the other from the begin of the spool file. */
  readonly data: BlockTable;
  readonly zooms: readonly {
    readonly reduction: number;
    readonly blocks: BlockTable;
    count: number;
  }[];
  readonly spool: SpoolFile;
  readonly signal: AbortSignal | undefined;
}

/** Bytes that are copied at once. */
const PIECE = 1 << 20;
const SUMMARY_BYTES = 40;

/** Writes header, contigs, data, indexes and zoom levels in the order of UCSC's tools. */
export async function assembleBigWig(writer: FileWriter, parts: BigWigParts): Promise<void> {
  const { contigs, data, zooms, statistics } = parts;
  const summaryOffset = HEADER_BYTES + zooms.length * ZOOM_HEADER_BYTES;
  const treeOffset = summaryOffset + SUMMARY_BYTES;
  const tree = encodeContigTree(contigs, treeOffset);
  const dataOffset = treeOffset + tree.length;
  const dataBytes = totalLength(data);
  const indexOffset = dataOffset + 8 + dataBytes;
  const places: { data: number; index: number; bytes: number }[] = [];
  let at = indexOffset + blockIndexBytes(data.count);
  for (const { blocks } of zooms) {
    const bytes = totalLength(blocks);
    places.push({ data: at, index: at + 4 + bytes, bytes });
    at += 4 + bytes + blockIndexBytes(blocks.count);
  }
  const head = new Uint8Array(treeOffset);
  const view = new DataView(head.buffer);
  view.setUint32(0, BIG_WIG_MAGIC, true);
  view.setUint16(4, 4, true);
  view.setUint16(6, zooms.length, true);
  view.setBigUint64(8, BigInt(treeOffset), true);
  view.setBigUint64(16, BigInt(dataOffset), true);
  view.setBigUint64(24, BigInt(indexOffset), true);
  view.setBigUint64(44, BigInt(summaryOffset), true);
  view.setUint32(52, SECTION_BYTES, true);
  for (const [level, { reduction }] of zooms.entries()) {
    const place = places[level] ?? { data: 0, index: 0 };
    const zoomAt = HEADER_BYTES + level * ZOOM_HEADER_BYTES;
    view.setUint32(zoomAt, reduction, true);
    view.setBigUint64(zoomAt + 8, BigInt(place.data), true);
    view.setBigUint64(zoomAt + 16, BigInt(place.index), true);
  }
  setStatistics(view, summaryOffset, statistics);
  await writer.write(head);
  await writer.write(tree);
  const count = new Uint8Array(8);
  new DataView(count.buffer).setBigUint64(0, BigInt(data.count), true);
  await writer.write(count);
  for (let done = 0; done < dataBytes; done += PIECE) {
    throwIfAborted(parts.signal, 'writing a bigWig file');
    await writer.write(await parts.spool.read(done, Math.min(PIECE, dataBytes - done)));
  }
  await writer.write(encodeBlockIndex(data, indexOffset, dataOffset + 8, SECTION_ITEMS));
  for (const [level, { blocks, count: summaries }] of zooms.entries()) {
    const place = places[level] ?? { data: 0, index: 0 };
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, summaries, true);
    await writer.write(number);
    await copyBlocks(writer, blocks, parts);
    await writer.write(encodeBlockIndex(blocks, place.index, place.data + 4, ZOOM_BLOCK_ITEMS));
  }
  const end = new Uint8Array(4);
  new DataView(end.buffer).setUint32(0, BIG_WIG_MAGIC, true);
  await writer.write(end);
}

function totalLength(table: BlockTable): number {
  let total = 0;
  for (let block = 0; block < table.count; block++) total += table.length(block);
  return total;
}

/** Copies blocks that lie between others, and notes where they are now. */
async function copyBlocks(
  writer: FileWriter,
  table: BlockTable,
  { spool, signal }: BigWigParts,
): Promise<void> {
  let gathered: Uint8Array[] = [];
  let waiting = 0;
  let done = 0;
  const write = async () => {
    throwIfAborted(signal, 'writing a bigWig file');
    await writer.write(Buffer.concat(gathered));
    gathered = [];
    waiting = 0;
  };
  for (let block = 0; block < table.count; block++) {
    const length = table.length(block);
    gathered.push(await spool.read(table.offset(block), length));
    table.move(block, done);
    done += length;
    waiting += length;
    if (waiting >= PIECE) await write();
  }
  if (waiting > 0) await write();
}

function setStatistics(view: DataView, at: number, statistics: BigWigStatistics): void {
  const { basesCovered, min, max, sum, sumSquares } = statistics;
  view.setBigUint64(at, BigInt(basesCovered), true);
  view.setFloat64(at + 8, basesCovered === 0 ? 0 : min, true);
  view.setFloat64(at + 16, basesCovered === 0 ? 0 : max, true);
  view.setFloat64(at + 24, sum, true);
  view.setFloat64(at + 32, sumSquares, true);
}
