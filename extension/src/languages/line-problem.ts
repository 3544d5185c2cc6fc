import type { InvalidLine } from '../tracks/track-types.ts';

/** A line of a text file with what is wrong with it. */
export interface LineProblem extends InvalidLine {
  /** Default `error`. */
  readonly severity?: 'error' | 'warning' | 'information';
  /** Letters that are meant; default the whole line. */
  readonly columns?: readonly [from: number, to: number];
}
