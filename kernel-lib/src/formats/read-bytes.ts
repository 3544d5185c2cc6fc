import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { openSource, sourceName, type FileSource } from './byte-source.ts';
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
  source: FileSource,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = openSource(source);
  try {
    return await bytes.read(position, length);
  } finally {
    await bytes.close();
  }
}

/**
 * The bytes of a file in pieces, decompressed where they are gzip or bgzip data: the first bytes
 * decide, not the name.
 */
export async function* streamBytes(
  source: FileSource,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stored = openSource(source);
  const pieces = stored.stream();
  try {
    const { value: first } = await pieces.next();
    if (first === undefined) return;
    if (isGzip(first)) yield* decompress(first, pieces);
    else {
      yield first;
      yield* pieces;
    }
  } catch (error) {
    throw await fileError(sourceName(source), error);
  } finally {
    await pieces.return();
    await stored.close();
  }
}

async function* decompress(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    yield first;
    yield* rest;
  }
  // pipeline hands an error of either stream to the other; the loop below then throws it.
  const input = Readable.from(all(), { objectMode: false, highWaterMark: 1 << 18 });
  const stream = pipeline(input, createGunzip({ chunkSize: 1 << 18 }), () => undefined);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } finally {
    input.destroy();
  }
}

/** All bytes of a file, decompressed where they are gzip data. */
export async function readBytes(source: FileSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamBytes(source)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
