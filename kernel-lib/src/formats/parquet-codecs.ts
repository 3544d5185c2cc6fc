import * as zlib from 'node:zlib';

/** Unpacks a page; the result must have the length that its header says. */
export type Decompressor = (input: Uint8Array, outputLength: number) => Uint8Array;

type ZlibFunction = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

function bounded(unpack: ZlibFunction): Decompressor {
  return (input, outputLength) => unpack(input, { maxOutputLength: Math.max(1, outputLength) });
}

const zstd = (zlib as unknown as Record<string, ZlibFunction | undefined>)['zstdDecompressSync'];

/** The codecs besides Snappy that Node.js has; Zstandard from 22.15 on. */
export const decompressors: Readonly<Record<string, Decompressor>> = {
  GZIP: bounded(zlib.gunzipSync as unknown as ZlibFunction),
  BROTLI: bounded(zlib.brotliDecompressSync as unknown as ZlibFunction),
  ...(zstd === undefined ? {} : { ZSTD: bounded(zstd) }),
};
