import type { MotifHit } from './motif-scan.ts';
import type { Contributions, Seqlet } from './seqlets.ts';

/** Where the hits of one motif lie. */
export interface HitPlaces {
  readonly inside: number;
  readonly outside: number;
  /** Mean signed contribution of a base under the hits; NaN without hits. */
  readonly meanAttribution: number;
  /** The same under the hits inside. */
  readonly meanAttributionInside: number;
  /** Sequences with a hit inside. */
  readonly sequencesInside: number;
}

/** 1 for each position `[count, length]` that lies in a site. */
export function markSites(sites: readonly Seqlet[], attribution: Contributions): Uint8Array {
  const mask = new Uint8Array(attribution.count * attribution.length);
  for (const { sequence, start, end } of sites) {
    mask.fill(1, sequence * attribution.length + start, sequence * attribution.length + end);
  }
  return mask;
}

/**
 * Of hits of one motif that overlap, on either strand, keeps the best: palindromes and repeats would
 * otherwise count one place many times.
 *
 * @param hits by motif, then sequence, as `scanMotifs` gives them
 */
export function keepBestHits(hits: readonly MotifHit[]): MotifHit[] {
  const kept: MotifHit[] = [];
  for (let first = 0; first < hits.length;) {
    const { motif, sequence } = hits[first] as MotifHit;
    let last = first;
    while (hits[last]?.motif === motif && hits[last]?.sequence === sequence) last++;
    const best = hits.slice(first, last).sort((a, b) => a.pValue - b.pValue || a.start - b.start);
    const own: MotifHit[] = [];
    for (const hit of best) {
      if (own.every((other) => hit.end <= other.start || other.end <= hit.start)) own.push(hit);
    }
    own.sort((a, b) => a.start - b.start);
    kept.push(...own);
    first = last;
  }
  return kept;
}

function isInside(mask: Uint8Array, at: number, start: number, end: number): boolean {
  return mask[at + ((start + end) >> 1)] === 1;
}

/** Counts hits inside and outside sites; hits beyond the attributed positions do not count. */
export function placeHits(
  motifs: number,
  hits: readonly MotifHit[],
  mask: Uint8Array,
  attribution: Contributions,
): HitPlaces[] {
  const counts = Array.from({ length: motifs }, () => ({
    inside: 0,
    outside: 0,
    sumInside: 0,
    sumOutside: 0,
    sequences: new Set<number>(),
  }));
  for (const { motif, sequence, start, end } of hits) {
    const count = counts[motif];
    if (count === undefined || start < attribution.start || end > attribution.end) continue;
    const at = sequence * attribution.length;
    let sum = 0;
    for (let i = start; i < end; i++) sum += attribution.contributions[at + i] ?? 0;
    if (isInside(mask, at, start, end)) {
      count.inside++;
      count.sumInside += sum / (end - start);
      count.sequences.add(sequence);
    } else {
      count.outside++;
      count.sumOutside += sum / (end - start);
    }
  }
  return counts.map(({ inside, outside, sumInside, sumOutside, sequences }) => ({
    inside,
    outside,
    meanAttribution: (sumInside + sumOutside) / (inside + outside),
    meanAttributionInside: sumInside / inside,
    sequencesInside: sequences.size,
  }));
}

/** Numbers of windows of one length. */
export interface WindowCounts {
  readonly inside: number;
  readonly outside: number;
}

/**
 * Counts windows of known bases whose middle lies inside sites, and outside, on one strand; each
 * length is counted once, because motifs share few lengths.
 */
export function windowCounter(
  tokens: readonly Uint8Array[],
  mask: Uint8Array,
  attribution: Contributions,
): (length: number) => WindowCounts {
  const counted = new Map<number, WindowCounts>();
  return (length) => {
    const before = counted.get(length);
    if (before !== undefined) return before;
    const counts = { inside: 0, outside: 0 };
    tokens.forEach((sequence, index) => {
      let known = 0;
      for (let i = attribution.start; i < attribution.end; i++) {
        known = (sequence[i] ?? 4) < 4 ? known + 1 : 0;
        if (known < length) continue;
        const inside = isInside(mask, index * attribution.length, i + 1 - length, i + 1);
        if (inside) counts.inside++;
        else counts.outside++;
      }
    });
    counted.set(length, counts);
    return counts;
  };
}
