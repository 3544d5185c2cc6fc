import { UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import type { FileSource } from './byte-source.ts';
import {
  checkTensorData,
  dtypeOf,
  encodeTensorData,
  itemSizes,
  type SafetensorsData,
  type SafetensorsDtype,
} from './safetensors-dtypes.ts';
import { openSafetensors, type SafetensorsTensor } from './safetensors-reader.ts';

export type { SafetensorsData, SafetensorsDtype } from './safetensors-dtypes.ts';
export type { SafetensorsTensor } from './safetensors-reader.ts';

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of their data. */
  readonly tensors: Map<string, SafetensorsTensor>;
  /** Free texts of the header (`__metadata__`). */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file (format of the Hugging Face safetensors library), one tensor after the
 * other, so that files beyond 2 GB can be read; or all files of a model that is spread over several,
 * by its `model.safetensors.index.json`.
 *
 * @param source a file name, an address, or the bytes of such a file
 * @throws InputError where the header or the places of the tensors are not as the format wants them
 *
 * @example
 * const { tensors } = await readSafetensors('model.safetensors');
 * tensors.get('dense_1/kernel')?.shape; // [1126, 64]
 */
export async function readSafetensors(source: FileSource): Promise<SafetensorsFile> {
  const reader = await openSafetensors(source);
  try {
    const tensors = new Map<string, SafetensorsTensor>();
    for await (const [name, tensor] of reader.stream()) tensors.set(name, tensor);
    return { tensors, metadata: reader.metadata };
  } finally {
    await reader.close();
  }
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

/** Bytes of a tensor in a file. */
export function safetensorsByteLength({ data, dtype = dtypeOf(data) }: SafetensorsInput): number {
  return data.length * itemSizes[dtype];
}

/** A list of the tensors by name. */
export function listTensors(tensors: SafetensorsInputs): [string, SafetensorsInput][] {
  const inputs = tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  return [...(inputs as ReadonlyMap<string, SafetensorsInput>)];
}

/** The header of a file, and its tensors in the order in which their data follow. */
function layOut(
  tensors: SafetensorsInputs,
  metadata: Readonly<Record<string, string>>,
): { header: Uint8Array; ordered: readonly Required<SafetensorsInput>[]; length: number } {
  const inputs = listTensors(tensors).map(([name, tensor]) => {
    const { shape, data, dtype = dtypeOf(data) } = tensor;
    if (name === '__metadata__') {
      throw new UsageError({ where: 'encodeSafetensors', found: "a tensor named '__metadata__'" });
    }
    checkTensorData(name, dtype, shape, data);
    return { name, dtype, shape, data };
  });
  inputs.sort((a, b) => itemSizes[b.dtype] - itemSizes[a.dtype] || (a.name < b.name ? -1 : 1));
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
  for (const { name, dtype, shape, data } of inputs) {
    const end = offset + safetensorsByteLength({ data, dtype, shape });
    const entry = { dtype, shape, data_offsets: [offset, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + headerLength);
  new DataView(header.buffer).setBigUint64(0, BigInt(headerLength), true);
  header.fill(0x20, 8);
  header.set(text, 8);
  return { header, ordered: inputs, length: header.length + offset };
}

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
  const { header, ordered, length } = layOut(tensors, metadata);
  const file = new Uint8Array(length);
  file.set(header);
  let position = header.length;
  for (const { dtype, data } of ordered) {
    const bytes = encodeTensorData(dtype, data);
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

/**
 * Writes a safetensors file, complete or not at all, one tensor after the other: the file is never
 * whole in memory. See {@link encodeSafetensors} for the order.
 */
export async function writeSafetensors(
  file: string,
  tensors: SafetensorsInputs,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeInPieces(file, (writer) => {
    return writeSafetensorsPieces((bytes) => writer.write(bytes), tensors, metadata);
  });
}

/** Writes the bytes of a safetensors file through `write`, in pieces. */
export async function writeSafetensorsPieces(
  write: (bytes: Uint8Array) => Promise<void>,
  tensors: SafetensorsInputs,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { header, ordered } = layOut(tensors, metadata);
  await write(header);
  for (const { dtype, data } of ordered) await write(encodeTensorData(dtype, data));
}
