import { InputError } from 'tatabox/core/errors.ts';
import type { BgzfIndex } from 'tatabox/formats/bgzf-index.ts';
import type { ByteSource } from 'tatabox/formats/byte-source.ts';
import { isBgzf } from 'tatabox/formats/read-bytes.ts';

/** Blocks that are looked at, spread over the file. */
const CHECKED = 64;
const HEADER_BYTES = 18;
/** Bytes after the last block that are looked through: empty blocks only. */
const LONGEST_TAIL = 1 << 16;

/**
 * Compares a `.gzi` index with its file.
 *
 * @returns uncompressed bytes of the file
 * @throws InputError where it does not fit
 */
export async function checkBlocks(
  source: ByteSource,
  { compressed, uncompressed }: BgzfIndex,
): Promise<number> {
  const count = compressed.length;
  const step = Math.max(1, Math.floor(count / CHECKED));
  for (let i = 0; i < count - 1; i += step) {
    const { next, length } = await readBlock(source, compressed[i] ?? 0);
    // Empty blocks may lie between two that are listed.
    const isHere =
      next <= (compressed[i + 1] ?? 0) &&
      length === (uncompressed[i + 1] ?? 0) - (uncompressed[i] ?? 0);
    if (!isHere) throw misfit(source.name, `block ${String(i)} is another`);
  }
  const last = await readBlock(source, compressed[count - 1] ?? 0);
  const size = await source.size();
  if (size - last.next > LONGEST_TAIL) {
    throw misfit(source.name, 'the file has more blocks than it lists');
  }
  for (let at = last.next; at < size;) {
    const { next, length } = await readBlock(source, at);
    if (length > 0) throw misfit(source.name, 'the file has more blocks than it lists');
    at = next;
  }
  return (uncompressed[count - 1] ?? 0) + last.length;
}

/** Where the block after one begins, and the bytes in it. */
async function readBlock(
  source: ByteSource,
  position: number,
): Promise<{ readonly next: number; readonly length: number }> {
  const header = await source.read(position, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !isBgzf(header)) {
    throw misfit(source.name, `there is no block at byte ${String(position)}`);
  }
  const next = position + (header[16] ?? 0) + 256 * (header[17] ?? 0) + 1;
  const trailer = await source.read(next - 4, 4);
  if (trailer.length < 4) throw misfit(source.name, `the block at byte ${String(position)} is cut`);
  return { next, length: Buffer.from(trailer).readUInt32LE(0) };
}

function misfit(file: string, found: string): InputError {
  return new InputError({ where: file, found, fix: 'Make the index anew with bgzip --reindex.' });
}
