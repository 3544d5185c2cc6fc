type Encoding = 'utf8' | 'utf-8' | 'latin1' | 'hex' | 'base64';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Letters that one call of a function takes. */
const STEP = 8192;

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += STEP) {
    text += String.fromCharCode(...bytes.subarray(at, at + STEP));
  }
  return text;
}

function bytesOf(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf8' || encoding === 'utf-8') return encoder.encode(text);
  if (encoding === 'hex') {
    return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));
  }
  const letters = encoding === 'base64' ? atob(text) : text;
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

/** What the parts of the extension that run in a browser use of the Buffer of Node.js. */
export class Buffer extends Uint8Array {
  static override from(
    source: string | ArrayBufferLike | Iterable<number> | ArrayLike<number>,
    encodingOrMap?: unknown,
    length?: unknown,
  ): Buffer {
    if (typeof source === 'string') {
      return Buffer.#view(bytesOf(source, (encodingOrMap ?? 'utf8') as Encoding));
    }
    if (source instanceof ArrayBuffer) {
      return new Buffer(source, encodingOrMap as number | undefined, length as number | undefined);
    }
    return Buffer.#view(Uint8Array.from(source as ArrayLike<number>));
  }

  static #view({ buffer, byteOffset, length }: Uint8Array): Buffer {
    return new Buffer(buffer as ArrayBuffer, byteOffset, length);
  }

  static alloc(length: number): Buffer {
    return new Buffer(length);
  }

  static allocUnsafe(length: number): Buffer {
    return new Buffer(length);
  }

  static allocUnsafeSlow(length: number): Buffer {
    return new Buffer(length);
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer;
  }

  static byteLength(text: string): number {
    return encoder.encode(text).length;
  }

  static concat(parts: readonly Uint8Array[]): Buffer {
    const all = new Buffer(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  static compare(a: Uint8Array, b: Uint8Array): number {
    const shared = Math.min(a.length, b.length);
    for (let i = 0; i < shared; i++) {
      const difference = (a[i] ?? 0) - (b[i] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    return Math.sign(a.length - b.length);
  }

  override toString(encoding: Encoding = 'utf8', start = 0, end = this.length): string {
    const bytes = this.subarray(start, end);
    if (encoding === 'latin1') return latin1(bytes);
    if (encoding === 'base64') return btoa(latin1(bytes));
    if (encoding === 'hex') {
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    return decoder.decode(bytes);
  }

  /** @returns bytes written */
  write(text: string, offset = 0): number {
    return encoder.encodeInto(text, this.subarray(offset)).written;
  }

  readUInt16LE(offset: number): number {
    return this.#numbers.getUint16(offset, true);
  }

  readUInt32LE(offset: number): number {
    return this.#numbers.getUint32(offset, true);
  }

  readBigUInt64LE(offset: number): bigint {
    return this.#numbers.getBigUint64(offset, true);
  }

  writeBigUInt64LE(value: bigint, offset: number): number {
    this.#numbers.setBigUint64(offset, value, true);
    return offset + 8;
  }

  get #numbers(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.length);
  }
}
