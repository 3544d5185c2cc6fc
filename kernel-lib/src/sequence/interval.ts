/** Strand of a feature; `.` where a file does not say. */
export type Strand = '+' | '-' | '.';

/** A stretch of a chromosome: 0-based, half-open `[start, end)`. */
export interface Interval {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly strand?: Strand;
  readonly name?: string;
}
