import { crc32 } from 'node:zlib';
import { UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';

/** An array as NumPy stores it. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array | readonly string[];
}

/** NumPy's name of the element type, and the bytes of the elements. */
function elements({ data }: NpyArray): { descriptor: string; bytes: Uint8Array } {
  if (data instanceof Float32Array) return { descriptor: '<f4', bytes: bytesOf(data) };
  if (data instanceof Float64Array) return { descriptor: '<f8', bytes: bytesOf(data) };
  if (data instanceof Int32Array) return { descriptor: '<i4', bytes: bytesOf(data) };
  if (data instanceof Uint8Array) return { descriptor: '|u1', bytes: data };
  const width = Math.max(1, ...data.map((text) => [...text].length));
  const codes = new Uint32Array(data.length * width);
  for (const [row, text] of data.entries()) {
    [...text].forEach((letter, i) => {
      codes[row * width + i] = letter.codePointAt(0) ?? 0;
    });
  }
  return { descriptor: `<U${width}`, bytes: bytesOf(codes) };
}

function bytesOf(data: Float32Array | Float64Array | Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The head of an `.npy` file, version 1.0 (numpy.lib.format).
 *
 * @throws UsageError when the data does not fill the shape
 */
function npyHeader(name: string, array: NpyArray, descriptor: string): Uint8Array {
  const { shape, data } = array;
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== data.length) {
    throw new UsageError({
      where: `array '${name}'`,
      found: `${data.length} values`,
      expected: `${size} for shape [${shape.join(', ')}]`,
    });
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(padded, ' ');
  header.write('\x93NUMPY\x01\x00', 0, 'latin1');
  header.writeUInt16LE(padded - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', padded - 1, 'latin1');
  return header;
}

interface ZipEntry {
  readonly name: Buffer;
  readonly checksum: number;
  readonly size: number;
  readonly offset: number;
}

/** Fields that a local and a central header of an entry that is stored as it is share. */
function zipFields({ name, checksum, size }: Omit<ZipEntry, 'offset'>): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

const LARGEST = 0xffffffff;

/**
 * Writes arrays as an uncompressed `.npz`, which `numpy.load` reads. Complete or absent.
 *
 * @throws UsageError above 4 GiB, which this form of zip cannot hold
 */
export async function writeNpz(
  file: string,
  arrays: Readonly<Record<string, NpyArray>>,
): Promise<void> {
  await writeInPieces(file, async (writer) => {
    const entries: ZipEntry[] = [];
    let offset = 0;
    for (const [key, array] of Object.entries(arrays)) {
      const { descriptor, bytes } = elements(array);
      const header = npyHeader(key, array, descriptor);
      const size = header.length + bytes.length;
      if (offset + size > LARGEST) {
        throw new UsageError({
          where: file,
          found: 'more than 4 GiB of arrays',
          fix: 'Write HDF5 (.h5) instead, or fewer sequences.',
        });
      }
      const entry = {
        name: Buffer.from(`${key}.npy`),
        checksum: crc32(bytes, crc32(header)),
        size,
        offset,
      };
      const local = Buffer.concat([
        Buffer.from('PK\x03\x04', 'latin1'),
        zipFields(entry),
        entry.name,
      ]);
      await writer.write(local);
      await writer.write(header);
      await writer.write(bytes);
      entries.push(entry);
      offset += local.length + size;
    }
    const directory = Buffer.concat(
      entries.flatMap((entry) => {
        const tail = Buffer.alloc(14);
        tail.writeUInt32LE(entry.offset, 10);
        const version = Buffer.from([20, 0]);
        return [Buffer.from('PK\x01\x02', 'latin1'), version, zipFields(entry), tail, entry.name];
      }),
    );
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 0, 'latin1');
    end.writeUInt16LE(entries.length, 8);
    end.writeUInt16LE(entries.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(offset, 16);
    await writer.write(directory);
    await writer.write(end);
  });
}
