import type { Alphabet } from './sequence-types.ts';

/** Share of a sample that has to be bases for it to be DNA or RNA. */
const MOSTLY = 0.85;

/**
 * What sampled letters are. All IUPAC codes of nucleotides are letters of proteins, too: what counts
 * is that most letters are A, C, G, T, U or N.
 */
export function detectAlphabet(letters: Uint8Array): Alphabet {
  const counts = new Map<string, number>();
  let total = 0;
  for (const byte of letters) {
    const letter = String.fromCharCode(byte).toUpperCase();
    if (!/[A-Z]/.test(letter)) continue;
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
    total++;
  }
  const count = (wanted: string): number =>
    [...wanted].reduce((sum, letter) => sum + (counts.get(letter) ?? 0), 0);
  if (total === 0) return 'DNA';
  const codes = count('ACGTUNRYSWKMBDHV');
  if (count('ACGTUN') < MOSTLY * total || codes < 0.99 * total) return 'protein';
  // N alone says nothing; asparagine alone is rare.
  return count('U') > count('T') ? 'RNA' : 'DNA';
}
