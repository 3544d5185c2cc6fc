import { ALIGNMENT_SCORES, type LocalAlignment } from './banded-alignment-scores.ts';

const NONE = -(2 ** 28);
const { match, mismatch, gapOpen, gapExtend } = ALIGNMENT_SCORES;

/** Where a cell comes from (lowest two bits), and whether its gaps go on from a gap. */
const STOP = 0;
const DIAGONAL = 1;
const FROM_ROW = 2;
const FROM_COLUMN = 3;
const ROW_GOES_ON = 4;
const COLUMN_GOES_ON = 8;

/**
 * Aligns pairs of sequences of any length, one cell at a time; its memory is used again from pair
 * to pair. See `BandedAligner`, which is faster where sequences are short enough.
 */
export class ScalarBandedAligner {
  #steps = new Uint8Array(0);
  #best = new Int32Array(0);
  #gaps = new Int32Array(0);

  /**
   * @param diagonal target place minus query place of the middle of the band
   * @param halfWidth diagonals to either side of it
   */
  align(
    query: Uint8Array,
    target: Uint8Array,
    diagonal: number,
    halfWidth: number,
  ): LocalAlignment | undefined {
    const width = 2 * halfWidth + 1;
    const rows = query.length;
    if (this.#best.length < width + 2) {
      this.#best = new Int32Array(width + 2);
      this.#gaps = new Int32Array(width + 2);
    }
    if (this.#steps.length < rows * width) this.#steps = new Uint8Array(rows * width);
    const best = this.#best.fill(0);
    const gaps = this.#gaps.fill(NONE);
    const steps = this.#steps;
    let top = 0;
    let topCell = -1;
    // Column c of the band is target place row + diagonal − halfWidth + c. From row to row the same
    // target place moves one column to the left: what lies above a cell is at c + 1.
    const offset = diagonal - halfWidth;
    const firstRow = Math.max(0, -offset - width + 1);
    const endRow = Math.min(rows, target.length - offset);
    for (let row = firstRow; row < endRow; row++) {
      const base = query[row] as number;
      const from = Math.max(0, -(row + offset));
      const to = Math.min(width, target.length - row - offset);
      let rowGap = NONE;
      let left = 0;
      // Right of the last column nothing was computed.
      best[width] = 0;
      gaps[width] = NONE;
      let cell = row * width + from;
      let place = row + offset + from;
      for (let c = from; c < to; c++, cell++, place++) {
        const same = base === target[place] && base < 4;
        let score = (place === 0 ? 0 : (best[c] as number)) + (same ? match : mismatch);
        let step = DIAGONAL;
        const rowOpen = left + gapOpen;
        let flags = 0;
        if (rowGap > rowOpen) flags = ROW_GOES_ON;
        else rowGap = rowOpen;
        rowGap += gapExtend;
        let columnGap = gaps[c + 1] as number;
        const columnOpen = (best[c + 1] as number) + gapOpen;
        if (columnGap > columnOpen) flags |= COLUMN_GOES_ON;
        else columnGap = columnOpen;
        columnGap += gapExtend;
        gaps[c] = columnGap;
        if (rowGap > score) {
          score = rowGap;
          step = FROM_ROW;
        }
        if (columnGap > score) {
          score = columnGap;
          step = FROM_COLUMN;
        }
        if (score <= 0) {
          score = 0;
          step = STOP;
        } else if (score > top) {
          top = score;
          topCell = cell;
        }
        best[c] = score;
        left = score;
        steps[cell] = step | flags;
      }
    }
    if (topCell < 0) return undefined;
    return this.#trace(query, target, topCell, width, offset, top);
  }

  #trace(
    query: Uint8Array,
    target: Uint8Array,
    topCell: number,
    width: number,
    offset: number,
    score: number,
  ): LocalAlignment {
    const steps = this.#steps;
    let row = Math.floor(topCell / width);
    let place = row + offset + (topCell % width);
    const queryEnd = row + 1;
    const targetEnd = place + 1;
    let matches = 0;
    let columns = 0;
    while (row >= 0 && place >= 0) {
      const step = steps[row * width + place - row - offset] as number;
      const kind = step & 3;
      if (kind === STOP) break;
      if (kind === DIAGONAL) {
        if (query[row] === target[place] && (query[row] as number) < 4) matches++;
        columns++;
        row--;
        place--;
        continue;
      }
      const goesOn = kind === FROM_ROW ? ROW_GOES_ON : COLUMN_GOES_ON;
      for (let flags = step; ;) {
        columns++;
        if (kind === FROM_ROW) place--;
        else row--;
        if ((flags & goesOn) === 0) break;
        flags = steps[row * width + place - row - offset] as number;
      }
    }
    return {
      score,
      matches,
      columns,
      queryStart: row + 1,
      queryEnd,
      targetStart: place + 1,
      targetEnd,
    };
  }
}
