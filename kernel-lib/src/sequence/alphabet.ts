import { suggestion } from '../core/nearest.ts';
import { UsageError } from '../core/errors.ts';

/** Names of the alphabets, as they stand in `config.json` and run configs. */
export type AlphabetName = 'dna' | 'rna' | 'protein';

/** Entry of {@link Alphabet.codes} for a character that is no code of the alphabet. */
export const INVALID_CODE = 255;

/** Which letters a sequence may have and which token each becomes. */
export interface Alphabet {
  readonly name: AlphabetName;
  /** The known letters; a letter's place is its token. */
  readonly letters: string;
  /** Token of every letter that stands for more than one known letter, or for none. */
  readonly unknownToken: number;
  /** The letter that the unknown token is written as. */
  readonly unknownLetter: string;
  /** Further IUPAC codes that are accepted and become the unknown token. */
  readonly ambiguityCodes: string;
  /** Token by character code (0–255), upper and lower case; 255 where there is none. */
  readonly codes: Uint8Array;
}

function makeAlphabet(
  name: AlphabetName,
  letters: string,
  unknownLetter: string,
  ambiguityCodes: string,
  synonyms: Readonly<Record<string, string>> = {},
): Alphabet {
  const codes = new Uint8Array(256).fill(INVALID_CODE);
  const setCode = (letter: string, token: number) => {
    codes[letter.charCodeAt(0)] = token;
    codes[letter.toLowerCase().charCodeAt(0)] = token;
  };
  const unknownToken = letters.length;
  for (const code of ambiguityCodes) setCode(code, unknownToken);
  for (const [token, letter] of [...letters].entries()) setCode(letter, token);
  for (const [synonym, letter] of Object.entries(synonyms)) {
    setCode(synonym, letters.indexOf(letter));
  }
  return Object.freeze({ name, letters, unknownToken, unknownLetter, ambiguityCodes, codes });
}

/**
 * DNA: A 0, C 1, G 2, T 3 (U is read as T), every other IUPAC nucleotide code 4 (unknown).
 *
 * Codes: Cornish-Bowden 1985, Nucleic Acids Research 13:3021.
 */
export const DNA: Alphabet = makeAlphabet('dna', 'ACGT', 'N', 'NRYSWKMBDHV', { U: 'T' });

/** RNA: the tokens of {@link DNA}, written with U (T is read as U). */
export const RNA: Alphabet = makeAlphabet('rna', 'ACGU', 'N', 'NRYSWKMBDHV', { T: 'U' });

/**
 * Protein: the 20 amino acids in alphabetical order of their letters 0 … 19; B, J, Z, X,
 * U (selenocysteine), O (pyrrolysine) and the stop `*` are 20 (unknown).
 *
 * Codes: IUPAC-IUB 1984, European Journal of Biochemistry 138:9.
 */
export const PROTEIN: Alphabet = makeAlphabet('protein', 'ACDEFGHIKLMNPQRSTVWY', 'X', 'XBZJUO*');

const alphabets: Readonly<Record<AlphabetName, Alphabet>> = {
  dna: DNA,
  rna: RNA,
  protein: PROTEIN,
};

/** The alphabet of a name that was read from a configuration; throws `UsageError` for others. */
export function alphabetNamed(name: string): Alphabet {
  const alphabet = Object.hasOwn(alphabets, name) ? alphabets[name as AlphabetName] : undefined;
  if (alphabet === undefined) {
    throw new UsageError({
      where: 'alphabet',
      found: `'${name}'`,
      expected: 'dna, rna or protein',
      fix: suggestion(name, Object.keys(alphabets)),
    });
  }
  return alphabet;
}
