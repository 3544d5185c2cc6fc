import {
  instantiateBandedAlignment,
  type BandedAlignmentExports,
} from './banded-alignment-module.ts';
import { ScalarBandedAligner } from './banded-alignment-scalar.ts';
import { ALIGNMENT_SCORES, type LocalAlignment } from './banded-alignment-scores.ts';

/** Scores and anti-diagonals are 16-bit numbers in the kernel: 2 × this stays below 2^15. */
const LONGEST_IN_KERNEL = 16_000;
/** Widest band in the kernel, to either side. */
const WIDEST_IN_KERNEL = 4_000;
/** Byte offsets in the memory of the kernel. */
const RESULT = 1024;
const STATE = 2048;
/** A letter that matches nothing: what lies outside of a sequence. */
const OUTSIDE = 255;

const { match, mismatch, gapOpen, gapExtend } = ALIGNMENT_SCORES;

/**
 * Aligns pairs of sequences within a band of diagonals (Gotoh 1982 with local ends, Smith and
 * Waterman 1981), with vector instructions; its memory is used again from pair to pair. An unknown
 * base matches nothing. Of alignments of equal score, the one that ends first in the query counts,
 * then the one that ends first in the target.
 */
export class BandedAligner {
  #kernel: BandedAlignmentExports | undefined;
  #bytes = new Uint8Array(0);
  #result = new Int32Array(0);
  readonly #scalar = new ScalarBandedAligner();

  /**
   * @param query DNA tokens
   * @param target DNA tokens
   * @param diagonal target place minus query place of the middle of the band
   * @param halfWidth diagonals to either side of it
   * @returns the best alignment, or undefined where no base of the band matches
   */
  align(
    query: Uint8Array,
    target: Uint8Array,
    diagonal: number,
    halfWidth: number,
  ): LocalAlignment | undefined {
    const longest = Math.max(query.length, target.length);
    if (longest > LONGEST_IN_KERNEL || halfWidth > WIDEST_IN_KERNEL) {
      return this.#scalar.align(query, target, diagonal, halfWidth);
    }
    // A band beside both sequences has no cell, wherever it is.
    if (Math.abs(diagonal) > longest + halfWidth) return undefined;
    const kernel = (this.#kernel ??= instantiateBandedAlignment());
    const stride = (halfWidth + 8) & ~7;
    const outside = stride + 16;
    const queryAt = STATE + kernel.stateSize(halfWidth) + outside;
    const targetAt = queryAt + query.length + 2 * outside;
    const stepsAt = (targetAt + target.length + outside + 15) & ~15;
    this.#grow(kernel, stepsAt + stride * (query.length + target.length));
    const bytes = this.#bytes;
    bytes.fill(OUTSIDE, queryAt - outside, queryAt);
    for (let at = queryAt, from = query.length - 1; from >= 0; at++, from--) {
      bytes[at] = query[from] as number;
    }
    bytes.fill(OUTSIDE, queryAt + query.length, targetAt);
    bytes.set(target, targetAt);
    bytes.fill(OUTSIDE, targetAt + target.length, targetAt + target.length + outside);
    const score = kernel.alignBanded(
      queryAt,
      query.length,
      targetAt,
      target.length,
      diagonal - halfWidth,
      halfWidth,
      match,
      mismatch,
      gapOpen,
      gapExtend,
      STATE,
      stepsAt,
      RESULT,
    );
    if (score === 0) return undefined;
    const [, matches, columns, queryStart, queryEnd, targetStart, targetEnd] = this
      .#result as unknown as [number, number, number, number, number, number, number];
    return { score, matches, columns, queryStart, queryEnd, targetStart, targetEnd };
  }

  #grow(kernel: BandedAlignmentExports, size: number): void {
    const missing = size - kernel.memory.buffer.byteLength;
    if (missing > 0) kernel.memory.grow(Math.ceil(missing / 2 ** 16));
    if (this.#bytes.buffer !== kernel.memory.buffer) {
      this.#bytes = new Uint8Array(kernel.memory.buffer);
      this.#result = new Int32Array(kernel.memory.buffer, RESULT, 7);
    }
  }
}
