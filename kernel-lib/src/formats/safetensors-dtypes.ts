import { UsageError } from '../core/errors.ts';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from './half-floats.ts';

/** Type of the values of a tensor in a safetensors file. */
export type SafetensorsDtype =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'U16'
  | 'I16'
  | 'F16'
  | 'BF16'
  | 'U32'
  | 'I32'
  | 'F32'
  | 'U64'
  | 'I64'
  | 'F64';

/** Values of a tensor in memory. */
export type SafetensorsData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Bytes a value in the file. */
export const itemSizes: Readonly<Record<SafetensorsDtype, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

const arrays = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  F16: Float32Array,
  BF16: Float32Array,
  U32: Uint32Array,
  I32: Int32Array,
  F32: Float32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
} as const;

/** Whether a text is a type that this library reads and writes. */
export function isSafetensorsDtype(text: unknown): text is SafetensorsDtype {
  return typeof text === 'string' && Object.hasOwn(itemSizes, text);
}

/** The type of the file that keeps values as they are. */
export function dtypeOf(data: SafetensorsData): SafetensorsDtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Uint8Array) return 'U8';
  if (data instanceof Int8Array) return 'I8';
  if (data instanceof Int16Array) return 'I16';
  if (data instanceof Uint16Array) return 'U16';
  if (data instanceof Uint32Array) return 'U32';
  return data instanceof BigInt64Array ? 'I64' : 'U64';
}

/** Values of little-endian bytes that have a buffer of their own, or lie on a multiple of 8. */
export function decodeTensor(dtype: SafetensorsDtype, bytes: Uint8Array): SafetensorsData {
  const { byteOffset } = bytes;
  const buffer = bytes.buffer as ArrayBuffer;
  const length = bytes.length / itemSizes[dtype];
  if (dtype === 'F16') return float16ToFloat32(new Uint16Array(buffer, byteOffset, length));
  if (dtype === 'BF16') return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, length));
  return new arrays[dtype](buffer, byteOffset, length);
}

/** Little-endian bytes of values that {@link checkTensorData} has found to fit the type. */
export function encodeTensorData(dtype: SafetensorsDtype, data: SafetensorsData): Uint8Array {
  const stored =
    data instanceof Float32Array && dtype === 'F16'
      ? float32ToFloat16(data)
      : data instanceof Float32Array && dtype === 'BF16'
        ? float32ToBfloat16(data)
        : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** Throws `UsageError` unless data have the array type and the length that dtype and shape say. */
export function checkTensorData(
  name: string,
  dtype: SafetensorsDtype,
  shape: readonly number[],
  data: SafetensorsData,
): void {
  const where = `tensor '${name}'`;
  if (!isSafetensorsDtype(dtype)) {
    throw new UsageError({
      where,
      found: `dtype '${String(dtype)}'`,
      expected: `one of ${Object.keys(itemSizes).join(', ')}`,
    });
  }
  const ArrayType = arrays[dtype];
  if (!(data instanceof ArrayType)) {
    throw new UsageError({
      where,
      found: `a ${(data as object).constructor.name} for dtype ${dtype}`,
      expected: `a ${ArrayType.name}`,
    });
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const isShape = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || count !== data.length) {
    throw new UsageError({
      where,
      found: `${String(data.length)} values for the shape [${shape.join(', ')}]`,
      expected: isShape ? `${String(count)} values` : 'whole numbers as shape',
    });
  }
}
