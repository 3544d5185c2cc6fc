import { inflateSync } from 'node:zlib';
import { yieldToEventLoop } from '../core/progress.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { BbiBlock } from './bbi-index.ts';
import { damagedFile, readExactly, type SizedSource } from './damaged-file.ts';

/** Bytes that neighbouring blocks are read in together. */
const TOGETHER = 1 << 20;
/** Most bytes of a block when it is decompressed, whatever the header claims. */
const LARGEST = 1 << 26;

/**
 * The data of blocks, one after the other; neighbours are read together.
 *
 * @param uncompressedBytes most bytes of a block when it is decompressed; 0 for blocks that are not
 *   compressed
 */
export async function* readBbiBlocks(
  source: SizedSource,
  blocks: readonly BbiBlock[],
  uncompressedBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let first = 0; first < blocks.length;) {
    const begin = blocks[first]?.offset ?? 0;
    let last = first;
    for (let next = last + 1; next < blocks.length; next++) {
      const block = blocks[next];
      const before = blocks[last];
      if (block === undefined || before === undefined) break;
      if (before.offset + before.length !== block.offset) break;
      if (block.offset + block.length - begin > TOGETHER) break;
      last = next;
    }
    const end = (blocks[last]?.offset ?? 0) + (blocks[last]?.length ?? 0);
    const bytes = await readExactly(source, begin, end - begin, 'data');
    for (let i = first; i <= last; i++) {
      const { offset, length } = blocks[i] ?? { offset: begin, length: 0 };
      const stored = bytes.subarray(offset - begin, offset - begin + length);
      yield uncompressedBytes === 0
        ? stored
        : inflate(stored, Math.min(uncompressedBytes, LARGEST), source.name, offset);
    }
    first = last + 1;
    if (first < blocks.length) {
      await yieldToEventLoop();
      throwIfAborted(signal, `reading ${source.name}`);
    }
  }
}

function inflate(stored: Uint8Array, limit: number, file: string, offset: number): Uint8Array {
  try {
    const chunkSize = Math.min(Math.max(64, limit), 1 << 16);
    return inflateSync(stored, { maxOutputLength: Math.max(1, limit), chunkSize });
  } catch (error) {
    const place = `block at byte ${String(offset)}`;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw damagedFile(
        file,
        place,
        `more data than the ${String(limit)} bytes that its header names`,
      );
    }
    throw damagedFile(file, place, 'compressed data that are damaged');
  }
}
