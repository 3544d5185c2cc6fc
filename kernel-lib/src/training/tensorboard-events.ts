import { maskedCrc32c } from '../formats/crc32c.ts';

/** One event of a TensorBoard file: its first one, or scalars at a step. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Values by tag, for example `{ loss: 0.5 }`. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** Protocol buffer wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();

/** The record with which an event file begins. */
export function encodeFileVersion(wallTime: number): Uint8Array {
  return frame(concat([doubleField(1, wallTime), bytesField(3, encoder.encode('brain.Event:2'))]));
}

/**
 * Scalars at a step as one record: the messages `Event` and `Summary` of TensorFlow
 * (event.proto, summary.proto) in the TFRecord framing.
 */
export function encodeScalars({ wallTime, step, scalars }: ScalarEvent): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, concat([bytesField(1, encoder.encode(tag)), floatField(2, value)])),
  );
  return frame(
    concat([doubleField(1, wallTime), varintField(2, step), bytesField(5, concat(values))]),
  );
}

/** TFRecord: length, its checksum, the data, its checksum; all little-endian. */
function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}

function key(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = key(field, FIXED64);
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = key(field, FIXED32);
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([key(field, VARINT), ...varint(value)]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([key(field, BYTES), ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
