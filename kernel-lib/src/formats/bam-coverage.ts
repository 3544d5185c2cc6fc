import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import type { Interval } from '../sequence/interval.ts';
import { BamIndex } from './bam-index.ts';
import { readBamAlignments, readBamContigs, type BamAlignment } from './bam-records.ts';
import {
  openSource,
  sourceName,
  sourcePath,
  type ByteSource,
  type FileSource,
} from './byte-source.ts';
import { checkOneOf, checkResultLength, ContigTable, type NumberedContig } from './contig-table.ts';
import { damagedFile } from './damaged-file.ts';

/** Bases that alignments are moved by, towards larger coordinates. */
export interface StrandShift {
  /** For alignments on the strand `+`. */
  readonly plus: number;
  /** For alignments on the strand `-`. */
  readonly minus: number;
}

/** Options of {@link bamCoverage}. */
export interface BamCoverageOptions extends LongWorkOptions {
  /** The index. Default: `FILE.bai`, `FILE` with `.bai` in place of `.bam`, or `FILE.csi`. */
  readonly index?: FileSource;
  /** Alignments on which strand count, by their flag 16. Default `both`. */
  readonly strand?: '+' | '-' | 'both';
  /** Alignments of a lower mapping quality do not count. Default 0: all count. */
  readonly minimumMappingQuality?: number;
  /**
   * Alignments with any of these flags do not count. Default 0x704, as samtools depth: unmapped,
   * secondary, failed quality checks, duplicate.
   */
  readonly excludeFlags?: number;
  /**
   * Each alignment counts from its 5′ end for so many bases along its strand, as for fragments of one
   * known length; gaps are filled. Only with `ends: 'reads'`. Default: the aligned bases themselves.
   */
  readonly extend?: number;
  /**
   * Moves alignments: `atac` for `{ plus: 4, minus: -5 }`, which puts both 5′ ends on the middle of
   * the insertion of Tn5. Default: none.
   */
  readonly shift?: 'atac' | StrandShift;
  /**
   * What counts: `reads` (default) every aligned base, `5prime` the first base that was read: the start
   * on the strand `+`, the last base on `-`.
   */
  readonly ends?: 'reads' | '5prime';
  /** What an interval beyond the ends of its contig does: `error` (default), or 0 lies there. */
  readonly padding?: 'error' | 'zero';
}

const OPTIONS = [
  'index',
  'strand',
  'minimumMappingQuality',
  'excludeFlags',
  'extend',
  'shift',
  'ends',
  'padding',
  'signal',
  'progress',
];
const REVERSE = 16;
/** Unmapped, secondary, failed quality checks, duplicate. */
const EXCLUDED = 0x704;
/** Alignments after which other work may run. */
const PAUSE = 20_000;

/** Options with their defaults. */
interface Counting {
  readonly strand: '+' | '-' | 'both';
  readonly minimumMappingQuality: number;
  readonly excludeFlags: number;
  readonly extend: number | undefined;
  readonly shift: StrandShift;
  readonly only5Prime: boolean;
}

/**
 * Alignments of a BAM file over each base of an interval, or of each of many intervals. Deletions and
 * skips (introns) do not count, and mates that overlap count twice, as in samtools depth. On the strand
 * `-` of the interval the last base comes first, as in the tokens of that strand; which alignments count
 * is up to the option `strand` alone.
 *
 * Only the parts of the file that the index names are read (SAM specification, sections 4 and 5).
 *
 * @param source a sorted BAM file: path, address or bytes
 * @param intervals 0-based, half-open
 * @returns one number a base
 * @throws InputError for a missing or damaged file or index, an unknown contig, an interval beyond its
 *   ends without `padding`
 *
 * @example
 * const depth = await bamCoverage('reads.bam', { chrom: 'chr1', start: 0, end: 10_000 });
 * const cuts = await bamCoverage('atac.bam', peaks, { ends: '5prime', shift: 'atac' });
 */
export async function bamCoverage(
  source: FileSource,
  intervals: Interval,
  options?: BamCoverageOptions,
): Promise<Float32Array>;
export async function bamCoverage(
  source: FileSource,
  intervals: readonly Interval[],
  options?: BamCoverageOptions,
): Promise<Float32Array[]>;
export async function bamCoverage(
  source: FileSource,
  intervals: Interval | readonly Interval[],
  options: BamCoverageOptions = {},
): Promise<Float32Array | Float32Array[]> {
  const counting = checkOptions(options);
  const { signal, progress, padding = 'error' } = options;
  const list: readonly Interval[] = 'chrom' in intervals ? [intervals] : intervals;
  const bytes = openSource(source);
  try {
    const contigs = new ContigTable(bytes.name, await readBamContigs(bytes));
    const index = await BamIndex.read(options.index ?? (await findIndex(source)));
    if (index.contigs > contigs.list.length) {
      throw new InputError({
        where: index.file,
        found: `an index of ${String(index.contigs)} contigs`,
        expected: `${String(contigs.list.length)}, as ${bytes.name} has`,
        fix: 'It belongs to another file: make it anew with samtools index.',
      });
    }
    const checked = list.map((interval) => {
      checkResultLength(interval.end - interval.start, bytes.name);
      return contigs.check(
        interval,
        padding === 'zero',
        "Count nothing beyond with padding: 'zero', or cut it with clipInterval.",
      );
    });
    const results: Float32Array[] = [];
    for (const [i, interval] of list.entries()) {
      throwIfAborted(signal, `reading ${bytes.name}`);
      const contig = checked[i] as NumberedContig;
      results.push(await coverInterval(bytes, index, contig, interval, counting, signal));
      progress?.({
        task: 'reading alignments',
        done: i + 1,
        total: list.length,
        unit: 'intervals',
      });
    }
    return 'chrom' in intervals ? (results[0] ?? new Float32Array(0)) : results;
  } finally {
    await bytes.close();
  }
}

function checkOptions(options: BamCoverageOptions): Counting {
  checkOptionNames(options, OPTIONS, 'bamCoverage');
  const { strand = 'both', ends = 'reads', padding = 'error', shift, extend } = options;
  const { minimumMappingQuality = 0, excludeFlags = EXCLUDED } = options;
  checkOneOf(strand, ['+', '-', 'both'], 'strand');
  checkOneOf(ends, ['reads', '5prime'], 'ends');
  checkOneOf(padding, ['error', 'zero'], 'padding');
  checkWholeNumber(minimumMappingQuality, 'bamCoverage, minimumMappingQuality', 0);
  checkWholeNumber(excludeFlags, 'bamCoverage, excludeFlags', 0);
  if (extend !== undefined) {
    checkWholeNumber(extend, 'bamCoverage, extend', 1);
    if (ends === '5prime') {
      throw new UsageError({
        where: 'bamCoverage',
        found: "extend together with ends: '5prime'",
        expected: 'one of them',
        fix: 'Leave out extend to count ends, or ends to count whole fragments.',
      });
    }
  }
  if (typeof shift === 'string') checkOneOf(shift, ['atac'], 'shift');
  const moved = typeof shift === 'object' ? shift : shift === 'atac' ? ATAC : NONE;
  for (const bases of [moved.plus, moved.minus]) {
    if (Number.isSafeInteger(bases)) continue;
    throw new UsageError({
      where: 'option shift',
      found: String(bases),
      expected: "'atac', or whole numbers plus and minus",
    });
  }
  return {
    strand,
    minimumMappingQuality,
    excludeFlags,
    extend,
    shift: moved,
    only5Prime: ends === '5prime',
  };
}

const ATAC: StrandShift = { plus: 4, minus: -5 };
const NONE: StrandShift = { plus: 0, minus: 0 };

async function coverInterval(
  source: ByteSource,
  index: BamIndex,
  contig: NumberedContig,
  interval: Interval,
  counting: Counting,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const length = interval.end - interval.start;
  // Where the number of alignments changes; sums of it are what is asked for.
  const changes = new Float64Array(length + 1);
  const add = (start: number, end: number) => {
    const from = Math.max(start, interval.start, 0);
    const to = Math.min(end, interval.end, contig.length);
    if (from >= to) return;
    changes[from - interval.start] = (changes[from - interval.start] ?? 0) + 1;
    changes[to - interval.start] = (changes[to - interval.start] ?? 0) - 1;
  };
  const { shift, extend = 0 } = counting;
  // Alignments beside the interval may reach into it once they are moved or extended.
  const beside = extend + Math.max(Math.abs(shift.plus), Math.abs(shift.minus));
  const start = Math.max(0, interval.start - beside);
  const end = Math.min(contig.length, interval.end + beside);
  let done = 0;
  for (const chunk of index.chunks(contig.id, start, end)) {
    let last = -1;
    for await (const alignment of readBamAlignments(source, chunk)) {
      if (++done % PAUSE === 0) {
        await yieldToEventLoop();
        throwIfAborted(signal, `reading ${source.name}`);
      }
      if (alignment.contig !== contig.id) {
        // What comes before this contig, or after it.
        if (alignment.contig < 0 || alignment.contig > contig.id) break;
        continue;
      }
      if (alignment.start < last) {
        throw damagedFile(
          source.name,
          'alignments',
          `one at ${String(alignment.start)} after one at ${String(last)}`,
          'alignments that are sorted by their start',
        );
      }
      last = alignment.start;
      if (alignment.start >= end) break;
      if (counts(alignment, counting)) addAlignment(alignment, counting, add);
    }
  }
  const values = new Float32Array(length);
  let depth = 0;
  for (let i = 0; i < length; i++) {
    depth += changes[i] ?? 0;
    values[i] = depth;
  }
  return interval.strand === '-' ? values.reverse() : values;
}

function counts({ flags, mappingQuality }: BamAlignment, counting: Counting): boolean {
  if ((flags & counting.excludeFlags) !== 0) return false;
  if (mappingQuality < counting.minimumMappingQuality) return false;
  return counting.strand === 'both' || (counting.strand === '-') === ((flags & REVERSE) !== 0);
}

/** Letters of the CIGAR by their code, and which of them lie on the contig and on both. */
const ON_CONTIG = [true, false, true, true, false, false, false, true, true];
const ALIGNED = [true, false, false, false, false, false, false, true, true];

function addAlignment(
  { start, flags, cigar }: BamAlignment,
  { shift, extend, only5Prime }: Counting,
  add: (start: number, end: number) => void,
): void {
  const isReverse = (flags & REVERSE) !== 0;
  const moved = isReverse ? shift.minus : shift.plus;
  let at = start + moved;
  const first = at;
  const countsBases = !only5Prime && extend === undefined;
  for (const operation of cigar) {
    const code = operation & 15;
    if (!ON_CONTIG[code]) continue;
    const next = at + (operation >>> 4);
    if (countsBases && ALIGNED[code]) add(at, next);
    at = next;
  }
  if (countsBases || at === first) return;
  const length = only5Prime ? 1 : (extend ?? 0);
  if (isReverse) add(at - length, at);
  else add(first, first + length);
}

/** The index beside a BAM file. */
async function findIndex(source: FileSource): Promise<FileSource> {
  const candidates = indexCandidates(source);
  for (const candidate of candidates) {
    const index = openSource(candidate);
    try {
      await index.read(0, 4);
      return candidate;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    } finally {
      await index.close();
    }
  }
  const name = sourceName(source);
  throw new InputError({
    where: name,
    found: candidates.length === 0 ? 'bytes without an index' : 'no index beside it',
    expected: candidates.length === 0 ? 'the option index' : `${name}.bai or ${name}.csi`,
    fix: `Make it with samtools index ${name}, or give it with the option index.`,
  });
}

function indexCandidates(source: FileSource): (string | URL)[] {
  const file = sourcePath(source);
  if (file !== undefined) return withSuffixes(file);
  if (typeof source !== 'string' && !(source instanceof URL)) return [];
  return withSuffixes(new URL(source).pathname).map((pathname) => {
    const address = new URL(source);
    address.pathname = pathname;
    return address;
  });
}

function withSuffixes(name: string): string[] {
  const replaced = name.endsWith('.bam') ? [`${name.slice(0, -4)}.bai`] : [];
  return [`${name}.bai`, ...replaced, `${name}.csi`];
}
