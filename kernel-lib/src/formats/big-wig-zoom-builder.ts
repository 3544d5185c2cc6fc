import { ZOOM_RECORD_BYTES } from './big-wig-sections.ts';
import type { EncodedSection } from './big-wig-section-encoder.ts';

/** Summaries of a block of a zoom level at most. */
export const ZOOM_BLOCK_ITEMS = 512;
/** Bases of a summary of the finest level that is ever tried, and how they grow from level to level. */
const FINEST = 10;
const GROWTH = 4;
/** Levels that are tried: the coarsest summary that 32 bits can name. */
const TRIED = 15;

/** Counts how many summaries each resolution would have. */
export class ZoomCounter {
  readonly #reductions = Array.from({ length: TRIED }, (_, i) => FINEST * GROWTH ** i);
  readonly #cells = new Float64Array(TRIED);
  readonly #lastCell = new Float64Array(TRIED).fill(-1);

  /** Adds a stretch with values, after all that were added. */
  add(start: number, end: number): void {
    for (let level = 0; level < TRIED; level++) {
      const reduction = this.#reductions[level] ?? 1;
      const first = Math.floor(start / reduction);
      const last = Math.floor((end - 1) / reduction);
      const fresh = last - first + (first === this.#lastCell[level] ? 0 : 1);
      // The cells of the next level are made of these: nothing new there either.
      if (fresh === 0) return;
      this.#cells[level] = (this.#cells[level] ?? 0) + fresh;
      this.#lastCell[level] = last;
    }
  }

  /** The next stretches are of another contig. */
  nextContig(): void {
    this.#lastCell.fill(-1);
  }

  /**
   * The resolutions to be written, as UCSC's tools choose them: from the first that halves the number of
   * items, each four times as coarse as the one before, as long as there is something to gain.
   *
   * @param items items of the data
   */
  choose(items: number, most: number): number[] {
    const chosen: number[] = [];
    let before = items / 2;
    for (const [level, reduction] of this.#reductions.entries()) {
      const cells = this.#cells[level] ?? 0;
      if (chosen.length === most || (chosen.length > 0 && cells >= before)) break;
      if (cells > before) continue;
      chosen.push(reduction);
      before = cells;
    }
    return chosen;
  }
}

/** A summary that is being made. */
interface Level {
  readonly reduction: number;
  /** End of the grid's cell that the summary belongs to; 0 before the first one. */
  cellEnd: number;
  start: number;
  end: number;
  covered: number;
  min: number;
  max: number;
  sum: number;
  sumSquares: number;
  bytes: Uint8Array;
  count: number;
  blockStart: number;
}

/** A block of summaries that is ready to be compressed, and the level that it belongs to. */
export interface ZoomBlock extends EncodedSection {
  readonly level: number;
}

/**
 * Makes the summaries of all zoom levels from ascending items. A summary covers what lies in a cell of
 * a grid, from its first to its last base with a value.
 */
export class BigWigZoomBuilder {
  readonly #levels: Level[];
  #id = -1;
  #ready: ZoomBlock[] = [];

  /** @param reductions each four times the one before */
  constructor(reductions: readonly number[]) {
    this.#levels = reductions.map((reduction) => ({
      reduction,
      cellEnd: 0,
      start: 0,
      end: 0,
      covered: 0,
      min: 0,
      max: 0,
      sum: 0,
      sumSquares: 0,
      bytes: new Uint8Array(ZOOM_BLOCK_ITEMS * ZOOM_RECORD_BYTES),
      count: 0,
      blockStart: 0,
    }));
  }

  /** Blocks that became ready since the last call. */
  take(): ZoomBlock[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  add(id: number, start: number, end: number, value: number): void {
    if (id !== this.#id) {
      this.flush();
      this.#id = id;
    }
    const finest = this.#levels[0];
    if (finest === undefined) return;
    for (let from = start; from < end;) {
      if (from >= finest.cellEnd) this.#close(0, from);
      const to = Math.min(end, finest.cellEnd);
      const bases = to - from;
      merge(finest, from, to, bases, value, value, bases * value, bases * value * value);
      from = to;
    }
  }

  /** Ends all summaries and blocks. */
  flush(): void {
    for (const [index, level] of this.#levels.entries()) {
      this.#close(index, 0);
      this.#emit(index, level);
      level.cellEnd = 0;
    }
  }

  /** Ends the summary of a level and begins that of the cell with a position. */
  #close(index: number, position: number): void {
    const level = this.#levels[index];
    if (level === undefined) return;
    if (level.covered > 0) {
      this.#store(index, level);
      const next = this.#levels[index + 1];
      if (next !== undefined) {
        if (level.start >= next.cellEnd) this.#close(index + 1, level.start);
        const { start, end, covered, min, max, sum, sumSquares } = level;
        merge(next, start, end, covered, min, max, sum, sumSquares);
      }
    }
    level.covered = 0;
    level.sum = 0;
    level.sumSquares = 0;
    level.cellEnd = (Math.floor(position / level.reduction) + 1) * level.reduction;
  }

  #store(index: number, level: Level): void {
    if (level.count === ZOOM_BLOCK_ITEMS) this.#emit(index, level);
    if (level.count === 0) level.blockStart = level.start;
    const at = level.count * ZOOM_RECORD_BYTES;
    const view = new DataView(level.bytes.buffer);
    view.setUint32(at, this.#id, true);
    view.setUint32(at + 4, level.start, true);
    view.setUint32(at + 8, level.end, true);
    view.setUint32(at + 12, level.covered, true);
    view.setFloat32(at + 16, level.min, true);
    view.setFloat32(at + 20, level.max, true);
    view.setFloat32(at + 24, level.sum, true);
    view.setFloat32(at + 28, level.sumSquares, true);
    level.count++;
  }

  #emit(index: number, level: Level): void {
    if (level.count === 0) return;
    const bytes = level.bytes.slice(0, level.count * ZOOM_RECORD_BYTES);
    const end = new DataView(bytes.buffer).getUint32(bytes.length - ZOOM_RECORD_BYTES + 8, true);
    this.#ready.push({ level: index, id: this.#id, start: level.blockStart, end, bytes });
    level.count = 0;
  }
}

function merge(
  level: Level,
  start: number,
  end: number,
  covered: number,
  min: number,
  max: number,
  sum: number,
  sumSquares: number,
): void {
  if (level.covered === 0) {
    level.start = start;
    level.min = min;
    level.max = max;
  } else {
    if (min < level.min) level.min = min;
    if (max > level.max) level.max = max;
  }
  level.end = end;
  level.covered += covered;
  level.sum += sum;
  level.sumSquares += sumSquares;
}
