import { InputError, UsageError } from '../core/errors.ts';
import { float16ToFloat32, float32ToFloat16 } from './half-floats.ts';
import { copyStrided } from './strided-copy.ts';

/** Type of the values of an `.npy` file; `bytes` are texts of NumPy's type S. */
export type NpyDtype =
  | 'bool'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'string'
  | 'bytes';

/** Values in memory; float16 as float32, bool as 0 and 1. */
export type NpyData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly string[];

/** A type as a file describes it. */
export interface NpyType {
  readonly dtype: NpyDtype;
  /** Bytes a value. */
  readonly itemSize: number;
  readonly bigEndian: boolean;
}

const numbers = {
  b1: ['bool', Uint8Array],
  i1: ['int8', Int8Array],
  u1: ['uint8', Uint8Array],
  i2: ['int16', Int16Array],
  u2: ['uint16', Uint16Array],
  i4: ['int32', Int32Array],
  u4: ['uint32', Uint32Array],
  i8: ['int64', BigInt64Array],
  u8: ['uint64', BigUint64Array],
  f2: ['float16', Uint16Array],
  f4: ['float32', Float32Array],
  f8: ['float64', Float64Array],
} as const;

const refused: Readonly<Record<string, string>> = {
  O: 'an array of Python objects (a pickle, which could run code)',
  c: 'complex numbers',
  M: 'dates',
  m: 'time differences',
  V: 'raw or structured values',
  f: 'floating-point numbers of another size',
};

/** The type of a descriptor such as `<f4` (the array interface protocol, key typestr). */
export function parseNpyType(descriptor: string, where: string): NpyType {
  const match = /^([<>|=]?)([a-zA-Z])(\d{0,9})$/.exec(descriptor);
  const [, order = '', kind = '', digits = ''] = match ?? [];
  const code = `${kind}${digits}`;
  // Without an order NumPy means that of the machine that wrote: nearly always little-endian.
  const bigEndian = order === '>';
  if (Object.hasOwn(numbers, code)) {
    const [dtype, ArrayType] = numbers[code as keyof typeof numbers];
    return { dtype, itemSize: ArrayType.BYTES_PER_ELEMENT, bigEndian };
  }
  if (digits !== '' && (kind === 'U' || kind === 'S')) {
    const width = Number(digits);
    if (kind === 'U') return { dtype: 'string', itemSize: 4 * width, bigEndian };
    return { dtype: 'bytes', itemSize: width, bigEndian };
  }
  throw new InputError({
    where,
    found: refused[kind] ?? `values of the type '${descriptor}'`,
    expected: 'numbers of 8 to 64 bits, booleans or texts',
    fix: kind === 'O' ? 'Save it in Python as numbers or texts, with dtype=str.' : undefined,
  });
}

/**
 * Values of the bytes of a file.
 *
 * @param bytes with a buffer of their own; byte order may be changed in place
 * @param columnMajor the shape, where the values are column-major
 */
export function decodeNpyValues(
  type: NpyType,
  bytes: Uint8Array,
  columnMajor: readonly number[] | undefined,
  where: string,
): NpyData {
  const { dtype, itemSize, bigEndian } = type;
  const unit = dtype === 'string' ? 4 : dtype === 'bytes' ? 1 : itemSize;
  if (bigEndian) swapBytes(bytes, unit);
  const buffer = bytes.buffer as ArrayBuffer;
  if (dtype === 'string' || dtype === 'bytes') {
    const texts =
      dtype === 'string' ? unicodeTexts(bytes, itemSize, where) : byteTexts(bytes, itemSize, where);
    return columnMajor === undefined
      ? texts
      : rowMajor(texts, columnMajor, new Array<string>(texts.length));
  }
  const [, ArrayType] = numbers[codeOf(dtype)];
  const raw = new ArrayType(buffer, bytes.byteOffset, bytes.length / itemSize);
  const values =
    columnMajor === undefined
      ? raw
      : rowMajor(raw as Uint8Array, columnMajor, new ArrayType(raw.length) as Uint8Array);
  return dtype === 'float16' ? float16ToFloat32(values as Uint16Array) : values;
}

function codeOf(dtype: NpyDtype): keyof typeof numbers {
  const found = Object.entries(numbers).find(([, [name]]) => name === dtype);
  return (found?.[0] ?? 'u1') as keyof typeof numbers;
}

function swapBytes(bytes: Uint8Array, unit: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (unit === 2) buffer.swap16();
  else if (unit === 4) buffer.swap32();
  else if (unit === 8) buffer.swap64();
}

/** Moves column-major values into a row-major target. */
function rowMajor<T extends { [index: number]: unknown; readonly length: number }>(
  values: T,
  shape: readonly number[],
  target: T,
): T {
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, length) => product * length, 1),
  );
  return copyStrided(values, target, shape, strides);
}

function unicodeTexts(bytes: Uint8Array, itemSize: number, where: string): string[] {
  const width = itemSize / 4;
  const codes = new Uint32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 4);
  const texts: string[] = [];
  for (let start = 0; width > 0 && start < codes.length; start += width) {
    let end = start + width;
    while (end > start && codes[end - 1] === 0) end--;
    let text = '';
    for (let at = start; at < end; at++) {
      const code = codes[at] ?? 0;
      if (code > 0x10ffff) {
        throw new InputError({
          where,
          found: `the character ${String(code)}`,
          expected: 'Unicode',
        });
      }
      text += String.fromCodePoint(code);
    }
    texts.push(text);
  }
  return texts;
}

function byteTexts(bytes: Uint8Array, width: number, where: string): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts: string[] = [];
  for (let start = 0; width > 0 && start < bytes.length; start += width) {
    let end = start + width;
    while (end > start && bytes[end - 1] === 0) end--;
    try {
      texts.push(decoder.decode(bytes.subarray(start, end)));
    } catch (error) {
      throw new InputError(
        {
          where: `${where}, value ${String(texts.length)} (from 0)`,
          found: 'bytes that are no UTF-8 text',
          fix: 'Save it in Python with dtype=str, or as uint8.',
        },
        { cause: error },
      );
    }
  }
  return texts;
}

/** NumPy's descriptor of values, and their little-endian bytes. */
export function encodeNpyValues(
  array: { readonly data: NpyData; readonly dtype?: NpyDtype | undefined },
  where: string,
): { descriptor: string; bytes: Uint8Array } {
  const { data, dtype = dtypeOf(data) } = array;
  if (!isNumeric(data)) {
    if (dtype !== 'string' && dtype !== 'bytes') throw unsuitable(where, dtype, 'texts');
    return dtype === 'string' ? encodeUnicode(data) : encodeByteTexts(data, where);
  }
  const code = codeOf(dtype);
  const [name, ArrayType] = numbers[code];
  const isHalf = dtype === 'float16' && data instanceof Float32Array;
  if (name !== dtype || !(isHalf || (dtype !== 'float16' && data instanceof ArrayType))) {
    throw unsuitable(where, dtype, `a ${data.constructor.name}`);
  }
  if (dtype === 'bool' && (data as Uint8Array).some((value) => value > 1)) {
    throw new UsageError({ where, found: 'a value above 1', expected: '0 and 1 for dtype bool' });
  }
  const stored = isHalf ? float32ToFloat16(data) : data;
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  return { descriptor: `${code.endsWith('1') ? '|' : '<'}${code}`, bytes };
}

function isNumeric(data: NpyData): data is Exclude<NpyData, readonly string[]> {
  return ArrayBuffer.isView(data);
}

function unsuitable(where: string, dtype: NpyDtype, found: string): UsageError {
  return new UsageError({
    where,
    found: `${found} for dtype ${dtype}`,
    expected: 'values of that type',
  });
}

function dtypeOf(data: NpyData): NpyDtype {
  if (!isNumeric(data)) return 'string';
  const code = Object.entries(numbers).find(
    ([name, [, ArrayType]]) => name !== 'b1' && name !== 'f2' && data instanceof ArrayType,
  );
  return code?.[1][0] ?? 'uint8';
}

function encodeUnicode(data: readonly string[]): { descriptor: string; bytes: Uint8Array } {
  const letters = data.map((text) => Array.from(text));
  const width = letters.reduce((most, { length }) => Math.max(most, length), 1);
  const codes = new Uint32Array(data.length * width);
  for (const [row, text] of letters.entries()) {
    for (const [i, letter] of text.entries()) codes[row * width + i] = letter.codePointAt(0) ?? 0;
  }
  return { descriptor: `<U${String(width)}`, bytes: new Uint8Array(codes.buffer) };
}

function encodeByteTexts(
  data: readonly string[],
  where: string,
): { descriptor: string; bytes: Uint8Array } {
  const encoder = new TextEncoder();
  const encoded = data.map((text) => encoder.encode(text));
  const width = encoded.reduce((most, { length }) => Math.max(most, length), 1);
  const bytes = new Uint8Array(data.length * width);
  for (const [row, text] of encoded.entries()) {
    if (text.at(-1) === 0) {
      throw new UsageError({ where, found: 'a text that ends in NUL, which NumPy drops' });
    }
    bytes.set(text, row * width);
  }
  return { descriptor: `|S${String(width)}`, bytes };
}
