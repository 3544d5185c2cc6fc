import type { LongWorkOptions } from '../core/progress.ts';

/** Substitutions of single bases in some sequences. */
export interface Substitutions {
  /** The sequences as they are, end to end: 0 A, 1 C, 2 G, 3 T, 4 unknown. */
  readonly tokens: Uint8Array;
  /** Row of the model's other inputs for each sequence. */
  readonly rows: readonly number[];
  /** Index of the sequence that each substitution is in. */
  readonly examples: Int32Array;
  /** Where each substitution is (0-based). */
  readonly positions: Int32Array;
  /** The new base of each, 0–3. */
  readonly bases: Uint8Array;
}

/** Scores of sequences and of substitutions in them. */
export interface SubstitutionScores {
  /** Scores of the sequences as they are. */
  readonly references: Float32Array;
  /** Scores of the changed sequences, one a substitution. */
  readonly scores: Float32Array;
}

/** Options of `scoreSubstitutions`. */
export interface SubstitutionOptions extends Pick<LongWorkOptions, 'signal'> {
  /** Substitutions that are recomputed at once; default 256. */
  readonly batchSize?: number;
}
