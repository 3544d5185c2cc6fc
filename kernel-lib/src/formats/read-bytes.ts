import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fileError } from './file-error.ts';

/** Whether bytes begin as gzip data do (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Whether bytes begin as a BGZF block does: gzip with the extra subfield `BC` that gives the size
 * of the block (SAM specification, section 4.1). Give at least 18 bytes.
 */
export function isBgzf(bytes: Uint8Array): boolean {
  return (
    isGzip(bytes) &&
    ((bytes[3] ?? 0) & 4) !== 0 &&
    bytes[12] === 0x42 &&
    bytes[13] === 0x43 &&
    bytes[14] === 2
  );
}

/** Reads up to `length` bytes from `position`, as they are in the file (not decompressed). */
export async function readRange(
  file: string,
  position: number,
  length: number,
): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r');
    try {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw await fileError(file, error);
  }
}

/**
 * The bytes of a file in pieces, decompressed where they are gzip or bgzip data: the first bytes
 * decide, not the name.
 */
export async function* streamBytes(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const compressed = isGzip(await readRange(file, 0, 2));
  const source = createReadStream(file, { highWaterMark: 1 << 18 });
  // pipeline hands an error of either stream to the other; the loop below then throws it.
  const stream = compressed
    ? pipeline(source, createGunzip({ chunkSize: 1 << 18 }), () => undefined)
    : source;
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw await fileError(file, error);
  } finally {
    source.destroy();
  }
}

/** All bytes of a file, decompressed where they are gzip data. */
export async function readBytes(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamBytes(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
