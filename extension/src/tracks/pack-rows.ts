/** What is packed. */
export interface PackedFeature {
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/** Options of {@link RowPacker.pack}. */
export interface PackOptions<T> {
  /** Bases that are kept free behind a feature, for its label and a gap. */
  readonly room: (feature: T) => number;
  /** Rows at most. Default 1,000. */
  readonly most?: number;
}

/** Features of one row by start, which do not overlap. */
type Lane = { readonly start: number; readonly end: number }[];

/**
 * Puts features that overlap into rows below each other. A feature that was there before stays in its
 * row while the view moves, unless another zoom leaves no room for it.
 */
export class RowPacker {
  #lanes = new Map<string, number>();

  /** @returns the row of each feature from 0; −1 where all are full */
  pack<T extends PackedFeature>(
    features: readonly T[],
    { room, most = 1000 }: PackOptions<T>,
  ): Int32Array {
    const rows = new Int32Array(features.length).fill(-1);
    const lanes: Lane[] = [];
    const kept = new Map<string, number>();
    const put = (place: number, lane: number): boolean => {
      const feature = features[place];
      if (feature === undefined || lane >= most) return false;
      while (lanes.length <= lane) lanes.push([]);
      const end = Math.max(feature.end, feature.start + 1) + room(feature);
      if (!insert(lanes[lane] ?? [], feature.start, end)) return false;
      rows[place] = lane;
      kept.set(keyOf(feature), lane);
      return true;
    };
    const order = Array.from(features.keys()).sort((a, b) => {
      const [x, y] = [features[a], features[b]];
      return (x?.start ?? 0) - (y?.start ?? 0) || (y?.end ?? 0) - (x?.end ?? 0) || a - b;
    });
    const others = order.filter((place) => {
      const feature = features[place];
      const before = feature === undefined ? undefined : this.#lanes.get(keyOf(feature));
      return before === undefined || !put(place, before);
    });
    for (const place of others) {
      let lane = 0;
      while (lane < Math.min(most, lanes.length + 1) && !put(place, lane)) lane++;
    }
    this.#lanes = kept;
    return rows;
  }
}

/** A transcript has one place; the ends of a pair have two. */
const keyOf = ({ row, start }: PackedFeature): string => `${String(row)}:${String(start)}`;

/** Puts a feature into a row where there is room. */
function insert(lane: Lane, start: number, end: number): boolean {
  let low = 0;
  let high = lane.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lane[middle]?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  if ((lane[low - 1]?.end ?? -Infinity) > start || (lane[low]?.start ?? Infinity) < end)
    return false;
  lane.splice(low, 0, { start, end });
  return true;
}
