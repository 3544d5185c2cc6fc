import type { Random } from '../../kernel-lib/src/core/random.ts';

/** What parsers stumble over, whatever the format. */
const HOSTILE: readonly (string | Uint8Array)[] = [
  '\0',
  '\r\n',
  '\r',
  '\n\n',
  '\t',
  ' ',
  '"',
  "'",
  '\\',
  '>',
  '#',
  ',',
  ':',
  ';',
  '-1',
  '0',
  '1e309',
  'NaN',
  'Infinity',
  '-Infinity',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '18446744073709551615',
  '-9223372036854775808',
  '00000000000000000001',
  '1,000',
  '0x10',
  '[[[[[[[[[[[[[[[[',
  '{"a":{"a":{"a":{"a":',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '\u{feff}',
  '\u{2028}',
  '\u{1f9ec}',
  Uint8Array.of(0xff, 0xfe),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0),
  Uint8Array.of(0x1f, 0x8b, 8, 0),
];

const LARGEST = 1 << 17;

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts)).subarray(0, LARGEST);
}

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const place = (bytes: Uint8Array, random: Random): number => random.integer(bytes.length + 1);

function stretch(bytes: Uint8Array, random: Random): [number, number] {
  const from = place(bytes, random);
  // Mostly short: a damaged field, and now and then a lost half of the file.
  const length = random.integer(2 ** (1 + random.integer(12)));
  return [from, Math.min(bytes.length, from + length)];
}

const MUTATIONS: readonly Mutation[] = [
  // A bit, a byte, a few bytes.
  (bytes, random) => {
    if (bytes.length > 0) bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8);
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length > 0) bytes[random.integer(bytes.length)] = random.integer(256);
    return bytes;
  },
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    for (let i = from; i < Math.min(to, from + 8); i++) bytes[i] = random.integer(256);
    return bytes;
  },
  // Cut off, cut out, repeated, moved.
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => bytes.subarray(place(bytes, random)),
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return concat(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    const times = 1 + random.integer(random.integer(4) === 0 ? 200 : 3);
    const again = Array.from({ length: times }, () => bytes.subarray(from, to));
    return concat(bytes.subarray(0, to), ...again, bytes.subarray(to));
  },
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    const at = place(bytes, random);
    return concat(bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at));
  },
  // Of another file.
  (bytes, random, other) => {
    const [from, to] = stretch(other, random);
    const at = place(bytes, random);
    return concat(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
  },
  (bytes, random, other) =>
    concat(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))),
  // All line ends.
  (bytes) =>
    new Uint8Array(
      Buffer.from(Buffer.from(bytes).toString('latin1').replace(/\n/g, '\r\n'), 'latin1'),
    ),
];

/** Puts something in place of what is there, or between. */
function insert(bytes: Uint8Array, random: Random, dictionary: readonly string[]): Uint8Array {
  const own = dictionary.length > 0 && random.integer(2) === 0;
  const chosen = own
    ? dictionary[random.integer(dictionary.length)]!
    : HOSTILE[random.integer(HOSTILE.length)]!;
  const token = typeof chosen === 'string' ? Buffer.from(chosen) : chosen;
  const at = place(bytes, random);
  const over = random.integer(2) === 0 ? token.length : 0;
  return concat(bytes.subarray(0, at), token, bytes.subarray(Math.min(bytes.length, at + over)));
}

/**
 * A damaged copy of one of the samples; the same for the same random numbers.
 *
 * @param dictionary words that mean something in the format
 */
export function mutateBytes(
  random: Random,
  samples: readonly Uint8Array[],
  dictionary: readonly string[],
): Uint8Array {
  const pick = (): Uint8Array => samples[random.integer(samples.length)] ?? new Uint8Array(0);
  let bytes: Uint8Array = Uint8Array.from(pick());
  const times = 1 + random.integer(random.integer(3) === 0 ? 12 : 3);
  for (let i = 0; i < times; i++) {
    bytes =
      random.integer(3) === 0
        ? insert(bytes, random, dictionary)
        : Uint8Array.from(MUTATIONS[random.integer(MUTATIONS.length)]!(bytes, random, pick()));
  }
  return bytes;
}
