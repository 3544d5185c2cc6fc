import { InputError } from '../core/errors.ts';

/** A DNA motif. */
export interface Motif {
  /** For example `MA0265.3`. */
  readonly id: string;
  /** For example `ABF1`; the id where the file gives no name. */
  readonly name: string;
  /** Number of positions. */
  readonly length: number;
  /** Probabilities, `length × 4` row-major, columns A, C, G, T; each row sums to 1. */
  readonly matrix: Float64Array;
  /** Counts in the same layout, where the file gives counts. */
  readonly counts?: Float64Array;
  /** Number of sites that the motif was made of. */
  readonly sites?: number;
  /** Background probabilities of A, C, G, T, where the file gives them. */
  readonly background?: Float64Array;
}

/** Parses numbers separated by spaces; throws `InputError` for anything else. */
export function parseNumbers(text: string, where: string): number[] {
  return text
    .trim()
    .split(/\s+/)
    .map((item) => {
      const value = Number(item);
      if (item !== '' && Number.isFinite(value) && value >= 0) return value;
      throw new InputError({ where, found: `'${item}'`, expected: 'a number from 0' });
    });
}
