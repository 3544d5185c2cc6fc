import { InputError } from '../core/errors.ts';

/** Header types of messages (Arrow format, Message.fbs). */
const SCHEMA = 1;
const DICTIONARY = 2;
const RECORDS = 3;
/** Types that can make many values of few bytes (Schema.fbs). */
const UNION = 14;
const RUN_END_ENCODED = 22;
const DECIMAL = 7;

const MOST_FIELDS = 100_000;
const DEEPEST = 32;
const LARGEST_SCALE = 1000;
/** Values that a byte may stand for: 8 booleans, in structs of some depth. */
const VALUES_A_BYTE = 64;
const ALWAYS_ALLOWED = 1 << 16;

/**
 * Checks the places and counts of an Arrow IPC file or stream (Arrow columnar format, section
 * Serialization and Interprocess Communication) before it is decoded: the library that decodes it
 * believes what a vector or a batch says of its own length.
 *
 * @throws InputError
 */
export function checkArrow(bytes: Uint8Array, where: string): void {
  const isFile = Buffer.from(bytes.subarray(0, 6)).toString('latin1') === 'ARROW1';
  const flat = new FlatBuffer(bytes, where);
  if (!isFile) {
    let at = 0;
    for (let count = 0; ; count++) {
      const next = checkMessage(bytes, at, where);
      if (next === undefined) {
        if (count === 0) throw flat.broken('no schema');
        return;
      }
      at = next;
    }
  }
  const tail = bytes.length - 10;
  const footerLength = flat.int32(tail);
  if (tail < 8 || footerLength <= 0 || footerLength > tail - 8) {
    throw flat.broken('no footer at its end (the file was cut off)');
  }
  if (Buffer.from(bytes.subarray(tail + 4)).toString('latin1') !== 'ARROW1') {
    throw flat.broken('no signature at its end (the file was cut off)');
  }
  const footer = flat.table(tail - footerLength);
  checkSchema(flat, footer(6), { fields: 0 });
  for (const field of [8, 10]) {
    const [start, count] = flat.vector(footer(field), 24);
    for (let i = 0; i < count; i++) {
      const offset = flat.int64(start + 24 * i);
      if (checkMessage(bytes, offset, where) === undefined) throw flat.broken('an empty block');
    }
  }
  flat.vector(footer(12), 4);
}

/** @returns the byte behind the message, or undefined at the end of a stream */
function checkMessage(bytes: Uint8Array, index: number, where: string): number | undefined {
  const outer = new FlatBuffer(bytes, where);
  if (index >= bytes.length) return undefined;
  let at = index;
  let length = outer.int32(at);
  at += 4;
  if (length === -1) {
    length = outer.int32(at);
    at += 4;
  }
  if (length === 0) return undefined;
  if (length < 0 || at + length > bytes.length)
    throw outer.broken(`a message of ${String(length)} bytes`);
  const head = new FlatBuffer(bytes.subarray(at, at + length), where);
  const message = head.table(0);
  const type = message(6) === 0 ? 0 : head.byte(message(6));
  const header = message(8);
  const bodyLength = message(10) === 0 ? 0 : head.int64(message(10));
  const end = at + length + bodyLength;
  if (bodyLength < 0 || end > bytes.length) {
    throw head.broken(`a body of ${String(bodyLength)} bytes (the file was cut off)`);
  }
  if (type === SCHEMA) checkSchema(head, header, { fields: 0 });
  else if (type === RECORDS) checkRecords(head, header, bodyLength);
  else if (type === DICTIONARY) checkRecords(head, head.table(header)(6), bodyLength);
  else throw head.broken(`a message of type ${String(type)}`);
  return end;
}

function checkSchema(flat: FlatBuffer, index: number, seen: { fields: number }): void {
  if (index === 0) throw flat.broken('no schema');
  const schema = flat.table(index);
  if (schema(4) !== 0 && flat.int16(schema(4)) !== 0) throw flat.broken('big-endian data');
  checkFields(flat, schema(6), seen, 0);
  flat.vector(schema(8), 4);
}

function checkFields(
  flat: FlatBuffer,
  vector: number,
  seen: { fields: number },
  depth: number,
): void {
  if (depth > DEEPEST) throw flat.broken(`fields more than ${String(DEEPEST)} deep`);
  const [start, count] = flat.vector(vector, 4);
  seen.fields += count;
  if (seen.fields > MOST_FIELDS) throw flat.broken(`more than ${String(MOST_FIELDS)} fields`);
  for (let i = 0; i < count; i++) {
    const field = flat.table(start + 4 * i);
    const type = field(8) === 0 ? 0 : flat.byte(field(8));
    if (type === UNION || type === RUN_END_ENCODED) {
      throw flat.broken(type === UNION ? 'a column of a union type' : 'a run-end encoded column');
    }
    if (type === DECIMAL) {
      const scale = flat.table(field(10))(6);
      if (scale !== 0 && Math.abs(flat.int32(scale)) > LARGEST_SCALE)
        throw flat.broken('a decimal scale');
    }
    checkFields(flat, field(14), seen, depth + 1);
    flat.vector(field(16), 4);
  }
}

function checkRecords(flat: FlatBuffer, index: number, bodyLength: number): void {
  if (index === 0) throw flat.broken('no record batch');
  const batch = flat.table(index);
  if (batch(10) !== 0) {
    throw flat.broken(
      'compressed record batches',
      'Write it without compression (pyarrow.feather: compression="uncompressed"), or as Parquet.',
    );
  }
  let values = batch(4) === 0 ? 0 : flat.int64(batch(4));
  if (values < 0) throw flat.broken('a batch of negative length');
  const [nodes, nodeCount] = flat.vector(batch(6), 16);
  for (let i = 0; i < nodeCount; i++) {
    const length = flat.int64(nodes + 16 * i);
    const nulls = flat.int64(nodes + 16 * i + 8);
    if (length < 0 || nulls < 0 || nulls > length)
      throw flat.broken(`a column of ${String(length)} values`);
    values += length;
  }
  if (values > VALUES_A_BYTE * bodyLength + ALWAYS_ALLOWED) {
    throw flat.broken(`${String(values)} values in ${String(bodyLength)} bytes`);
  }
  const [regions, regionCount] = flat.vector(batch(8), 16);
  let total = 0;
  for (let i = 0; i < regionCount; i++) {
    const offset = flat.int64(regions + 16 * i);
    const length = flat.int64(regions + 16 * i + 8);
    if (offset < 0 || length < 0 || offset + length > bodyLength) {
      throw flat.broken('a buffer outside of its batch');
    }
    total += length;
  }
  if (total > bodyLength) throw flat.broken('buffers that overlap');
  const [variadic, variadicCount] = flat.vector(batch(12), 8);
  for (let i = 0; i < variadicCount; i++) {
    const count = flat.int64(variadic + 8 * i);
    if (count < 0 || count > regionCount) throw flat.broken(`${String(count)} buffers of a view`);
  }
}

/** Reads FlatBuffers (flatbuffers.dev, Internals), every place checked. */
class FlatBuffer {
  readonly #view: DataView;
  readonly #where: string;

  constructor(bytes: Uint8Array, where: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
  }

  broken(found: string, fix?: string): InputError {
    return new InputError({
      where: this.#where,
      found,
      expected: 'an Arrow IPC file or stream of columns that tables can hold',
      fix,
    });
  }

  byte(at: number): number {
    return this.#view.getUint8(this.#inside(at, 1));
  }

  int16(at: number): number {
    return this.#view.getInt16(this.#inside(at, 2), true);
  }

  int32(at: number): number {
    return this.#view.getInt32(this.#inside(at, 4), true);
  }

  int64(at: number): number {
    const value = Number(this.#view.getBigInt64(this.#inside(at, 8), true));
    if (!Number.isSafeInteger(value)) throw this.broken(`the number ${String(value)}`);
    return value;
  }

  /** The table that the offset at a place leads to: gives the place of a field, or 0. */
  table(at: number): (field: number) => number {
    const start = at + this.int32(at);
    const fields = start - this.int32(start);
    const size = this.int16(fields);
    return (field) => {
      if (field >= size) return 0;
      const offset = this.int16(fields + field);
      return offset === 0 ? 0 : this.#inside(start + offset, 1);
    };
  }

  /** Start and length of the vector that the offset at a place leads to; empty at place 0. */
  vector(at: number, stride: number): [start: number, count: number] {
    if (at === 0) return [0, 0];
    const start = at + this.int32(at);
    const count = this.int32(start);
    if (count < 0) throw this.broken('a vector of negative length');
    if (count > 0) this.#inside(start + 4, count * stride);
    return [start + 4, count];
  }

  #inside(at: number, length: number): number {
    if (at >= 0 && at + length <= this.#view.byteLength) return at;
    throw this.broken('a place outside of the data (it is damaged or was cut off)');
  }
}
