import { InputError } from '../core/errors.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-floats.ts';
import { copyStrided } from './strided-copy.ts';

/** Type of the values of a tensor, as PyTorch names it. */
export type TorchDtype =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'uint16'
  | 'uint32'
  | 'uint64';

/** Values of a tensor in memory. */
export type TorchData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A storage that a tensor names. */
export interface StorageDescription {
  readonly key: string;
  readonly dtype: TorchDtype;
}

/** A tensor as the pickle describes it; its values lie in a storage. */
export interface TensorDescription {
  readonly storage: StorageDescription;
  readonly dtype: TorchDtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Bytes of a storage as they are in the file. */
export interface Storage {
  /** With a buffer of their own. */
  readonly bytes: Uint8Array;
  readonly bigEndian: boolean;
}

/** Array and bytes a value of each type. */
export const storageTypes = {
  float32: { ArrayType: Float32Array, itemSize: 4 },
  float64: { ArrayType: Float64Array, itemSize: 8 },
  float16: { ArrayType: Uint16Array, itemSize: 2 },
  bfloat16: { ArrayType: Uint16Array, itemSize: 2 },
  int8: { ArrayType: Int8Array, itemSize: 1 },
  uint8: { ArrayType: Uint8Array, itemSize: 1 },
  int16: { ArrayType: Int16Array, itemSize: 2 },
  int32: { ArrayType: Int32Array, itemSize: 4 },
  int64: { ArrayType: BigInt64Array, itemSize: 8 },
  bool: { ArrayType: Uint8Array, itemSize: 1 },
  uint16: { ArrayType: Uint16Array, itemSize: 2 },
  uint32: { ArrayType: Uint32Array, itemSize: 4 },
  uint64: { ArrayType: BigUint64Array, itemSize: 8 },
} as const;

const decodedStorages = new WeakMap<Storage, Map<TorchDtype, TorchData>>();

/** All values of a storage; made once, so that tensors that share it share memory. */
function storageValues(storage: Storage, dtype: TorchDtype): TorchData {
  let made = decodedStorages.get(storage);
  if (made === undefined) decodedStorages.set(storage, (made = new Map()));
  const known = made.get(dtype);
  if (known !== undefined) return known;
  const { ArrayType, itemSize } = storageTypes[dtype];
  const length = Math.floor(storage.bytes.length / itemSize);
  let bytes = storage.bytes.subarray(0, length * itemSize);
  if (storage.bigEndian && itemSize > 1) {
    const swapped = Buffer.alloc(bytes.length);
    swapped.set(bytes);
    if (itemSize === 2) swapped.swap16();
    else if (itemSize === 4) swapped.swap32();
    else swapped.swap64();
    bytes = swapped;
  }
  const raw = new ArrayType(bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
  const values =
    dtype === 'float16'
      ? float16ToFloat32(raw as Uint16Array)
      : dtype === 'bfloat16'
        ? bfloat16ToFloat32(raw as Uint16Array)
        : raw;
  made.set(dtype, values);
  return values;
}

/**
 * The row-major values of a tensor.
 *
 * @param budget values that may yet be copied; strides can ask for more than there is
 */
export function tensorValues(
  tensor: TensorDescription,
  storage: Storage,
  where: string,
  budget: { left: number },
): TorchData {
  const { shape, strides, offset, dtype } = tensor;
  const values = storageValues(storage, dtype);
  const count = shape.reduce((product, length) => product * length, 1);
  const last = shape.reduce(
    (place, length, axis) => place + Math.max(0, length - 1) * (strides[axis] ?? 0),
    offset,
  );
  if (count > 0 && !(last < values.length)) {
    throw new InputError({
      where,
      found: `a storage of ${String(values.length)} values`,
      expected: `${String(last + 1)} for its shape [${shape.join(', ')}] and place`,
      fix: 'The checkpoint is damaged: copy or download it again.',
    });
  }
  if (count === 0) return values.slice(0, 0);
  if (isContiguous(shape, strides)) return values.subarray(offset, offset + count);
  budget.left -= count * storageTypes[dtype].itemSize;
  if (budget.left < 0) {
    throw new InputError({
      where,
      found: `${String(count)} values made of few by their strides`,
      expected: 'about as many values as the file has',
      fix: 'In Python, call contiguous() on the tensors before saving.',
    });
  }
  return gather(values as Float32Array, shape, strides, offset, count);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    if (length !== 1 && strides[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

function gather(
  values: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  count: number,
): TorchData {
  const ArrayType = values.constructor as Float32ArrayConstructor;
  return copyStrided(values, new ArrayType(count), shape, strides, offset);
}
