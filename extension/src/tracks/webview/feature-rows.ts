import { RowPacker } from '../pack-rows.ts';
import type { Feature } from '../track-types.ts';

/** Where features go, from top to bottom. */
export interface FeatureLayout {
  /** Row of each feature, in their order; −1 where there is no room. */
  readonly rows: Int32Array;
  readonly rowCount: number;
  readonly rowHeight: number;
  readonly hasLabels: boolean;
}

/** What features are laid out for. */
export interface FeatureSpace {
  readonly chrom: string;
  readonly height: number;
  readonly pixelsPerBase: number;
  /** Pixels of the label of a feature; 0 where it has none. */
  readonly labelWidth: (feature: Feature) => number;
}

/** Heights of rows, from roomy to tight: few, so that they stay while the view moves. */
const WITH_LABELS = [18, 13] as const;
const WITHOUT_LABELS = [12, 8, 4] as const;
/** Pixels of free space behind a feature and its label, and behind one that has none. */
const GAP = 4;
const LABEL_GAP = 10;
const TIGHT_GAP = 2;

/**
 * Lays out the features of a track, with labels where there is room for them. While the view moves along a
 * contig, features stay in their rows and rows keep their height or become tighter; another zoom or
 * height begins anew.
 */
export class FeatureRows {
  #labelled = new RowPacker();
  #plain = new RowPacker();
  #space = '';
  #least = Infinity;
  #features: readonly Feature[] | undefined;
  #layout: FeatureLayout | undefined;

  place(features: readonly Feature[], space: FeatureSpace): FeatureLayout {
    const { chrom, height, pixelsPerBase, labelWidth } = space;
    const key = `${chrom} ${String(height)} ${pixelsPerBase.toPrecision(8)}`;
    if (key !== this.#space) {
      this.#space = key;
      this.#labelled = new RowPacker();
      this.#plain = new RowPacker();
      this.#least = Infinity;
    } else if (features === this.#features && this.#layout !== undefined) return this.#layout;
    const fits = (heights: readonly number[], count: number): number | undefined =>
      heights.find((each) => each <= this.#least && each * count <= height);
    let layout: FeatureLayout | undefined;
    if (this.#least >= Math.min(...WITH_LABELS)) {
      const rows = this.#labelled.pack(features, {
        room: (feature) => {
          const width = labelWidth(feature);
          return (width === 0 ? GAP : width + LABEL_GAP) / pixelsPerBase;
        },
      });
      const rowCount = countOf(rows);
      const rowHeight = fits(WITH_LABELS, rowCount);
      if (rowHeight !== undefined) layout = { rows, rowCount, rowHeight, hasLabels: true };
    }
    if (layout === undefined) {
      const rows = this.#plain.pack(features, { room: () => TIGHT_GAP / pixelsPerBase });
      const rowCount = countOf(rows);
      const rowHeight = fits(WITHOUT_LABELS, rowCount) ?? Math.min(...WITHOUT_LABELS);
      layout = { rows, rowCount, rowHeight, hasLabels: false };
    }
    this.#least = layout.rowHeight;
    this.#features = features;
    this.#layout = layout;
    return layout;
  }
}

const countOf = (rows: Int32Array): number =>
  rows.reduce((most, row) => Math.max(most, row + 1), 0);
