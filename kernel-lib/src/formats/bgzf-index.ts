import { open } from 'node:fs/promises';
import { InputError, throwIfAborted } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { fileError } from './file-error.ts';
import { isBgzf } from './read-bytes.ts';

const HEADER_BYTES = 18;
/** Blocks between two looks at whether the work is to stop. */
const PAUSE_BLOCKS = 256;

/**
 * The `.gzi` index of a bgzip file: compressed and uncompressed offset of every block after the
 * first (little-endian 64-bit numbers, preceded by their count), as `bgzip --reindex` writes it.
 * Only the block headers and trailers are read.
 */
export async function buildBgzfIndex(
  file: string,
  { signal, progress }: LongWorkOptions = {},
): Promise<Uint8Array> {
  const offsets: [compressed: number, uncompressed: number][] = [];
  try {
    const handle = await open(file, 'r');
    try {
      // The four bytes before a header are the trailer of the block before it: its length.
      const buffer = Buffer.alloc(4 + HEADER_BYTES);
      let compressed = 0;
      let uncompressed = 0;
      let blocks = 0;
      const { size: total } = await handle.stat();
      let { bytesRead } = await handle.read(buffer, 4, HEADER_BYTES, 0);
      while (bytesRead > 0) {
        if (++blocks % PAUSE_BLOCKS === 0) {
          throwIfAborted(signal, `indexing ${file}`);
          progress?.({ task: 'indexing', done: compressed, total, unit: 'bytes' });
        }
        const header = buffer.subarray(4, 4 + bytesRead);
        if (bytesRead < HEADER_BYTES || !isBgzf(header)) throw brokenBlock(file, compressed);
        const next = compressed + header.readUInt16LE(16) + 1;
        const read = await handle.read(buffer, 0, 4 + HEADER_BYTES, next - 4);
        if (read.bytesRead < 4) throw brokenBlock(file, compressed);
        const blockLength = buffer.readUInt32LE(0);
        // Empty blocks (the last one marks the end of the file) are not listed.
        if (compressed > 0 && blockLength > 0) offsets.push([compressed, uncompressed]);
        compressed = next;
        uncompressed += blockLength;
        bytesRead = read.bytesRead - 4;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw await fileError(file, error);
  }
  const index = Buffer.alloc(8 + 16 * offsets.length);
  index.writeBigUInt64LE(BigInt(offsets.length), 0);
  for (const [i, [compressed, uncompressed]] of offsets.entries()) {
    index.writeBigUInt64LE(BigInt(compressed), 8 + 16 * i);
    index.writeBigUInt64LE(BigInt(uncompressed), 16 + 16 * i);
  }
  return index;
}

/** Where each block of a bgzip file begins; the first begins at 0 of both. */
export interface BgzfIndex {
  /** Byte of each block in the file. */
  readonly compressed: Float64Array;
  /** Uncompressed bytes before each block. */
  readonly uncompressed: Float64Array;
}

/** The bytes of a `.gzi` file: the first block is not listed. */
export function formatBgzfIndex({ compressed, uncompressed }: BgzfIndex): Uint8Array {
  const listed = Math.max(0, compressed.length - 1);
  const bytes = new Uint8Array(8 + 16 * listed);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(listed), true);
  for (let i = 1; i <= listed; i++) {
    view.setBigUint64(16 * i - 8, BigInt(compressed[i] ?? 0), true);
    view.setBigUint64(16 * i, BigInt(uncompressed[i] ?? 0), true);
  }
  return bytes;
}

/**
 * Parses a `.gzi` file.
 *
 * @param file name of the index, for messages
 * @throws InputError for what is no such index
 */
export function parseBgzfIndex(bytes: Uint8Array, file: string): BgzfIndex {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = bytes.length < 8 ? -1 : Number(view.getBigUint64(0, true));
  if (bytes.length !== 8 + 16 * entries) throw brokenIndex(file);
  const compressed = new Float64Array(entries + 1);
  const uncompressed = new Float64Array(entries + 1);
  for (let i = 1; i <= entries; i++) {
    compressed[i] = Number(view.getBigUint64(16 * i - 8, true));
    uncompressed[i] = Number(view.getBigUint64(16 * i, true));
    const rises =
      (compressed[i] ?? 0) > (compressed[i - 1] ?? 0) &&
      (uncompressed[i] ?? 0) > (uncompressed[i - 1] ?? 0);
    if (!rises) throw brokenIndex(file);
  }
  return { compressed, uncompressed };
}

function brokenIndex(file: string): InputError {
  return new InputError({
    where: file,
    found: 'no index of bgzip blocks, or a damaged one',
    expected: 'what bgzip --reindex writes',
    fix: 'Make it anew with writeFastaIndex.',
  });
}

function brokenBlock(file: string, position: number): InputError {
  return new InputError({
    where: `${file}, byte ${String(position)}`,
    found: 'a broken bgzip block',
    fix: 'Copy or download the file again, or compress it anew with bgzip.',
  });
}
