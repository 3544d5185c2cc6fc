import { open } from 'node:fs/promises';
import { InputError, UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { fileError } from './file-error.ts';
import {
  checkTensorData,
  decodeTensor,
  dtypeOf,
  encodeTensorData,
  itemSizes,
  type SafetensorsData,
  type SafetensorsDtype,
} from './safetensors-dtypes.ts';
import { parseSafetensorsHeader } from './safetensors-header.ts';

export type { SafetensorsData, SafetensorsDtype } from './safetensors-dtypes.ts';

/** A tensor of a safetensors file. */
export interface SafetensorsTensor {
  /** Type in the file. */
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Row-major values; F16 and BF16 as float32, BOOL as 0 and 1. */
  readonly data: SafetensorsData;
}

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of their data. */
  readonly tensors: Map<string, SafetensorsTensor>;
  /** Free texts of the header (`__metadata__`). */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads `length` bytes from `position` into memory of their own. */
type Read = (position: number, length: number) => Promise<Uint8Array>;

const LARGEST_READ = 1 << 30;

/**
 * Reads a safetensors file (format of the Hugging Face safetensors library), one tensor after the
 * other, so that files beyond 2 GB can be read.
 *
 * @param source a file name, or the bytes of such a file
 * @throws InputError where the header or the places of the tensors are not as the format wants them
 *
 * @example
 * const { tensors } = await readSafetensors('model.safetensors');
 * tensors.get('dense_1/kernel')?.shape; // [1126, 64]
 */
export async function readSafetensors(source: string | Uint8Array): Promise<SafetensorsFile> {
  if (typeof source !== 'string') {
    // Not slice: that of a Node Buffer is a view, whose place may not suit the tensor's type.
    const read: Read = (position, length) =>
      Promise.resolve(new Uint8Array(source.subarray(position, position + length)));
    return readTensors('safetensors data', source.length, read);
  }
  try {
    const handle = await open(source, 'r');
    try {
      const { size } = await handle.stat();
      const read: Read = async (position, length) => {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const part = Math.min(LARGEST_READ, length - done);
          const { bytesRead } = await handle.read(bytes, done, part, position + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      };
      return await readTensors(source, size, read);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw await fileError(source, error);
  }
}

async function readTensors(where: string, size: number, read: Read): Promise<SafetensorsFile> {
  const { entries, metadata, dataStart } = await parseSafetensorsHeader(where, size, read);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const bytes = await read(dataStart + begin, end - begin);
    if (bytes.length < end - begin) {
      throw new InputError({ where, found: `the data of '${name}' end too early` });
    }
    tensors.set(name, { dtype, shape, data: decodeTensor(dtype, bytes) });
  }
  return { tensors, metadata };
}

/** A tensor to be written. */
export interface SafetensorsInput {
  readonly shape: readonly number[];
  readonly data: SafetensorsData;
  /** Default: the type of `data`. `F16` and `BF16` take float32 values, `BOOL` takes 0 and 1. */
  readonly dtype?: SafetensorsDtype;
}

/** Tensors to be written, by name. */
export type SafetensorsInputs =
  ReadonlyMap<string, SafetensorsInput> | Readonly<Record<string, SafetensorsInput>>;

/**
 * The bytes of a safetensors file. Tensors lie in the order of their item size, then their name (so
 * that all are aligned); the header is padded with spaces to a multiple of 8.
 *
 * @param metadata free texts for the header
 */
export function encodeSafetensors(
  tensors: SafetensorsInputs,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const inputs = tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  const encoded = [...(inputs as ReadonlyMap<string, SafetensorsInput>)].map(([name, tensor]) => {
    const { shape, data, dtype = dtypeOf(data) } = tensor;
    if (name === '__metadata__') {
      throw new UsageError({ where: 'encodeSafetensors', found: "a tensor named '__metadata__'" });
    }
    checkTensorData(name, dtype, shape, data);
    return { name, dtype, shape, bytes: encodeTensorData(dtype, data) };
  });
  encoded.sort((a, b) => itemSizes[b.dtype] - itemSizes[a.dtype] || (a.name < b.name ? -1 : 1));
  const fields: string[] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, text] of texts) {
    if (typeof text !== 'string') {
      throw new UsageError({
        where: `encodeSafetensors, metadata '${key}'`,
        found: typeof text,
        expected: 'a text',
        fix: 'Write other values with JSON.stringify.',
      });
    }
  }
  if (texts.length > 0) {
    const items = texts.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`);
    fields.push(`"__metadata__":{${items.join(',')}}`);
  }
  let offset = 0;
  for (const { name, dtype, shape, bytes } of encoded) {
    const end = offset + bytes.length;
    const entry = { dtype, shape, data_offsets: [offset, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerLength = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(header, 8);
  let position = 8 + headerLength;
  for (const { bytes } of encoded) {
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

/** Writes a safetensors file, complete or not at all; see {@link encodeSafetensors}. */
export async function writeSafetensors(
  file: string,
  tensors: SafetensorsInputs,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomically(file, encodeSafetensors(tensors, metadata));
}
