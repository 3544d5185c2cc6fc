/**
 * The standard genetic code (NCBI table 1): codons in the order T, C, A, G of each place, as NCBI
 * writes it.
 */
const STANDARD = 'FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG';

/** Sets of the bases T 1, C 2, A 4, G 8 that the IUPAC codes stand for, as an upper-case letter's. */
const BASES: Readonly<Record<string, number>> = {
  T: 1,
  U: 1,
  C: 2,
  A: 4,
  G: 8,
  Y: 3,
  W: 5,
  M: 6,
  H: 7,
  K: 9,
  S: 10,
  B: 11,
  R: 12,
  D: 13,
  V: 14,
  N: 15,
};
const UNKNOWN = 'X'.charCodeAt(0);
const GAP = '-'.charCodeAt(0);

const baseSets: Uint8Array = (() => {
  const sets = new Uint8Array(256);
  for (const [letter, set] of Object.entries(BASES)) {
    sets[letter.charCodeAt(0)] = set;
    sets[letter.toLowerCase().charCodeAt(0)] = set;
  }
  return sets;
})();

/** The base sets of the other strand. */
const complementSets = Uint8Array.from({ length: 16 }, (_, set) => {
  const [t, c, a, g] = [set & 1, (set >> 1) & 1, (set >> 2) & 1, (set >> 3) & 1];
  return a | (g << 1) | (t << 2) | (c << 3);
});

/** Amino acid of each three base sets: four bits a place. */
const aminoAcids: Uint8Array = (() => {
  const table = new Uint8Array(4096).fill(UNKNOWN);
  const bases = (set: number): number[] => [0, 1, 2, 3].filter((base) => (set >> base) & 1);
  for (let codon = 0; codon < 4096; codon++) {
    const found = new Set<string>();
    for (const first of bases(codon >> 8)) {
      for (const second of bases((codon >> 4) & 15)) {
        for (const third of bases(codon & 15)) {
          found.add(STANDARD.charAt(16 * first + 4 * second + third));
        }
      }
    }
    const [only] = found;
    if (found.size === 1 && only !== undefined) table[codon] = only.charCodeAt(0);
  }
  return table;
})();

/**
 * The amino acid of a codon of the standard genetic code (NCBI table 1), all as character codes: `*`
 * for a stop, `X` where its letters allow several, `-` for a gap of a whole codon.
 */
export function aminoAcidOf(first: number, second: number, third: number): number {
  if (first === GAP && second === GAP && third === GAP) return GAP;
  const [a, b, c] = [baseSets[first] ?? 0, baseSets[second] ?? 0, baseSets[third] ?? 0];
  return aminoAcids[(a << 8) | (b << 4) | c] ?? UNKNOWN;
}

/** As {@link aminoAcidOf}, of the codon on the other strand of three letters. */
export function reverseAminoAcidOf(first: number, second: number, third: number): number {
  if (first === GAP && second === GAP && third === GAP) return GAP;
  const set = (letter: number): number => complementSets[baseSets[letter] ?? 0] ?? 0;
  return aminoAcids[(set(third) << 8) | (set(second) << 4) | set(first)] ?? UNKNOWN;
}

/** The amino acids of one reading frame. */
export interface TranslatedFrame {
  readonly strand: '+' | '-';
  /** 0 to 2: letters before the first codon, counted from the first letter of the strand. */
  readonly frame: number;
  /** One character code a codon, in the direction of the strand. */
  readonly aminoAcids: Uint8Array;
}

/**
 * Translates a nucleotide sequence in one reading frame; letters left over at the end are no codon.
 *
 * @param frame 0 to 2: letters before the first codon
 */
export function translateFrame(
  letters: Uint8Array,
  frame: number,
  strand: '+' | '-' = '+',
): Uint8Array {
  const { length } = letters;
  const codons = Math.max(0, Math.floor((length - frame) / 3));
  const result = new Uint8Array(codons);
  for (let codon = 0; codon < codons; codon++) {
    const at = frame + 3 * codon;
    const letter = (place: number): number => letters[place] ?? 0;
    result[codon] =
      strand === '+'
        ? aminoAcidOf(letter(at), letter(at + 1), letter(at + 2))
        : reverseAminoAcidOf(
            letter(length - at - 3),
            letter(length - at - 2),
            letter(length - at - 1),
          );
  }
  return result;
}

/** Translates a nucleotide sequence in its six reading frames, the forward ones first. */
export function translateSixFrames(letters: Uint8Array): TranslatedFrame[] {
  return (['+', '-'] as const).flatMap((strand) =>
    [0, 1, 2].map((frame) => ({
      strand,
      frame,
      aminoAcids: translateFrame(letters, frame, strand),
    })),
  );
}
