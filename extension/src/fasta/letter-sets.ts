import type { Alphabet } from './sequence-types.ts';

/** What each letter of an alphabet may stand for, as bits. */
export interface LetterSets {
  /** By upper-case letter. */
  readonly sets: ReadonlyMap<string, number>;
  /** The codes, for messages. */
  readonly codes: string;
}

/** IUPAC codes of nucleotides by the bases they stand for (Cornish-Bowden 1985, NAR 13:3021). */
const NUCLEOTIDES = {
  A: 'A',
  C: 'C',
  G: 'G',
  T: 'T',
  U: 'T',
  R: 'AG',
  Y: 'CT',
  S: 'CG',
  W: 'AT',
  K: 'GT',
  M: 'AC',
  B: 'CGT',
  D: 'AGT',
  H: 'ACT',
  V: 'ACG',
  N: 'ACGT',
} as const;

const AMINO_ACIDS = 'ACDEFGHIKLMNPQRSTVWYUO';

function setsOf(codes: Readonly<Record<string, string>>, letters: string): Map<string, number> {
  const bits = (text: string): number =>
    [...text].reduce((set, letter) => set | (1 << letters.indexOf(letter)), 0);
  return new Map(Object.entries(codes).map(([letter, text]) => [letter, bits(text)]));
}

const nucleotides = setsOf(NUCLEOTIDES, 'ACGT');

const nucleotideCodes = (thymine: string): string =>
  Object.entries(NUCLEOTIDES)
    .filter(([letter]) => letter.length === 1 && !(letter === 'T' && thymine === 'U'))
    .map(([letter, text]) =>
      text.length === 1 ? letter : `${letter} (${text.replace('T', thymine)})`,
    )
    .join(', ');

const proteinSets = setsOf(
  {
    ...Object.fromEntries([...AMINO_ACIDS].map((letter) => [letter, letter])),
    B: 'DN',
    Z: 'EQ',
    J: 'IL',
    X: AMINO_ACIDS,
    '*': '*',
  },
  `${AMINO_ACIDS}*`,
);

/** What the letters of each alphabet may stand for; A, C, G, T are the bits 0 to 3. */
export const LETTER_SETS: Readonly<Record<Alphabet, LetterSets>> = {
  DNA: { sets: nucleotides, codes: nucleotideCodes('T') },
  RNA: { sets: nucleotides, codes: nucleotideCodes('U') },
  protein: {
    sets: proteinSets,
    codes: `${[...AMINO_ACIDS].join(', ')}, B (DN), Z (EQ), J (IL), X (any), * (stop)`,
  },
};
