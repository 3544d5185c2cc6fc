import { ALIGNMENT_SCORES, type LocalAlignment } from './banded-alignment-scores.ts';

const { match, mismatch } = ALIGNMENT_SCORES;

/**
 * The best local alignment without gaps on one diagonal: a hundredth of the work of a banded one,
 * and enough to see that alleles of one gene are alike.
 *
 * @param diagonal target place minus query place
 */
export function alignUngapped(
  query: Uint8Array,
  target: Uint8Array,
  diagonal: number,
): LocalAlignment | undefined {
  const from = Math.max(0, -diagonal);
  const to = Math.min(query.length, target.length - diagonal);
  let score = 0;
  let start = from;
  let matches = 0;
  let best = 0;
  let bestStart = from;
  let bestEnd = from;
  let bestMatches = 0;
  for (let at = from; at < to; at++) {
    const base = query[at] as number;
    if (base === target[at + diagonal] && base < 4) {
      score += match;
      matches++;
    } else score += mismatch;
    if (score <= 0) {
      score = 0;
      start = at + 1;
      matches = 0;
    } else if (score > best) {
      best = score;
      bestStart = start;
      bestEnd = at + 1;
      bestMatches = matches;
    }
  }
  if (best === 0) return undefined;
  return {
    score: best,
    matches: bestMatches,
    columns: bestEnd - bestStart,
    queryStart: bestStart,
    queryEnd: bestEnd,
    targetStart: bestStart + diagonal,
    targetEnd: bestEnd + diagonal,
  };
}
