import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

/** An array of an `.npz` file. */
export interface ReadArray {
  readonly shape: number[];
  readonly data: Float32Array | Uint8Array | string[];
}

function readNpy(bytes: Buffer): ReadArray {
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('no .npy');
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const shape = [.../\((.*?)\)/.exec(header)![1]!.matchAll(/\d+/g)].map(Number);
  const descriptor = /'descr': '(.+?)'/.exec(header)![1]!;
  const body = Uint8Array.from(bytes.subarray(start));
  if (descriptor === '<f4') return { shape, data: new Float32Array(body.buffer) };
  if (descriptor === '|u1') return { shape, data: body };
  const width = Number(/^<U(\d+)$/.exec(descriptor)![1]);
  const codes = new Uint32Array(body.buffer);
  const data = Array.from({ length: shape[0]! }, (_, row) =>
    String.fromCodePoint(...codes.subarray(row * width, (row + 1) * width).filter(Boolean)),
  );
  return { shape, data };
}

/** Reads an `.npz` file by its central directory, apart from the library. */
export async function readNpz(file: string): Promise<Record<string, ReadArray>> {
  const bytes = await readFile(file);
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const arrays: Record<string, ReadArray> = {};
  let at = bytes.readUInt32LE(end + 16);
  for (let entry = 0; entry < bytes.readUInt16LE(end + 10); entry++) {
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const local = bytes.readUInt32LE(at + 42);
    const content = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(content, content + bytes.readUInt32LE(at + 20));
    const plain = bytes.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    arrays[name.replace(/\.npy$/, '')] = readNpy(plain);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return arrays;
}
