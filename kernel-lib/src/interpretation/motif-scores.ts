import { InputError, UsageError } from '../core/errors.ts';
import type { Motif } from '../formats/motifs.ts';

/** How log-odds scores are made from a motif. */
export interface MotifScoreOptions {
  /** Probabilities of A, C, G, T outside motifs. */
  readonly background: readonly number[];
  /** Pseudocount, spread over the bases in proportion to the background. */
  readonly pseudocount: number;
  /** Width of a step of the discretised scores, in bits. */
  readonly resolution: number;
}

/** Log-odds scores of a motif on an integer scale, with the exact distribution of their sum. */
export interface MotifScores {
  readonly length: number;
  /** `[length, 4]`: log2(probability / background), in bits. */
  readonly logOdds: Float64Array;
  /** `[length, 4]`: `logOdds` in steps of the resolution, each row moved so that its least is 0. */
  readonly steps: Int32Array;
  /**
   * `survival[s]` is the probability that a background sequence of the motif's length reaches at
   * least `s` steps.
   */
  readonly survival: Float64Array;
}

/** Sites that a motif stands for when its file does not say; the MEME suite's own default. */
const defaultSites = 20;

/**
 * Log-odds scores as FIMO makes them (Grant et al. 2011): with n sites and pseudocount c, a base's
 * probability becomes (n p + c q) / (n + c), q being its background probability; the score is
 * log2 of that over q. Scores are rounded to the resolution and their distribution over background
 * sequences is computed exactly by dynamic programming over positions (Staden 1989).
 *
 * @throws InputError for a motif whose matrix is not `length × 4` probabilities
 */
export function motifScores(motif: Motif, options: MotifScoreOptions): MotifScores {
  const { background, pseudocount, resolution } = options;
  const { length, matrix } = motif;
  if (length < 1 || matrix.length !== length * 4 || matrix.some((p) => !(p >= 0 && p <= 1.001))) {
    throw new InputError({
      where: `motif ${motif.id}`,
      found: `a matrix of ${matrix.length} numbers for length ${length}`,
      expected: 'length × 4 probabilities, the bases A, C, G, T of each position together',
    });
  }
  const sites = motif.sites ?? defaultSites;
  const logOdds = new Float64Array(length * 4);
  const steps = new Int32Array(length * 4);
  for (let position = 0; position < length; position++) {
    let least = Infinity;
    for (let base = 0; base < 4; base++) {
      const q = background[base] ?? 0;
      const p =
        ((matrix[position * 4 + base] ?? 0) * sites + pseudocount * q) / (sites + pseudocount);
      const score = Math.log2(p / q);
      logOdds[position * 4 + base] = score;
      least = Math.min(least, score);
    }
    if (least === -Infinity) {
      throw new UsageError({
        where: `motif ${motif.id}, position ${position}`,
        found: 'a base of probability 0, whose score would be minus infinity',
        expected: 'a pseudocount above 0',
      });
    }
    for (let base = 0; base < 4; base++) {
      const score = logOdds[position * 4 + base] ?? 0;
      steps[position * 4 + base] = Math.round((score - least) / resolution);
    }
  }
  return { length, logOdds, steps, survival: survivalOf(steps, background) };
}

/** Probability, for each number of steps, that a background sequence reaches at least that many. */
function survivalOf(steps: Int32Array, background: readonly number[]): Float64Array {
  let probabilities = Float64Array.of(1);
  for (let at = 0; at < steps.length; at += 4) {
    const row = steps.subarray(at, at + 4);
    const next = new Float64Array(probabilities.length + Math.max(...row));
    for (let base = 0; base < 4; base++) {
      const shift = row[base] ?? 0;
      const q = background[base] ?? 0;
      for (let s = 0; s < probabilities.length; s++) {
        next[s + shift] = (next[s + shift] ?? 0) + q * (probabilities[s] ?? 0);
      }
    }
    probabilities = next;
  }
  // From the top down, where the probabilities are small, so that they do not drown in rounding.
  for (let s = probabilities.length - 2; s >= 0; s--) {
    probabilities[s] = (probabilities[s] ?? 0) + (probabilities[s + 1] ?? 0);
  }
  return probabilities;
}

/** Least number of steps whose p-value is at most `threshold`; `survival.length` if there is none. */
export function thresholdSteps({ survival }: MotifScores, threshold: number): number {
  let low = 0;
  let high = survival.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((survival[middle] ?? 0) <= threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The motif as it looks from the other strand. */
export function reverseComplementRows<T extends Float64Array | Int32Array>(rows: T): T {
  return rows.slice().reverse() as T;
}

/** Base frequencies of sequences with one pseudocount a base; unknown bases do not count. */
export function backgroundOf(sequences: readonly Uint8Array[]): number[] {
  const counts = new Float64Array(5);
  for (const tokens of sequences) {
    for (const token of tokens) counts[token] = (counts[token] ?? 0) + 1;
  }
  const known = [0, 1, 2, 3].map((base) => (counts[base] ?? 0) + 1);
  const total = known.reduce((sum, count) => sum + count, 0);
  return known.map((count) => count / total);
}

/** The mean of a background and its complement, which is the same on both strands. */
export function strandSymmetric(background: readonly number[]): number[] {
  return [0, 1, 2, 3].map((base) => ((background[base] ?? 0) + (background[3 - base] ?? 0)) / 2);
}
