import { InputError, UsageError } from '../core/errors.ts';
import { checkOptionNames } from '../core/check-option-names.ts';
import { suggestion } from '../core/nearest.ts';
import type { FileSource } from './byte-source.ts';
import { sourceName } from './byte-source.ts';
import { float16ToFloat32 } from './half-floats.ts';
import { ProtobufReader, ProtobufWriter, WIRE } from './protobuf.ts';
import {
  streamTfRecords,
  writeTfRecords,
  type ReadTfRecordsOptions,
  type WriteTfRecordsOptions,
} from './tfrecord.ts';

/** Values of a feature: a list of byte strings, float32 numbers or 64-bit integers. */
export type TfFeature = readonly Uint8Array[] | Float32Array | BigInt64Array;

/** A `tf.train.Example`: features by name. */
export type TfExample = ReadonlyMap<string, TfFeature | TfArray>;

/** Type of the values that a feature of bytes holds as they are in memory (little-endian). */
export type RawDtype =
  | 'bool'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'uint32'
  | 'float16'
  | 'float32'
  | 'float64';

/** Values of a feature of raw bytes; float16 as float32, bool as 0 and 1. */
export type TfArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** A feature to be written: also texts (as UTF-8 bytes) and lists of numbers as int64 or float. */
export type TfFeatureInput = TfFeature | readonly string[];

const rawTypes = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Fields of the messages (TensorFlow, core/example/example.proto and feature.proto). */
const EXAMPLE_FEATURES = 1;
const FEATURES_ENTRY = 1;
const KEY = 1;
const VALUE = 2;
const BYTES_LIST = 1;
const FLOAT_LIST = 2;
const INT64_LIST = 3;
const LIST_VALUE = 1;

/**
 * Decodes a `tf.train.Example` (TensorFlow, core/example/example.proto). Features without values are
 * given as an empty list of bytes. A name that comes twice has its last value, as in protobuf.
 *
 * @param where names the record, for messages
 * @throws InputError for bytes that are no such message
 */
export function decodeTfExample(
  bytes: Uint8Array,
  where = 'tf.train.Example',
): Map<string, TfFeature> {
  const features = new Map<string, TfFeature>();
  const example = new ProtobufReader(bytes, where);
  while (example.next()) {
    if (example.field !== EXAMPLE_FEATURES || example.wire !== WIRE.bytes) {
      example.skip();
      continue;
    }
    const list = new ProtobufReader(example.bytes(), where);
    while (list.next()) {
      if (list.field === FEATURES_ENTRY && list.wire === WIRE.bytes) {
        readEntry(list.bytes(), where, features);
      } else {
        list.skip();
      }
    }
  }
  return features;
}

function readEntry(bytes: Uint8Array, where: string, features: Map<string, TfFeature>): void {
  const entry = new ProtobufReader(bytes, where);
  let name = '';
  let value = new Uint8Array(0);
  while (entry.next()) {
    if (entry.field === KEY && entry.wire === WIRE.bytes) name = entry.text();
    else if (entry.field === VALUE && entry.wire === WIRE.bytes)
      value = entry.bytes() as Uint8Array<ArrayBuffer>;
    else entry.skip();
  }
  features.set(name, readFeature(value, `${where}, feature '${name}'`));
}

function readFeature(bytes: Uint8Array, where: string): TfFeature {
  const reader = new ProtobufReader(bytes, where);
  let feature: TfFeature = [];
  while (reader.next()) {
    const { field, wire } = reader;
    if (wire !== WIRE.bytes) reader.skip();
    else if (field === BYTES_LIST) feature = readBytesList(reader.bytes(), where);
    else if (field === FLOAT_LIST) feature = readFloatList(reader.bytes(), where);
    else if (field === INT64_LIST) feature = readInt64List(reader.bytes(), where);
    else reader.skip();
  }
  return feature;
}

function readBytesList(bytes: Uint8Array, where: string): Uint8Array[] {
  const reader = new ProtobufReader(bytes, where);
  const values: Uint8Array[] = [];
  while (reader.next()) {
    if (reader.field === LIST_VALUE && reader.wire === WIRE.bytes) values.push(reader.bytes());
    else reader.skip();
  }
  return values;
}

/** Packed or not: both may come, in any order. */
function readFloatList(bytes: Uint8Array, where: string): Float32Array {
  const reader = new ProtobufReader(bytes, where);
  const parts: Uint8Array[] = [];
  while (reader.next()) {
    if (reader.field !== LIST_VALUE) reader.skip();
    else if (reader.wire === WIRE.fixed32) parts.push(reader.fixed32());
    else if (reader.wire === WIRE.bytes) {
      const packed = reader.bytes();
      if (packed.length % 4 !== 0) throw reader.broken('a list of floats that is cut off');
      parts.push(packed);
    } else reader.skip();
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const values = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return new Float32Array(values.buffer);
}

function readInt64List(bytes: Uint8Array, where: string): BigInt64Array {
  const reader = new ProtobufReader(bytes, where);
  // A number takes a byte at least.
  const values = new BigInt64Array(bytes.length);
  let count = 0;
  while (reader.next()) {
    if (reader.field !== LIST_VALUE) reader.skip();
    else if (reader.wire === WIRE.varint) values[count++] = reader.varint();
    else if (reader.wire === WIRE.bytes) {
      const packed = new ProtobufReader(reader.bytes(), where);
      while (!packed.isAtEnd) values[count++] = packed.varint();
    } else reader.skip();
  }
  return values.slice(0, count);
}

/**
 * The bytes of a `tf.train.Example`; features in the order of their names, so that equal examples
 * give equal bytes.
 *
 * @throws UsageError for values of another type
 *
 * @example
 * encodeTfExample({ sequence: [tokens], target: Float32Array.of(1.5), name: ['chr1:0-10'] });
 */
export function encodeTfExample(
  features: Readonly<Record<string, TfFeatureInput>> | ReadonlyMap<string, TfFeatureInput>,
): Uint8Array {
  const map = features instanceof Map ? features : new Map(Object.entries(features));
  const sorted = [...(map as ReadonlyMap<string, TfFeatureInput>)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const list = new ProtobufWriter();
  for (const [name, values] of sorted) {
    const entry = new ProtobufWriter();
    entry.bytes(KEY, new TextEncoder().encode(name));
    entry.bytes(VALUE, encodeFeature(name, values));
    list.bytes(FEATURES_ENTRY, entry.finish());
  }
  const example = new ProtobufWriter();
  example.bytes(EXAMPLE_FEATURES, list.finish());
  return example.finish();
}

function encodeFeature(name: string, values: TfFeatureInput): Uint8Array {
  const feature = new ProtobufWriter();
  const list = new ProtobufWriter();
  if (values instanceof Float32Array) {
    list.bytes(LIST_VALUE, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    feature.bytes(FLOAT_LIST, list.finish());
  } else if (values instanceof BigInt64Array) {
    const packed = new ProtobufWriter();
    for (const value of values) packed.varint(value);
    list.bytes(LIST_VALUE, packed.finish());
    feature.bytes(INT64_LIST, list.finish());
  } else if (Array.isArray(values)) {
    for (const value of values as readonly unknown[]) {
      if (typeof value === 'string') list.bytes(LIST_VALUE, new TextEncoder().encode(value));
      else if (value instanceof Uint8Array) list.bytes(LIST_VALUE, value);
      else throw unsuitable(name, value);
    }
    feature.bytes(BYTES_LIST, list.finish());
  } else {
    throw unsuitable(name, values);
  }
  return feature.finish();
}

function unsuitable(name: string, value: unknown): UsageError {
  return new UsageError({
    where: `encodeTfExample, feature '${name}'`,
    found: Object.prototype.toString.call(value).slice(8, -1),
    expected: 'a Float32Array, a BigInt64Array, or a list of texts or Uint8Arrays',
  });
}

/** Options of {@link streamTfExamples}. */
export interface ReadTfExamplesOptions extends ReadTfRecordsOptions {
  /**
   * Features that hold one array as raw bytes, and its type: they are given as that array. Basenji's
   * records want `{ sequence: 'uint8', target: 'float16' }`.
   */
  readonly raw?: Readonly<Record<string, RawDtype>>;
}

/**
 * The `tf.train.Example`s of a TFRecord file, one after the other.
 *
 * @throws InputError as `streamTfRecords` does, and for a feature of `raw` that is missing, no single
 *   byte string, or of a length that does not suit its type
 *
 * @example
 * const raw = { sequence: 'uint8', target: 'float16' } as const;
 * for await (const example of streamTfExamples('test-0.tfr', { raw })) example.get('target');
 */
export async function* streamTfExamples(
  source: FileSource,
  options: ReadTfExamplesOptions = {},
): AsyncGenerator<Map<string, TfFeature | TfArray>, void, undefined> {
  checkOptionNames(
    options,
    ['raw', 'compression', 'maxRecordBytes', 'signal', 'progress'],
    'streamTfExamples',
  );
  const { raw = {}, ...recordOptions } = options;
  for (const [name, dtype] of Object.entries(raw)) {
    if (!Object.hasOwn(rawTypes, dtype)) {
      throw new UsageError({
        where: `streamTfExamples, option raw, '${name}'`,
        found: `the type '${String(dtype)}'`,
        fix: suggestion(String(dtype), Object.keys(rawTypes)),
      });
    }
  }
  let record = 0;
  for await (const bytes of streamTfRecords(source, recordOptions)) {
    const where = `${sourceName(source)}, record ${String(record++)} (from 0)`;
    const example: Map<string, TfFeature | TfArray> = decodeTfExample(bytes, where);
    for (const [name, dtype] of Object.entries(raw)) {
      example.set(name, decodeRaw(example, name, dtype, where));
    }
    yield example;
  }
}

function decodeRaw(
  example: ReadonlyMap<string, TfFeature | TfArray>,
  name: string,
  dtype: RawDtype,
  where: string,
): TfArray {
  const feature = example.get(name);
  if (feature === undefined) {
    throw new InputError({
      where,
      found: `no feature '${name}'`,
      fix: suggestion(name, example.keys()),
    });
  }
  const [value] = Array.isArray(feature) ? (feature as readonly Uint8Array[]) : [];
  if (value === undefined || feature.length !== 1) {
    throw new InputError({
      where: `${where}, feature '${name}'`,
      found: Array.isArray(feature) ? `${String(feature.length)} byte strings` : 'numbers',
      expected: 'one byte string, as the option raw says',
    });
  }
  const ArrayType = rawTypes[dtype];
  if (value.length % ArrayType.BYTES_PER_ELEMENT !== 0) {
    throw new InputError({
      where: `${where}, feature '${name}'`,
      found: `${String(value.length)} bytes`,
      expected: `a multiple of ${String(ArrayType.BYTES_PER_ELEMENT)} for ${dtype}`,
      fix: 'Give its type in the option raw.',
    });
  }
  const array = new ArrayType(new Uint8Array(value).buffer);
  return dtype === 'float16' ? float16ToFloat32(array as Uint16Array) : array;
}

/** Writes `tf.train.Example`s as a TFRecord file; see `encodeTfExample` and `writeTfRecords`. */
export function writeTfExamples(
  file: string,
  examples:
    | Iterable<Readonly<Record<string, TfFeatureInput>>>
    | AsyncIterable<Readonly<Record<string, TfFeatureInput>>>,
  options: WriteTfRecordsOptions = {},
): Promise<number> {
  async function* records(): AsyncGenerator<Uint8Array> {
    for await (const example of examples) yield encodeTfExample(example);
  }
  return writeTfRecords(file, records(), options);
}
