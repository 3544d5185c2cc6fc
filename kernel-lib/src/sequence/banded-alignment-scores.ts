/** Costs of an alignment; those that MMseqs2 has for nucleotides. */
export const ALIGNMENT_SCORES = Object.freeze({
  match: 2,
  mismatch: -3,
  /** Once a gap. */
  gapOpen: -5,
  /** Each base of a gap, the first one too. */
  gapExtend: -2,
});

/** The best local alignment of two sequences within a band of diagonals. */
export interface LocalAlignment {
  readonly score: number;
  /** Columns with the same known base. */
  readonly matches: number;
  /** Columns in all, those with a gap too. */
  readonly columns: number;
  /** 0-based, half-open, in the first sequence. */
  readonly queryStart: number;
  readonly queryEnd: number;
  /** 0-based, half-open, in the second sequence. */
  readonly targetStart: number;
  readonly targetEnd: number;
}
