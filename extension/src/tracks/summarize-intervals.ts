import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';
import { RegionIndex } from './region-index.ts';
import { STRANDS, type RowTable } from './row-table.ts';
import type { IntervalSummary } from './track-types.ts';

/** Bars of the histogram of lengths at most. */
const BARS = 24;
/** Rows that are counted without a pause. */
const TURN = 1 << 17;

/** Figures about all records of a file. */
export async function summarizeIntervals(
  table: RowTable,
  options: LongWorkOptions = {},
): Promise<IntervalSummary> {
  const { contig, start, end, strand, contigs } = table;
  const rows = contig.length;
  const pause = async (done: number): Promise<void> => {
    options.progress?.({ task: 'counting', done, total: 2 * rows, unit: 'rows' });
    await yieldToEventLoop();
    throwIfAborted(options.signal, 'counting');
  };
  const perContig = contigs.map(({ name }) => ({ name, rows: 0, bases: 0 }));
  const strands: Record<string, number> = {};
  const lengths = new Float64Array(rows);
  const seen = new Uint8Array(contigs.length);
  let sorted = true;
  for (let row = 0; row < rows; row++) {
    const id = contig[row] ?? 0;
    const length = (end[row] ?? 0) - (start[row] ?? 0);
    lengths[row] = length;
    const counts = perContig[id];
    if (counts !== undefined) {
      counts.rows++;
      counts.bases += length;
    }
    const sign = STRANDS[strand[row] ?? 0] ?? '.';
    strands[sign] = (strands[sign] ?? 0) + 1;
    const isNext = row > 0 && contig[row - 1] === id;
    if (isNext ? (start[row] ?? 0) < (start[row - 1] ?? 0) : seen[id] === 1) sorted = false;
    seen[id] = 1;
    if (row % TURN === TURN - 1) await pause(row + 1);
  }
  const { order } = await RegionIndex.of(table, contigs.length, options);
  const isOverlapping = new Uint8Array(rows);
  let duplicates = 0;
  let reaching = 0;
  // One bit for each strand of the records so far that have the same start and end.
  let strandsHere = 0;
  for (let i = 0; i < rows; i++) {
    const row = order[i] ?? 0;
    const before = order[i - 1] ?? 0;
    const isNewContig = i === 0 || contig[before] !== contig[row];
    if (isNewContig || start[before] !== start[row] || end[before] !== end[row]) strandsHere = 0;
    const bit = 1 << (strand[row] ?? 0);
    if ((strandsHere & bit) !== 0) duplicates++;
    strandsHere |= bit;
    if (isNewContig) reaching = i;
    const longest = order[reaching] ?? 0;
    // A record that reaches farthest overlaps where any of those before does.
    if ((end[row] ?? 0) > (start[row] ?? 0)) {
      if (reaching !== i && (end[longest] ?? 0) > (start[row] ?? 0)) {
        isOverlapping[row] = 1;
        isOverlapping[longest] = 1;
      }
      if ((end[row] ?? 0) > (end[longest] ?? 0)) reaching = i;
    }
    if (i % TURN === TURN - 1) await pause(rows + i + 1);
  }
  lengths.sort();
  return {
    rows,
    perContig: perContig.filter((counts) => counts.rows > 0),
    lengths: {
      min: lengths[0] ?? 0,
      median: median(lengths),
      mean: rows === 0 ? 0 : lengths.reduce((sum, length) => sum + length, 0) / rows,
      max: lengths[rows - 1] ?? 0,
      histogram: histogram(lengths),
    },
    overlapping: isOverlapping.reduce((sum, is) => sum + is, 0),
    duplicates,
    sorted,
    strands,
  };
}

function median(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Bars of equal width; of growing width where the longest is a hundred times the usual length. */
function histogram(sorted: Float64Array): { from: number; to: number; count: number }[] {
  const min = sorted[0] ?? 0;
  const max = sorted[sorted.length - 1] ?? 0;
  if (sorted.length === 0) return [];
  const isSkewed = max > 100 * Math.max(1, median(sorted)) || max > 1000 * Math.max(1, min);
  const edges = isSkewed ? growingEdges(min, max) : equalEdges(min, max);
  const bars = edges.map((from, i) => ({ from, to: (edges[i + 1] ?? max + 1) - 1, count: 0 }));
  let bar = 0;
  for (const length of sorted) {
    while (bar < bars.length - 1 && length > (bars[bar]?.to ?? Infinity)) bar++;
    const current = bars[bar];
    if (current !== undefined) current.count++;
  }
  return bars;
}

function equalEdges(min: number, max: number): number[] {
  const width = niceWidth((max - min + 1) / BARS);
  const first = Math.floor(min / width) * width;
  const edges: number[] = [];
  for (let edge = first; edge <= max; edge += width) edges.push(edge);
  return edges;
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function niceWidth(width: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, width)));
  for (const factor of [1, 2, 5]) if (factor * power >= width) return factor * power;
  return 10 * power;
}

/** 0, 1, 2, 5, 10, 20, 50, … */
function growingEdges(min: number, max: number): number[] {
  const edges = [0];
  for (let power = 1; power <= max; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power <= max) edges.push(factor * power);
  }
  const first = edges.findLastIndex((edge) => edge <= min);
  return edges.slice(Math.max(0, first));
}
