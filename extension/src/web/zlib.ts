// What is used of node:zlib, for a browser. Compression is left out but for one that stores.
import { Buffer } from './buffer.ts';
import { inflate, ZlibError } from './inflate.ts';
import { unavailable } from './unavailable.ts';

interface InflateOptions {
  readonly maxOutputLength?: number;
  readonly chunkSize?: number;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The checksum of gzip. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** All bytes of what is given in pieces, and what it returned. */
function collect<T>(
  pieces: Generator<Uint8Array, T, undefined>,
  { maxOutputLength = Infinity }: InflateOptions,
): readonly [Buffer, T] {
  const all: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return [Buffer.concat(all), value];
    length += value.length;
    if (length > maxOutputLength) {
      throw new ZlibError('ERR_BUFFER_TOO_LARGE', 'more data than allowed');
    }
    all.push(value);
  }
}

const pieceBytes = ({ chunkSize = 1 << 16 }: InflateOptions): number => chunkSize;

/** Decompresses deflate data. */
export function inflateRawSync(bytes: Uint8Array, options: InflateOptions = {}): Buffer {
  return collect(inflate(bytes, 0, pieceBytes(options)), options)[0];
}

/** Decompresses zlib data (RFC 1950). */
export function inflateSync(bytes: Uint8Array, options: InflateOptions = {}): Buffer {
  const [first = 0, second = 0] = bytes;
  if ((first & 15) !== 8 || ((first << 8) | second) % 31 !== 0 || (second & 32) !== 0) {
    throw new ZlibError(bytes.length < 2 ? 'Z_BUF_ERROR' : 'Z_DATA_ERROR', 'incorrect header');
  }
  const [content, end] = collect(inflate(bytes, 2, pieceBytes(options)), options);
  if (end + 4 > bytes.length) throw new ZlibError('Z_BUF_ERROR', 'unexpected end of file');
  const view = new DataView(bytes.buffer, bytes.byteOffset + end, 4);
  if (view.getUint32(0) !== adler32(content)) {
    throw new ZlibError('Z_DATA_ERROR', 'incorrect data check');
  }
  return content;
}

/** Decompresses gzip data of one or more members (RFC 1952). */
export function gunzipSync(bytes: Uint8Array, options: InflateOptions = {}): Buffer {
  return collect(gunzipPieces(bytes, pieceBytes(options)), options)[0];
}

/** As {@link gunzipSync}, for who waits for it by a callback. */
export function gunzip(
  bytes: Uint8Array,
  options: InflateOptions,
  callback: (error: Error | null, content?: Buffer) => void,
): void {
  let content: Buffer;
  try {
    content = gunzipSync(bytes, options);
  } catch (error) {
    callback(error as Error);
    return;
  }
  callback(null, content);
}

/** What {@link createGunzip} makes; `pipeline` of ./stream.ts gives it its input. */
export interface Gunzip {
  through(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Decompresses gzip data piece by piece. The compressed ones are in memory in any case. */
export function createGunzip({ chunkSize = 1 << 18 }: InflateOptions = {}): Gunzip {
  return {
    async *through(input) {
      const stored: Uint8Array[] = [];
      for await (const piece of input) stored.push(piece);
      yield* gunzipPieces(Buffer.concat(stored), chunkSize);
    },
  };
}

function* gunzipPieces(
  bytes: Uint8Array,
  size: number,
): Generator<Uint8Array, undefined, undefined> {
  for (let at = 0; at === 0 || isMember(bytes, at);) {
    const pieces = inflate(bytes, headerEnd(bytes, at), size);
    let crc = 0;
    let length = 0;
    let next = pieces.next();
    for (; next.done !== true; next = pieces.next()) {
      crc = crc32(next.value, crc);
      length += next.value.length;
      yield next.value;
    }
    at = next.value + 8;
    if (at > bytes.length) throw new ZlibError('Z_BUF_ERROR', 'unexpected end of file');
    const view = new DataView(bytes.buffer, bytes.byteOffset + at - 8, 8);
    if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== length >>> 0) {
      throw new ZlibError('Z_DATA_ERROR', 'incorrect data check');
    }
  }
  return undefined;
}

const isMember = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x1f && bytes[at + 1] === 0x8b;

/** The first byte behind the header of a gzip member. */
function headerEnd(bytes: Uint8Array, start: number): number {
  if (!isMember(bytes, start) || bytes[start + 2] !== 8) {
    const isCut = bytes.length < start + 3;
    throw new ZlibError(isCut ? 'Z_BUF_ERROR' : 'Z_DATA_ERROR', 'incorrect header check');
  }
  const flags = bytes[start + 3] ?? 0;
  let at = start + 10;
  if ((flags & 4) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  // A name and a comment, each ended by a zero.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const zero = bytes.indexOf(0, at);
    at = zero < 0 ? bytes.length : zero + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  return at;
}

function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let at = 0; at < bytes.length;) {
    // So many sums stay below 2^32.
    for (const end = Math.min(bytes.length, at + 3800); at < end; at++) {
      low += bytes[at] ?? 0;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}

/** Deflate data that hold the bytes as they are: memory is not saved, and all of it can be read. */
export function deflateRawSync(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += 0xffff) {
    const stored = bytes.subarray(at, at + 0xffff);
    const [low, high] = [stored.length & 255, stored.length >>> 8];
    const isLast = at + stored.length >= bytes.length;
    parts.push(Uint8Array.of(isLast ? 1 : 0, low, high, low ^ 255, high ^ 255), stored);
  }
  return Buffer.concat(parts);
}

export const createGzip = unavailable('compressing');
export const createInflateRaw = unavailable('zip archives');
export const gzipSync = unavailable('compressing');
