import { crc32, inflateRawSync } from 'node:zlib';
import { InputError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { isBgzf } from './read-bytes.ts';

/** A block has at most so many bytes, compressed and uncompressed (SAM specification, section 4.1). */
const MOST_BYTES = 1 << 16;
const HEADER_BYTES = 18;
const TRAILER_BYTES = 8;
/** Compressed bytes that are read at a time: two blocks at least. */
const PIECE = 2 * MOST_BYTES;

/** A place in a bgzip file: a block, by its first byte in the file, and a byte within its content. */
export interface BgzfPosition {
  readonly block: number;
  readonly within: number;
}

/** Negative where `a` is before `b`. */
export function compareBgzfPositions(a: BgzfPosition, b: BgzfPosition): number {
  return a.block - b.block || a.within - b.within;
}

/** A decompressed block. */
export interface BgzfBlock {
  /** Its first byte in the file. */
  readonly position: number;
  readonly content: Uint8Array;
}

/**
 * The blocks of a bgzip file one after the other, from one on (SAM specification, section 4.1).
 *
 * @param from the first byte of a block
 * @throws InputError for what is no block, or a damaged one
 */
export async function* streamBgzfBlocks(
  source: ByteSource,
  from: number,
): AsyncGenerator<BgzfBlock, void, undefined> {
  let bytes: Uint8Array = new Uint8Array(0);
  let start = from;
  for (let position = from; ;) {
    let stored = bytes.subarray(position - start);
    if (stored.length < blockBytes(stored)) {
      bytes = await source.read(position, PIECE);
      start = position;
      stored = bytes;
      if (stored.length === 0) return;
    }
    const length = blockBytes(stored);
    if (!isBgzf(stored) || stored.length < length) {
      throw brokenBlock(source.name, position, stored.length < MOST_BYTES);
    }
    yield { position, content: decompress(stored.subarray(0, length), source.name, position) };
    position += length;
  }
}

/** Bytes of a block in the file, as its header says; more than there can be where it is cut. */
function blockBytes(stored: Uint8Array): number {
  if (stored.length < HEADER_BYTES) return MOST_BYTES;
  return (stored[16] ?? 0) + 256 * (stored[17] ?? 0) + 1;
}

function decompress(block: Uint8Array, file: string, position: number): Uint8Array {
  const extraBytes = (block[10] ?? 0) + 256 * (block[11] ?? 0);
  const end = block.length - TRAILER_BYTES;
  const data = block.subarray(12 + extraBytes, Math.max(0, end));
  let content: Uint8Array;
  try {
    content = inflateRawSync(data, { maxOutputLength: MOST_BYTES });
  } catch {
    throw brokenBlock(file, position, false);
  }
  const trailer = new DataView(block.buffer, block.byteOffset + end, TRAILER_BYTES);
  const isWhole =
    trailer.getUint32(0, true) === crc32(content) && trailer.getUint32(4, true) === content.length;
  if (!isWhole) throw brokenBlock(file, position, false);
  return content;
}

function brokenBlock(file: string, position: number, isCut: boolean): InputError {
  return new InputError({
    where: `${file}, byte ${String(position)}`,
    found: isCut ? 'a bgzip block that is cut or damaged' : 'a damaged bgzip block, or none',
    expected: 'the beginning of a whole block',
    fix: 'Copy or download the file again, or compress it anew with bgzip.',
  });
}
