import { InputError } from '../core/errors.ts';
import { float16ToFloat32 } from './half-floats.ts';

/** Type of the values of an HDF5 data set. */
export type Hdf5Dtype =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** Values of an HDF5 data set in memory. */
export type Hdf5Data =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | string[];

/** What the library tells of a type: HDF5's type classes 0 integer, 1 float, 3 text, 8 enumeration. */
interface TypeDescription {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

/** Name of a type; throws `InputError` for compounds, references and other types. */
export function describeHdf5Type(metadata: TypeDescription, where: string): Hdf5Dtype {
  const { type, size, signed } = metadata;
  const bits = String(size * 8);
  if (type === 3) return 'string';
  if (type === 1 && (size === 2 || size === 4 || size === 8)) return `float${bits}` as Hdf5Dtype;
  if (type === 0 && [1, 2, 4, 8].includes(size)) {
    return `${signed ? 'int' : 'uint'}${bits}` as Hdf5Dtype;
  }
  // Python writes booleans as an enumeration of one byte.
  if (type === 8 && size === 1) return 'bool';
  throw new InputError({
    where,
    found: `values of HDF5 type class ${String(type)} with ${String(size)} bytes`,
    expected: 'numbers of 8 to 64 bits, booleans or texts',
  });
}

/** What the library read as an array of the type; a scalar becomes an array of one value. */
export function decodeHdf5Data(dtype: Hdf5Dtype, raw: unknown): Hdf5Data {
  const values =
    Array.isArray(raw) || ArrayBuffer.isView(raw) ? (raw as unknown as Hdf5Data) : [raw];
  if (dtype === 'string') return Array.from(values as string[]);
  if (dtype === 'float16') return float16ToFloat32(Uint16Array.from(values as number[]));
  if (dtype === 'bool') return Uint8Array.from(values as number[]);
  const ArrayType = arrays[dtype];
  if (values instanceof ArrayType) return values;
  if (ArrayType === BigInt64Array || ArrayType === BigUint64Array) {
    return ArrayType.from(values as unknown as bigint[]);
  }
  return (ArrayType as Float64ArrayConstructor).from(values as unknown as number[]);
}
