import type { TataboxError } from '../core/errors.ts';

/** The bytes of a pickle, and the kinds of values that lie in them. */
export class PickleBytes {
  /** The next byte. */
  at: number;
  readonly #bytes: Buffer;
  readonly #fail: (found: string) => TataboxError;

  /** @param fail makes the error of what was found */
  constructor(bytes: Uint8Array, start: number, fail: (found: string) => TataboxError) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = start;
    this.#fail = fail;
  }

  /** The next bytes. */
  take(length: number): Buffer {
    if (!(this.at + length <= this.#bytes.length)) throw this.#fail('the end of the data');
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  /** A length that follows; `take` checks it against the bytes that are there. */
  length(bytes: 1 | 4 | 8): number {
    const field = this.take(bytes);
    if (bytes === 1) return field[0] ?? 0;
    return bytes === 4 ? field.readUInt32LE() : Number(field.readBigUInt64LE());
  }

  /** A line of text, without its end. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end < 0 || end - this.at > 65_536) throw this.#fail('a line without end');
    const text = this.#bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }

  /** A text of so many bytes. */
  utf8(length: number): string {
    return this.take(length).toString('utf8');
  }

  /** A signed little-endian integer of so many bytes. */
  long(length: number): number | bigint {
    if (length > 1024) throw this.#fail(`an integer of ${String(length)} bytes`);
    const bytes = Buffer.from(this.take(length)).reverse();
    if (length === 0) return 0;
    const value = BigInt.asIntN(8 * length, BigInt(`0x${bytes.toString('hex')}`));
    return toInteger(value);
  }

  /** An integer in digits, or a boolean of protocol 0. */
  textInteger(): number | bigint | boolean {
    const line = this.line();
    if (line === '00') return false;
    if (line === '01') return true;
    const digits = /^(-?\d{1,2000})L?$/.exec(line)?.[1];
    if (digits === undefined) throw this.#fail(`the integer '${line.slice(0, 40)}'`);
    return toInteger(BigInt(digits));
  }
}

function toInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
