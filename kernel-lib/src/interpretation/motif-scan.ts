import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { Motif } from '../formats/motifs.ts';
import { adjustPValues } from './adjust-p-values.ts';
import {
  backgroundOf,
  motifScores,
  reverseComplementRows,
  strandSymmetric,
  thresholdSteps,
  type MotifScores,
} from './motif-scores.ts';

/** Options of `scanMotifs`. */
export interface MotifScanOptions extends LongWorkOptions {
  /** Largest p-value of a hit; default 1e-4. */
  readonly threshold?: number;
  /**
   * Base probabilities outside motifs: `sequences` (default) counts them in the scanned sequences,
   * `uniform` is 0.25 each, or four probabilities. With both strands it is averaged with its
   * complement.
   */
  readonly background?: 'sequences' | 'uniform' | readonly number[];
  /** Strands to scan; default `both`. */
  readonly strands?: 'both' | 'forward';
  /** Pseudocount of the log-odds scores (see `motifScores`); default 0.1. */
  readonly pseudocount?: number;
  /**
   * Step of the discretised scores in bits; default 0.01. A hit's discretised score, from which its
   * p-value comes, is at most half a step a position away from the exact one.
   */
  readonly resolution?: number;
}

/** A place where a sequence matches a motif. */
export interface MotifHit {
  /** Index of the motif in the call. */
  readonly motif: number;
  /** Index of the sequence in the call. */
  readonly sequence: number;
  /** First base (0-based), on the forward strand also for hits on the reverse. */
  readonly start: number;
  /** End (excluded). */
  readonly end: number;
  readonly strand: '+' | '-';
  /** Log-odds score in bits. */
  readonly score: number;
  /** Probability that a background window scores at least this much. */
  readonly pValue: number;
  /** False discovery rate at which this hit is found, among all windows of its motif. */
  readonly qValue: number;
  /** False discovery rate at which this hit is found, among all windows of all motifs. */
  readonly overallQValue: number;
}

/** Result of `scanMotifs`. */
export interface MotifScan {
  /** Hits by motif, then sequence, then start, `+` before `-`. */
  readonly hits: readonly MotifHit[];
  /** Windows that were tested for each motif, on all strands; windows with unknown bases are not. */
  readonly windows: readonly number[];
  /** The base probabilities that were used. */
  readonly background: readonly number[];
  readonly threshold: number;
}

/** Bases that one table look-up covers: 4⁶ scores of four bytes stay in the fastest cache. */
const groupSize = 6;
const tableSize = 4 ** groupSize;

const optionNames = [
  ...['threshold', 'background', 'strands', 'pseudocount', 'resolution'],
  ...['signal', 'progress'],
];

/** One strand of a motif, prepared for scanning. */
interface Scanner {
  readonly strand: '+' | '-';
  readonly logOdds: Float64Array;
  /** Score of each group of bases by its code; most informative group first. */
  readonly tables: readonly Int32Array[];
  /** Offset in the window of each group. */
  readonly offsets: Int32Array;
  /** What the groups so far must reach for the window to reach the threshold. */
  readonly bounds: Int32Array;
}

/**
 * Finds matches of motifs in sequences with exact p-values, as FIMO does (Grant et al. 2011,
 * Bioinformatics 27:1017). q-values are Benjamini and Hochberg's.
 *
 * @param motifs probability matrices, for example from `readMotifs`
 * @param tokens sequences of any lengths
 * @throws UsageError on a bad option, InputError on a malformed motif
 * @example
 * const { hits } = await scanMotifs(motifs, [encodeSequence('ACGTACGT')], { threshold: 1e-4 });
 */
export async function scanMotifs(
  motifs: readonly Motif[],
  tokens: readonly Uint8Array[],
  options: MotifScanOptions = {},
): Promise<MotifScan> {
  const where = 'motif scan';
  checkOptionNames(options, optionNames, where);
  const { threshold = 1e-4, strands = 'both', pseudocount = 0.1, resolution = 0.01 } = options;
  checkNumbers(threshold, pseudocount, resolution);
  if (!['both', 'forward'].includes(strands)) {
    throw new UsageError({ where, found: `strands '${strands}'`, expected: "'both' or 'forward'" });
  }
  const background = chooseBackground(options.background ?? 'sequences', tokens, strands);
  const prepared = tokens.map(prepareSequence);
  const hits: MotifHit[] = [];
  const windows: number[] = [];
  const windowsByLength = new Map<number, number>();

  for (const [index, motif] of motifs.entries()) {
    throwIfAborted(options.signal, where);
    const scores = motifScores(motif, { background, pseudocount, resolution });
    const { length } = scores;
    const valid = windowsByLength.get(length) ?? countWindows(tokens, length);
    windowsByLength.set(length, valid);
    windows.push(valid * (strands === 'both' ? 2 : 1));

    const minimum = thresholdSteps(scores, threshold);
    if (minimum < scores.survival.length) {
      const scanners = [makeScanner(scores, '+', minimum)];
      if (strands === 'both') scanners.push(makeScanner(scores, '-', minimum));
      const found: MotifHit[] = [];
      for (const [sequence, own] of prepared.entries()) {
        const before = found.length;
        for (const scanner of scanners) {
          scan(scanner, own, length, (start, steps) => {
            found.push({
              motif: index,
              sequence,
              start,
              end: start + length,
              strand: scanner.strand,
              score: windowScore(scanner.logOdds, tokens[sequence] ?? new Uint8Array(0), start),
              pValue: scores.survival[steps] ?? 1,
              qValue: 1,
              overallQValue: 1,
            });
          });
        }
        if (found.length > before + 1) {
          const ordered = found.slice(before).sort((a, b) => a.start - b.start);
          ordered.forEach((hit, i) => (found[before + i] = hit));
        }
      }
      const adjusted = adjustPValues(
        found.map(({ pValue }) => pValue),
        windows[index],
      );
      found.forEach((hit, i) => hits.push({ ...hit, qValue: adjusted[i] ?? 1 }));
    }
    options.progress?.({ task: where, done: index + 1, total: motifs.length, unit: 'motifs' });
    await yieldToEventLoop();
  }
  const overall = adjustPValues(
    hits.map(({ pValue }) => pValue),
    windows.reduce((sum, count) => sum + count, 0),
  );
  return {
    hits: hits.map((hit, i) => ({ ...hit, overallQValue: overall[i] ?? 1 })),
    windows,
    background,
    threshold,
  };
}

function checkNumbers(threshold: number, pseudocount: number, resolution: number): void {
  const where = 'motif scan';
  if (!(threshold > 0 && threshold <= 1)) {
    throw new UsageError({
      where,
      found: `threshold ${threshold}`,
      expected: 'a number in (0, 1]',
    });
  }
  if (!(pseudocount >= 0 && pseudocount < Infinity)) {
    throw new UsageError({ where, found: `pseudocount ${pseudocount}`, expected: 'at least 0' });
  }
  if (!(resolution >= 1e-4 && resolution <= 1)) {
    throw new UsageError({
      where,
      found: `resolution ${resolution}`,
      expected: 'a number of bits between 0.0001 and 1',
    });
  }
}

function chooseBackground(
  background: 'sequences' | 'uniform' | readonly number[],
  tokens: readonly Uint8Array[],
  strands: 'both' | 'forward',
): number[] {
  let chosen: readonly number[];
  if (background === 'sequences') chosen = backgroundOf(tokens);
  else if (background === 'uniform') chosen = [0.25, 0.25, 0.25, 0.25];
  else chosen = background;
  const sum = Array.isArray(chosen) ? chosen.reduce((a: number, b: number) => a + b, 0) : NaN;
  if (chosen.length !== 4 || !chosen.every((q) => q > 0) || !(Math.abs(sum - 1) < 1e-3)) {
    throw new UsageError({
      where: 'motif scan, background',
      found: String(background),
      expected: "'sequences', 'uniform' or four probabilities above 0 that sum to 1",
    });
  }
  return strands === 'both' ? strandSymmetric(chosen) : [...chosen];
}

/** A sequence, prepared for scanning. */
interface PreparedSequence {
  /** Code of the bases at each position and the five after it; unknown and beyond the end read as A. */
  readonly codes: Uint16Array;
  /** Stretches of known bases: start, end, start, end, … */
  readonly stretches: readonly number[];
}

function prepareSequence(tokens: Uint8Array): PreparedSequence {
  const codes = new Uint16Array(tokens.length);
  let code = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    code = ((tokens[i] ?? 0) & 3) * (tableSize / 4) + (code >> 2);
    codes[i] = code;
  }
  const stretches: number[] = [];
  for (let i = 0; i <= tokens.length; i++) {
    const known = (tokens[i] ?? 4) < 4;
    // An odd number of bounds: a stretch is open.
    if (known !== (stretches.length % 2 === 1)) stretches.push(i);
  }
  return { codes, stretches };
}

function makeScanner(scores: MotifScores, strand: '+' | '-', minimum: number): Scanner {
  const forward = strand === '+';
  const steps = forward ? scores.steps : reverseComplementRows(scores.steps);
  const groups = Math.ceil(scores.length / groupSize);
  const made = Array.from({ length: groups }, (_, group) => {
    const table = makeTable(steps, group * groupSize);
    let best = 0;
    let sum = 0;
    for (const value of table) {
      best = Math.max(best, value);
      sum += Math.max(0, value);
    }
    // Far below its best on average: such a group rules out most windows at the first look-up.
    return { table, offset: group * groupSize, best, power: best - sum / tableSize };
  }).sort((a, b) => b.power - a.power);
  const bounds = new Int32Array(groups);
  let left = 0;
  for (let group = groups - 1; group >= 0; group--) {
    bounds[group] = minimum - left;
    left += made[group]?.best ?? 0;
  }
  return {
    strand,
    logOdds: forward ? scores.logOdds : reverseComplementRows(scores.logOdds),
    tables: made.map(({ table }) => table),
    offsets: Int32Array.from(made, ({ offset }) => offset),
    bounds,
  };
}

/** Score of each possible group of bases at positions `first` … of a motif; 0 beyond its end. */
function makeTable(steps: Int32Array, first: number): Int32Array {
  let table = Int32Array.of(0);
  for (let place = groupSize - 1; place >= 0; place--) {
    const at = (first + place) * 4;
    const longer = new Int32Array(table.length * 4);
    for (let base = 0; base < 4; base++) {
      const score = steps[at + base] ?? 0;
      for (let i = 0; i < table.length; i++) {
        longer[base * table.length + i] = score + (table[i] as number);
      }
    }
    table = longer;
  }
  return table;
}

/** Calls `report` for each window whose discretised score reaches the threshold. */
function scan(
  { tables, offsets, bounds }: Scanner,
  { codes, stretches }: PreparedSequence,
  length: number,
  report: (start: number, steps: number) => void,
): void {
  const first = tables[0];
  if (first === undefined) return;
  const firstOffset = offsets[0] ?? 0;
  const firstBound = bounds[0] ?? 0;
  const groups = tables.length;
  for (let stretch = 0; stretch < stretches.length; stretch += 2) {
    const last = (stretches[stretch + 1] as number) - length;
    for (let start = stretches[stretch] as number; start <= last; start++) {
      let total = first[codes[start + firstOffset] as number] as number;
      if (total < firstBound) continue;
      let group = 1;
      for (; group < groups; group++) {
        const table = tables[group] as Int32Array;
        total += table[codes[start + (offsets[group] as number)] as number] as number;
        if (total < (bounds[group] as number)) break;
      }
      if (group === groups) report(start, total);
    }
  }
}

function windowScore(logOdds: Float64Array, tokens: Uint8Array, start: number): number {
  let score = 0;
  for (let i = 0; i * 4 < logOdds.length; i++)
    score += logOdds[i * 4 + (tokens[start + i] ?? 0)] ?? 0;
  return score;
}

/** Windows of `length` known bases. */
function countWindows(tokens: readonly Uint8Array[], length: number): number {
  let count = 0;
  for (const sequence of tokens) {
    let known = 0;
    for (const token of sequence) {
      known = token < 4 ? known + 1 : 0;
      if (known >= length) count++;
    }
  }
  return count;
}
