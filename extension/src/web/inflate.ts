/** Compressed data that end too early or are damaged; with the code that Node.js's zlib gives. */
export class ZlibError extends Error {
  readonly code: string;

  constructor(code: 'Z_BUF_ERROR' | 'Z_DATA_ERROR' | 'ERR_BUFFER_TOO_LARGE', message: string) {
    super(message);
    this.code = code;
  }
}

/** Bytes that a copy may reach back (RFC 1951). */
const WINDOW = 1 << 15;
/** Codes of at most so many bits are found by one look. */
const FAST_BITS = 10;
const LONGEST_CODE = 15;
const LONGEST_COPY = 258;

/** Order of the lengths of the codes for lengths. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const COPY_LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const COPY_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** A canonical Huffman code. */
class HuffmanCode {
  /** By the next bits: `symbol << 4 | bits`; 0 for codes that are longer. */
  readonly fast = new Uint16Array(1 << FAST_BITS);
  readonly counts = new Uint16Array(LONGEST_CODE + 1);
  readonly symbols: Uint16Array;

  /** @param mayBeIncomplete whether codes may be left over, as where only one distance is used */
  constructor(lengths: Uint8Array, mayBeIncomplete = false) {
    const { counts, fast } = this;
    for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
    counts[0] = 0;
    const offsets = new Uint16Array(LONGEST_CODE + 2);
    const next = new Uint16Array(LONGEST_CODE + 2);
    let left = 1;
    for (let bits = 1; bits <= LONGEST_CODE; bits++) {
      const count = counts[bits] ?? 0;
      left = 2 * left - count;
      if (left < 0) throw damaged();
      offsets[bits + 1] = (offsets[bits] ?? 0) + count;
      next[bits + 1] = ((next[bits] ?? 0) + count) << 1;
    }
    if (left > 0 && !mayBeIncomplete) throw damaged();
    this.symbols = new Uint16Array(offsets[LONGEST_CODE + 1] ?? 0);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const bits = lengths[symbol] ?? 0;
      if (bits === 0) continue;
      this.symbols[offsets[bits] ?? 0] = symbol;
      offsets[bits] = (offsets[bits] ?? 0) + 1;
      const code = next[bits] ?? 0;
      next[bits] = code + 1;
      if (bits > FAST_BITS) continue;
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((code >>> bit) & 1) << (bits - 1 - bit);
      for (let at = reversed; at < fast.length; at += 1 << bits) fast[at] = (symbol << 4) | bits;
    }
  }
}

const FIXED_LENGTHS = Uint8Array.from({ length: 288 }, (_, i) =>
  i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8,
);
let fixed: readonly [HuffmanCode, HuffmanCode] | undefined;

/**
 * Decompresses deflate data (RFC 1951) that are in memory. `DecompressionStream` of a browser takes
 * one gzip member and refuses what follows, as in bgzip, and nothing of it can be had at once.
 *
 * @param start first byte of the data
 * @param pieceBytes bytes of a piece; up to 257 more, so that a copy is whole
 * @returns pieces, which belong to the caller; at the end, the byte behind the data
 * @throws ZlibError where they are cut or damaged
 */
export function* inflate(
  input: Uint8Array,
  start = 0,
  pieceBytes = 1 << 18,
): Generator<Uint8Array, number, undefined> {
  const output = new Uint8Array(WINDOW + pieceBytes + LONGEST_COPY);
  const full = WINDOW + pieceBytes;
  let used = WINDOW;
  /** Where bytes begin that were not given away, and those that a copy may reach. */
  let given = WINDOW;
  let first = WINDOW;
  let position = start;
  let held = 0;
  let count = 0;

  const need = (bits: number): void => {
    while (count < bits) {
      if (position >= input.length) throw cut();
      held |= (input[position++] ?? 0) << count;
      count += 8;
    }
  };
  const take = (bits: number): number => {
    if (bits === 0) return 0;
    need(bits);
    const value = held & ((1 << bits) - 1);
    held >>>= bits;
    count -= bits;
    return value;
  };
  const symbolOf = (code: HuffmanCode): number => {
    while (count < LONGEST_CODE && position < input.length) {
      held |= (input[position++] ?? 0) << count;
      count += 8;
    }
    const entry = code.fast[held & ((1 << FAST_BITS) - 1)] ?? 0;
    if (entry !== 0) {
      const bits = entry & 15;
      if (bits > count) throw cut();
      held >>>= bits;
      count -= bits;
      return entry >>> 4;
    }
    // Bit by bit, as codes of equal length are numbers that follow each other.
    let value = 0;
    let least = 0;
    let place = 0;
    for (let bits = 1; bits <= LONGEST_CODE; bits++) {
      if (bits > count) throw position >= input.length ? cut() : damaged();
      value |= (held >>> (bits - 1)) & 1;
      const many = code.counts[bits] ?? 0;
      if (value - many < least) {
        held >>>= bits;
        count -= bits;
        return code.symbols[place + value - least] ?? 0;
      }
      place += many;
      least = (least + many) << 1;
      value <<= 1;
    }
    throw damaged();
  };
  const codesOf = (type: number): readonly [HuffmanCode, HuffmanCode] => {
    if (type === 1) {
      fixed ??= [new HuffmanCode(FIXED_LENGTHS), new HuffmanCode(new Uint8Array(30).fill(5), true)];
      return fixed;
    }
    const literals = take(5) + 257;
    const distances = take(5) + 1;
    const ordered = take(4) + 4;
    if (literals > 286) throw damaged();
    const lengths = new Uint8Array(19);
    for (let i = 0; i < ordered; i++) lengths[ORDER[i] ?? 0] = take(3);
    const lengthCode = new HuffmanCode(lengths, true);
    const all = new Uint8Array(literals + distances);
    for (let i = 0; i < all.length;) {
      const symbol = symbolOf(lengthCode);
      if (symbol < 16) {
        all[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw damaged();
      const value = symbol === 16 ? (all[i - 1] ?? 0) : 0;
      const times = symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7);
      if (i + times > all.length) throw damaged();
      all.fill(value, i, i + times);
      i += times;
    }
    if (all[256] === 0) throw damaged();
    return [
      new HuffmanCode(all.subarray(0, literals), true),
      new HuffmanCode(all.subarray(literals), true),
    ];
  };
  const give = (): Uint8Array => {
    const piece = output.slice(given, used);
    first = Math.max(0, first - (used - WINDOW));
    output.copyWithin(0, used - WINDOW, used);
    used = WINDOW;
    given = WINDOW;
    return piece;
  };

  for (let isLast = false; !isLast;) {
    isLast = take(1) === 1;
    const type = take(2);
    if (type === 3) throw damaged();
    if (type === 0) {
      // What is left of the byte is skipped; whole bytes that were taken early go back.
      position -= count >>> 3;
      held = 0;
      count = 0;
      if (position + 4 > input.length) throw cut();
      const length = (input[position] ?? 0) | ((input[position + 1] ?? 0) << 8);
      const check = (input[position + 2] ?? 0) | ((input[position + 3] ?? 0) << 8);
      if ((length ^ check) !== 0xffff) throw damaged();
      position += 4;
      for (let left = length; left > 0;) {
        const bytes = input.subarray(position, position + Math.min(left, full - used));
        if (bytes.length === 0) throw cut();
        output.set(bytes, used);
        used += bytes.length;
        position += bytes.length;
        left -= bytes.length;
        if (used >= full) yield give();
      }
      continue;
    }
    const [literals, distances] = codesOf(type);
    for (;;) {
      const symbol = symbolOf(literals);
      if (symbol < 256) output[used++] = symbol;
      else if (symbol === 256) break;
      else {
        const which = symbol - 257;
        if (which >= COPY_LENGTHS.length) throw damaged();
        const length = (COPY_LENGTHS[which] ?? 0) + take(COPY_BITS[which] ?? 0);
        const far = symbolOf(distances);
        if (far >= DISTANCES.length) throw damaged();
        const distance = (DISTANCES[far] ?? 0) + take(DISTANCE_BITS[far] ?? 0);
        if (used - distance < first) throw damaged();
        // Byte by byte: a copy may reach into itself.
        for (const end = used + length; used < end; used++) {
          output[used] = output[used - distance] ?? 0;
        }
      }
      if (used >= full) yield give();
    }
  }
  if (used > given) yield give();
  return position - (count >>> 3);
}

function cut(): ZlibError {
  return new ZlibError('Z_BUF_ERROR', 'unexpected end of file');
}

function damaged(): ZlibError {
  return new ZlibError('Z_DATA_ERROR', 'damaged compressed data');
}
