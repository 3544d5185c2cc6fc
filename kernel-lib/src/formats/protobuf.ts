import { InputError } from '../core/errors.ts';

/** Wire types (protobuf.dev, Encoding). Groups (3, 4) are of old, and refused. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Bytes of a 64-bit number at most. */
const LONGEST_NUMBER = 10;

/** Reads the fields of a protobuf message; bytes are views into it. */
export class ProtobufReader {
  /** Number of the field that `next` came to. */
  field = 0;
  /** Its wire type. */
  wire = 0;
  readonly #bytes: Uint8Array;
  readonly #where: string;
  #at = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Goes to the next field; its value must then be read or skipped. False at the end. */
  next(): boolean {
    if (this.isAtEnd) return false;
    const tag = BigInt.asUintN(64, this.varint());
    this.field = Number(tag >> 3n);
    this.wire = Number(tag & 7n);
    if (this.field === 0 || this.field > 0x1fffffff) throw this.broken('a field without number');
    return true;
  }

  /** A number of 1 to 10 bytes, as a signed 64-bit integer. */
  varint(): bigint {
    let low = 0;
    let high = 0n;
    for (let i = 0; i < LONGEST_NUMBER; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw this.broken('a number that is cut off');
      // Up to 28 bits fit a small integer: most numbers need no more.
      if (i < 4) low |= (byte & 0x7f) << (7 * i);
      else high |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return i < 4 ? BigInt(low) : BigInt.asIntN(64, high | BigInt(low));
    }
    throw this.broken('a number of more than 10 bytes');
  }

  /** A field of bytes, text or message. */
  bytes(): Uint8Array {
    const length = BigInt.asUintN(64, this.varint());
    const left = this.#bytes.length - this.#at;
    if (length > left) {
      throw this.broken(`a field of ${String(length)} bytes where ${String(left)} are left`);
    }
    return this.#take(Number(length));
  }

  /** A field of UTF-8 text. */
  text(): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes());
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw this.broken('a text that is no UTF-8');
    }
  }

  /** The bytes of a field of 32 bits. */
  fixed32(): Uint8Array {
    return this.#take(4);
  }

  /** Leaves out a field. */
  skip(): void {
    if (this.wire === WIRE.varint) this.varint();
    else if (this.wire === WIRE.fixed64) this.#take(8);
    else if (this.wire === WIRE.bytes) this.bytes();
    else if (this.wire === WIRE.fixed32) this.#take(4);
    else throw this.broken(`a field of wire type ${String(this.wire)}`);
  }

  /** An error at this place. */
  broken(found: string): InputError {
    return new InputError({
      where: `${this.#where}, byte ${String(this.#at)} of the message`,
      found,
      expected: 'a protobuf message',
    });
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw this.broken('a field that is cut off');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}

/** Writes the fields of a protobuf message. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #capacity = 64;
  #small = new Uint8Array(64);
  #smallLength = 0;

  /** Appends a number as it is, without a field. */
  varint(value: bigint | number): void {
    if (this.#smallLength + LONGEST_NUMBER > this.#small.length) this.#flush();
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.#small[this.#smallLength++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#small[this.#smallLength++] = Number(rest);
  }

  /** Appends a field of bytes, text or message. */
  bytes(field: number, value: Uint8Array): void {
    this.varint(field * 8 + WIRE.bytes);
    this.varint(value.length);
    this.#flush();
    this.#parts.push(value);
  }

  /** The message. */
  finish(): Uint8Array {
    this.#flush();
    return new Uint8Array(Buffer.concat(this.#parts));
  }

  #flush(): void {
    if (this.#smallLength > 0) this.#parts.push(this.#small.subarray(0, this.#smallLength));
    // The rest of the buffer is used up before a new one, twice as large, is made.
    this.#small = this.#small.subarray(this.#smallLength);
    this.#smallLength = 0;
    if (this.#small.length >= LONGEST_NUMBER) return;
    this.#capacity = Math.min(1 << 16, this.#capacity * 2);
    this.#small = new Uint8Array(this.#capacity);
  }
}
