import type { Motif } from '../formats/motifs.ts';
import { reverseComplementRows } from './motif-scores.ts';

/** How two motifs lie best against each other. */
export interface MotifSimilarity {
  /** Correlation in [−1, 1]; 1 for equal motifs. */
  readonly correlation: number;
  /** Where the second motif starts in the first. */
  readonly offset: number;
  /** Strand of the second motif. */
  readonly strand: '+' | '-';
}

/**
 * Similarity of two motifs: the correlation of their columns, each minus 0.25, over the best offset
 * and strand. Columns that lie opposite nothing count as uniform, so that a short overlap of two
 * long motifs scores low.
 *
 * @example
 * motifSimilarity(tata, tataLong).correlation; // 0.93
 */
export function motifSimilarity(a: Motif, b: Motif): MotifSimilarity {
  const centredA = a.matrix.map((p) => p - 0.25);
  const centredB = b.matrix.map((p) => p - 0.25);
  const norm = Math.sqrt(sumOfSquares(centredA) * sumOfSquares(centredB));
  let best: MotifSimilarity = { correlation: -1, offset: 0, strand: '+' };
  for (const strand of ['+', '-'] as const) {
    const other = strand === '+' ? centredB : reverseComplementRows(centredB);
    for (let offset = 1 - b.length; offset < a.length; offset++) {
      let product = 0;
      const from = Math.max(0, offset);
      const to = Math.min(a.length, offset + b.length);
      for (let at = from * 4; at < to * 4; at++) {
        product += (centredA[at] ?? 0) * (other[at - offset * 4] ?? 0);
      }
      const correlation = norm > 0 ? product / norm : 0;
      if (correlation > best.correlation) best = { correlation, offset, strand };
    }
  }
  return best;
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/**
 * Groups motifs by similarity, in the given order: a motif joins the first group whose first motif
 * it resembles, or begins a group.
 *
 * @param minimumCorrelation default 0.8
 * @returns group number of each motif, counted from 0 in order of appearance
 */
export function groupMotifs(motifs: readonly Motif[], minimumCorrelation = 0.8): number[] {
  const leaders: Motif[] = [];
  return motifs.map((motif) => {
    const group = leaders.findIndex(
      (leader) => motifSimilarity(leader, motif).correlation >= minimumCorrelation,
    );
    if (group >= 0) return group;
    leaders.push(motif);
    return leaders.length - 1;
  });
}
