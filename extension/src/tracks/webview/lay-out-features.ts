import type { Feature } from '../track-types.ts';

/** Features in rows in which none touches another. */
export interface FeatureLayout {
  /** Row of each feature, in their order. */
  readonly rows: Int32Array;
  readonly rowCount: number;
}

/**
 * Gives each feature the first row with room, from left to right; `room` bases are kept free behind it,
 * for its label and a gap.
 */
export function layOutFeatures(
  features: readonly Feature[],
  room: (feature: Feature) => number,
): FeatureLayout {
  const rows = new Int32Array(features.length);
  const order = features
    .map((_, index) => index)
    .sort((a, b) => {
      const [one, other] = [features[a], features[b]];
      if (one === undefined || other === undefined) return 0;
      return one.start - other.start || other.end - one.end || one.row - other.row;
    });
  const ends: number[] = [];
  for (const index of order) {
    const feature = features[index];
    if (feature === undefined) continue;
    let row = ends.findIndex((end) => end <= feature.start);
    if (row < 0) row = ends.length;
    ends[row] = Math.max(feature.end, feature.start + 1) + room(feature);
    rows[index] = row;
  }
  return { rows, rowCount: ends.length };
}
