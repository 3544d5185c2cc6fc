import { InputError, UsageError } from '../core/errors.ts';
import { DNA, INVALID_CODE, PROTEIN, type Alphabet } from './alphabet.ts';

/** Options of {@link encodeSequence}. */
export interface EncodeOptions {
  /** Default {@link DNA}. */
  readonly alphabet?: Alphabet;
  /** What a character that is no IUPAC code does: `error` (default) or become `unknown`. */
  readonly onInvalid?: 'error' | 'unknown';
  /** What the sequence is, for the error message, for example `genes.tsv, row 3`. */
  readonly where?: string;
}

/**
 * Writes the tokens of a text into `target` and stops at the first character that is no code.
 *
 * @returns index in the text of that character, or −1 when all were codes
 */
export function encodeInto(
  text: string,
  target: Uint8Array,
  targetOffset: number,
  alphabet: Alphabet,
): number {
  const { codes } = alphabet;
  for (let i = 0; i < text.length; i++) {
    // Beyond 255 the table gives undefined, which is no code either.
    const token = codes[text.charCodeAt(i)] ?? INVALID_CODE;
    if (token === INVALID_CODE) return i;
    target[targetOffset + i] = token;
  }
  return -1;
}

/** Tokens of two letters at a time: the index is both letters' codes, the value both tokens. */
interface PairTables {
  readonly forward: Uint16Array;
  /** Complemented and exchanged, so that reversing the pairs gives the other strand. */
  readonly reverse: Uint16Array;
}

/** Set in the value of a pair of which a letter is no code. */
const INVALID_PAIR = 0x8080;
let dnaPairs: PairTables | undefined;

function dnaPairTables(): PairTables {
  if (dnaPairs !== undefined) return dnaPairs;
  const { codes } = DNA;
  const forward = new Uint16Array(65536);
  const reverse = new Uint16Array(65536);
  const complement = codes.map((token) => (token < 4 ? 3 - token : token));
  for (let pair = 0; pair < 65536; pair++) {
    const low = pair & 255;
    const high = pair >> 8;
    forward[pair] = (codes[low] ?? 0) | ((codes[high] ?? 0) << 8);
    reverse[pair] = (complement[high] ?? 0) | ((complement[low] ?? 0) << 8);
  }
  dnaPairs = { forward, reverse };
  return dnaPairs;
}

/**
 * Turns nucleotide letters into tokens where they lie, two at a time: several times as fast as one
 * by one, and no text is made.
 *
 * @param pairs memory of the letters (one byte each), from its first byte; one byte more than
 *   `length` where that is odd, which is overwritten
 * @param length letters
 * @param reverse whether the reverse complement is wanted
 * @returns index of the first token in the bytes of `pairs` (0 or 1), or −1 where a letter is no
 *   code; then the letters are lost
 */
export function encodePairsInPlace(pairs: Uint16Array, length: number, reverse: boolean): number {
  const odd = length % 2;
  const count = (length + odd) / 2;
  if (odd === 1) new Uint8Array(pairs.buffer, pairs.byteOffset)[length] = 78; // an N
  const { forward, reverse: backward } = dnaPairTables();
  const table = reverse ? backward : forward;
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const tokens = table[pairs[i] as number] as number;
    seen |= tokens;
    pairs[i] = tokens;
  }
  if ((seen & INVALID_PAIR) !== 0) return -1;
  if (!reverse) return 0;
  pairs.subarray(0, count).reverse();
  return odd;
}

/**
 * Tokens of a sequence text.
 *
 * @param text letters in either case, without spaces or line breaks
 * @returns one token a character
 * @throws InputError naming the position (0-based) and letter that is no IUPAC code
 *
 * @example
 * encodeSequence('acgTN'); // Uint8Array [0, 1, 2, 3, 4]
 */
export function encodeSequence(text: string, options: EncodeOptions = {}): Uint8Array {
  const { alphabet = DNA, onInvalid = 'error', where = 'sequence' } = options;
  const tokens = new Uint8Array(text.length);
  if (onInvalid === 'unknown') {
    for (let i = 0; i < text.length; i++) {
      const token = alphabet.codes[text.charCodeAt(i)] ?? INVALID_CODE;
      tokens[i] = token === INVALID_CODE ? alphabet.unknownToken : token;
    }
    return tokens;
  }
  if (onInvalid !== 'error') {
    throw new UsageError({
      where: 'option onInvalid',
      found: `'${String(onInvalid)}'`,
      expected: "'error' or 'unknown'",
    });
  }
  const invalid = encodeInto(text, tokens, 0, alphabet);
  if (invalid >= 0) throw invalidLetterError(text, invalid, invalid, alphabet, where);
  return tokens;
}

/**
 * The error for a character that is no code of the alphabet.
 *
 * @param text the text around the character, from which a protein is recognised
 * @param index index of the character in `text`
 * @param position its 0-based position in the whole sequence, for the message
 * @param fix what the user can do; default: advice for a call of {@link encodeSequence}
 */
export function invalidLetterError(
  text: string,
  index: number,
  position: number,
  alphabet: Alphabet,
  where: string,
  fix: string = fixFor(text, text.charAt(index), alphabet),
): InputError {
  const letter = String.fromCodePoint(text.codePointAt(index) ?? 0);
  return new InputError({
    where,
    found: `${describeCharacter(letter)} at position ${String(position)} (0-based)`,
    expected: `IUPAC ${alphabet.name === 'protein' ? 'amino-acid' : 'nucleotide'} codes (${alphabet.letters}${alphabet.ambiguityCodes}, either case)`,
    fix,
  });
}

function describeCharacter(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (letter === '\n' || letter === '\r') return 'a line break';
  if (letter === ' ' || letter === '\t') return letter === ' ' ? 'a space' : 'a tab';
  return code < 32 || code === 127 ? `character code ${String(code)}` : `'${letter}'`;
}

function fixFor(text: string, letter: string, alphabet: Alphabet): string {
  if (/\s/.test(letter)) return 'Remove spaces and line breaks from the sequence.';
  if (letter === '-' || letter === '.') {
    return "It may be a gap of an alignment: remove gaps, or read them as unknown with onInvalid: 'unknown'.";
  }
  if (letter === '>') return 'It may be a FASTA record: give its sequence lines only.';
  if (alphabet !== PROTEIN && /^[A-Z*]+$/i.test(text)) {
    const codes = PROTEIN.codes;
    const isProtein = [...text].every((each) => codes[each.charCodeAt(0)] !== INVALID_CODE);
    if (isProtein) {
      return 'The sequence seems to be a protein: give the alphabet PROTEIN, or nucleotides.';
    }
  }
  return "Correct it, or read such characters as unknown with onInvalid: 'unknown'.";
}

/**
 * Text of tokens, in upper case; the unknown token becomes `N` (protein: `X`).
 *
 * @throws UsageError for a token that the alphabet does not have
 *
 * @example
 * decodeTokens(Uint8Array.of(0, 1, 2, 3, 4)); // 'ACGTN'
 */
export function decodeTokens(
  tokens: Uint8Array,
  options: { readonly alphabet?: Alphabet } = {},
): string {
  const { alphabet = DNA } = options;
  const characters = alphabet.letters + alphabet.unknownLetter;
  const table = new Uint8Array(256);
  for (let token = 0; token < characters.length; token++) {
    table[token] = characters.charCodeAt(token);
  }
  const text = new Uint8Array(tokens.length);
  for (let i = 0; i < tokens.length; i++) {
    const character = table[tokens[i] ?? 0] ?? 0;
    if (character === 0) {
      throw new UsageError({
        where: `token at position ${String(i)}`,
        found: String(tokens[i]),
        expected: `0 to ${String(alphabet.unknownToken)} (${alphabet.name})`,
      });
    }
    text[i] = character;
  }
  return new TextDecoder('latin1').decode(text);
}
