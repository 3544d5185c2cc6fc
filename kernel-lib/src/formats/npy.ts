import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { openSource, type ByteSource, type FileSource } from './byte-source.ts';
import { decodeNpyValues, encodeNpyValues, type NpyData, type NpyDtype } from './npy-dtypes.ts';
import { npyHeader, parseNpyHeader } from './npy-header.ts';
import { readExactly } from './read-exactly.ts';

export type { NpyData, NpyDtype } from './npy-dtypes.ts';

/** An array as NumPy stores it. */
export interface NpyArray {
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  /** Row-major values. */
  readonly data: NpyData;
  /**
   * Type in the file. Default: that of `data`. `float16` takes float32 values, `bool` takes 0 and 1
   * in a Uint8Array, `bytes` takes texts.
   */
  readonly dtype?: NpyDtype;
}

/** An array that was read. */
export interface NpyTensor extends NpyArray {
  readonly dtype: NpyDtype;
}

/** Options of {@link readNpy}. */
export interface ReadNpyOptions {
  /**
   * How 64-bit integers are given: `bigint` (default) as BigInt64Array or BigUint64Array, `number` as
   * Float64Array, which is an error where a value is beyond 2^53.
   */
  readonly integers?: 'bigint' | 'number';
}

/** Throws `UsageError` for what is no such option. */
export function checkNpyOptions(options: ReadNpyOptions, where: string): void {
  checkOptionNames(options, ['integers'], where);
  const { integers = 'bigint' } = options;
  if (integers !== 'bigint' && integers !== 'number') {
    throw new UsageError({
      where: `${where}, option integers`,
      found: String(integers),
      expected: "'bigint' or 'number'",
    });
  }
}

/**
 * Reads an `.npy` file of versions 1 to 3 (numpy.lib.format): numbers of all sizes in either byte
 * order, booleans and texts, row- or column-major; always given row-major. Arrays of objects are
 * refused, for they are pickles, which can run code.
 *
 * @throws InputError for what is no such file, was cut off, or holds another type
 *
 * @example
 * const { data, shape } = await readNpy('embeddings.npy');
 */
export async function readNpy(
  source: FileSource,
  options: ReadNpyOptions = {},
): Promise<NpyTensor> {
  checkNpyOptions(options, 'readNpy');
  const bytes = openSource(source);
  try {
    return await readNpyFrom(bytes, bytes.name, options);
  } finally {
    await bytes.close();
  }
}

/** Reads the array of a source that holds nothing else. @param where what messages call it */
export async function readNpyFrom(
  source: ByteSource,
  where: string,
  { integers = 'bigint' }: ReadNpyOptions,
): Promise<NpyTensor> {
  const size = await source.size();
  const { type, fortranOrder, shape, dataStart } = await parseNpyHeader(source, where, size);
  const count = shape.reduce((product, length) => product * length, 1);
  const length = count * type.itemSize;
  if (!Number.isSafeInteger(count) || length !== size - dataStart) {
    throw new InputError({
      where,
      found: `${String(size - dataStart)} bytes of data`,
      expected: `${String(length)} for the shape [${shape.join(', ')}] of ${type.dtype}`,
      fix:
        length > size - dataStart
          ? 'The file was cut off: copy it again.'
          : 'Write several arrays as .npz, not one behind the other.',
    });
  }
  const bytes = await readExactly(source, dataStart, length, 'the data');
  const data = decodeNpyValues(type, bytes, fortranOrder ? shape : undefined, where);
  const exact = integers === 'number' ? exactNumbers(data, where) : data;
  return { dtype: type.dtype, shape, data: exact };
}

function exactNumbers(data: NpyData, where: string): NpyData {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isSafeInteger(value)) {
      throw new InputError({
        where,
        found: `the integer ${String(data[i])}`,
        expected: 'integers of at most 53 bits',
        fix: "Read it with integers: 'bigint'.",
      });
    }
    numbers[i] = value;
  }
  return numbers;
}

/**
 * The bytes of an `.npy` file in pieces: its head and its values.
 *
 * @param where names the array, for messages
 * @throws UsageError where data, shape and dtype do not suit each other
 */
export function encodeNpy(array: NpyArray, where = 'encodeNpy'): readonly Uint8Array[] {
  const { shape, data } = array;
  const size = shape.reduce((product, n) => product * n, 1);
  const isShape = shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isShape || size !== data.length) {
    throw new UsageError({
      where,
      found: `${String(data.length)} values`,
      expected: isShape
        ? `${String(size)} for shape [${shape.join(', ')}]`
        : `whole numbers as shape, not [${shape.join(', ')}]`,
    });
  }
  const { descriptor, bytes } = encodeNpyValues(array, where);
  return [npyHeader(descriptor, shape), bytes];
}

/** Writes an `.npy` file, complete or not at all; see {@link encodeNpy}. */
export async function writeNpy(file: string, array: NpyArray): Promise<void> {
  const pieces = encodeNpy(array, file);
  await writeInPieces(file, async (writer) => {
    for (const piece of pieces) await writer.write(piece);
  });
}
