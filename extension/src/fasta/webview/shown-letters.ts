/** What letters are shown as: as in the file, or with T or U throughout. */
export type ShownLetters = 'file' | 'DNA' | 'RNA';

const BASES = 'ACGTURYSWKMBDHVN';
const COMPLEMENTS = 'TGCAAYRSWMKVHDBN';

/** How the letters of a file become those that are shown. */
export interface ShowOptions {
  readonly alphabet: 'DNA' | 'RNA' | 'protein';
  readonly letters: ShownLetters;
  /** Whether the other strand is shown. */
  readonly complement: boolean;
}

/** For each byte of a file the byte that is shown; case stays, and what is no base stays as it is. */
export function shownLetters({ alphabet, letters, complement }: ShowOptions): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, code) => code);
  if (alphabet === 'protein') return table;
  const rna = letters === 'RNA' || (letters === 'file' && alphabet === 'RNA');
  const set = (from: string, to: string): void => {
    table[from.charCodeAt(0)] = to.charCodeAt(0);
    table[from.toLowerCase().charCodeAt(0)] = to.toLowerCase().charCodeAt(0);
  };
  for (const [index, base] of [...BASES].entries()) {
    const other = complement ? (COMPLEMENTS[index] ?? base) : base;
    const swapped = rna ? 'U' : 'T';
    if (other !== 'T' && other !== 'U') set(base, other);
    else set(base, letters === 'file' && !complement ? base : swapped);
  }
  return table;
}
