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
