import { InputError } from '../core/errors.ts';
import { compareBgzfPositions, type BgzfPosition } from './bgzf-blocks.ts';

/** A part of a bgzip file: whole lines of one sequence. */
export interface BgzfRange {
  readonly begin: BgzfPosition;
  readonly end: BgzfPosition;
}

/** What the columns of an indexed file are. */
export interface TabixColumns {
  /** What the index was made for. */
  readonly preset: 'generic' | 'sam' | 'vcf';
  /** Whether positions in the file are 0-based and half-open, as in BED. */
  readonly zeroBased: boolean;
  /** Numbers of the columns from 1; `end` is 0 where there is none. */
  readonly chrom: number;
  readonly start: number;
  readonly end: number;
  /** The character that begins lines without a record. */
  readonly comment: string;
}

/** Parts of the file with the records of one stretch of a sequence. */
interface Bin {
  readonly start: number;
  readonly end: number;
  readonly ranges: readonly BgzfRange[];
}

interface Sequence {
  readonly bins: readonly Bin[];
  /** Where the first record that reaches into each 16,384 bases begins; none in a CSI index. */
  readonly linear: readonly BgzfPosition[];
}

const TBI = 0x01494254;
const CSI = 0x01495343;
const ZERO_BASED = 0x10000;
const LINEAR_BASES = 1 << 14;
/** Ranges closer than this are read at once. */
const NEAR_BYTES = 1 << 16;

/** A tabix index in memory: TBI ("The Tabix index file format") or CSI ("CSI index file format"). */
export class TabixIndex {
  readonly columns: TabixColumns;
  /** Names of the sequences with records. */
  readonly names: readonly string[];
  /** Where the last record ends. */
  readonly lastEnd: BgzfPosition;
  readonly #sequences = new Map<string, Sequence>();

  /**
   * @param bytes the index, decompressed
   * @param file its name, for messages
   * @throws InputError for what is no index, or a damaged one
   */
  constructor(bytes: Uint8Array, file: string) {
    const reader = new IndexReader(bytes, file);
    const magic = reader.int32();
    if (magic !== TBI && magic !== CSI) {
      throw new InputError({
        where: file,
        found: 'no tabix index',
        expected: 'a .tbi or .csi file',
        fix: 'Make it with tabix, or with bcftools index.',
      });
    }
    const isCsi = magic === CSI;
    const minShift = isCsi ? reader.int32() : 14;
    const depth = isCsi ? reader.int32() : 5;
    if (minShift < 0 || minShift > 30 || depth < 0 || depth > 10) throw reader.damaged();
    // TBI has the number of sequences before what CSI has as auxiliary data, CSI after it.
    let count = isCsi ? 0 : reader.count(8);
    if (isCsi && reader.count(1) < 28) {
      throw new InputError({
        where: file,
        found: 'a CSI index that says nothing of columns, as those of BAM and BCF files do',
        expected: 'the index of a text file',
      });
    }
    const preset = reader.int32();
    const [chrom, start, end, comment, skipped] = Array.from({ length: 5 }, () => reader.int32());
    void skipped;
    const kind = (['generic', 'sam', 'vcf'] as const)[preset & 0xffff];
    const isValid = [chrom, start].every((column = 0) => column > 0 && column <= MOST_COLUMNS);
    if (kind === undefined || !isValid || (end ?? 0) < 0 || (end ?? 0) > MOST_COLUMNS) {
      throw reader.damaged();
    }
    this.columns = {
      preset: kind,
      zeroBased: (preset & ZERO_BASED) !== 0,
      chrom: chrom ?? 1,
      start: start ?? 2,
      end: end ?? 0,
      comment: comment === 0 ? '' : String.fromCharCode((comment ?? 0) & 0xff),
    };
    this.names = reader.names();
    if (isCsi) count = reader.count(4);
    if (count !== this.names.length) throw reader.damaged();
    let lastEnd: BgzfPosition = { block: 0, within: 0 };
    for (const name of this.names) {
      const bins = reader.bins(minShift, depth, isCsi);
      const linear = isCsi ? [] : reader.positions();
      if (this.#sequences.has(name)) throw reader.damaged();
      this.#sequences.set(name, { bins, linear });
      for (const { ranges } of bins) {
        for (const { begin, end } of ranges) {
          if (compareBgzfPositions(begin, end) > 0) throw reader.damaged();
          if (compareBgzfPositions(end, lastEnd) > 0) lastEnd = end;
        }
      }
      // A place behind all records would make queries pass over them.
      if (linear.some((place) => compareBgzfPositions(place, lastEnd) > 0)) throw reader.damaged();
    }
    this.lastEnd = lastEnd;
  }

  /** The parts of the file that may have records of a region, in its order; some have others, too. */
  ranges(chrom: string, start: number, end: number): BgzfRange[] {
    const sequence = this.#sequences.get(chrom);
    if (sequence === undefined) return [];
    const { bins, linear } = sequence;
    const first = linear[Math.min(Math.floor(start / LINEAR_BASES), linear.length - 1)];
    const found: BgzfRange[] = [];
    for (const bin of bins) {
      if (bin.start >= end || bin.end <= start) continue;
      for (const range of bin.ranges) {
        if (first === undefined || compareBgzfPositions(range.end, first) > 0) found.push(range);
      }
    }
    found.sort((a, b) => compareBgzfPositions(a.begin, b.begin));
    const joined: BgzfRange[] = [];
    for (const range of found) {
      const last = joined.at(-1);
      if (last !== undefined && range.begin.block <= last.end.block + NEAR_BYTES) {
        const isLonger = compareBgzfPositions(range.end, last.end) > 0;
        joined.splice(-1, 1, { begin: last.begin, end: isLonger ? range.end : last.end });
      } else joined.push(range);
    }
    return joined;
  }
}

const MOST_COLUMNS = 10_000;

/** Reads the numbers of an index; what it claims to hold is checked against the bytes that are left. */
class IndexReader {
  readonly #view: DataView;
  readonly #file: string;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  damaged(): InputError {
    return new InputError({
      where: `${this.#file}, byte ${String(this.#at)} of its content`,
      found: 'a damaged index',
      fix: 'Make it anew with tabix or bcftools index, or download it again.',
    });
  }

  #take(length: number): number {
    if (this.#at + length > this.#view.byteLength) throw this.damaged();
    this.#at += length;
    return this.#at - length;
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** A number of things that follow, each of `bytes` at least. */
  count(bytes: number): number {
    const count = this.int32();
    if (count < 0 || count * bytes > this.#view.byteLength - this.#at) throw this.damaged();
    return count;
  }

  /** Texts that each end with a zero byte, behind their length in all. */
  names(): string[] {
    const length = this.count(1);
    const start = this.#view.byteOffset + this.#take(length);
    const text = Buffer.from(this.#view.buffer, start, length).toString();
    if (length > 0 && !text.endsWith('\0')) throw this.damaged();
    return text.split('\0').slice(0, -1);
  }

  positions(): BgzfPosition[] {
    return Array.from({ length: this.count(8) }, () => this.#position());
  }

  bins(minShift: number, depth: number, isCsi: boolean): Bin[] {
    const bins: Bin[] = [];
    const numbers = firstBin(depth + 1);
    const count = this.count(8);
    for (let i = 0; i < count; i++) {
      const number = this.#view.getUint32(this.#take(4), true);
      // Where the first record of the bin begins: the ranges say the same.
      if (isCsi) this.#take(8);
      const ranges = Array.from({ length: this.count(16) }, () => ({
        begin: this.#position(),
        end: this.#position(),
      }));
      // A number beyond all bins holds statistics.
      if (number >= numbers) continue;
      let level = 0;
      while (firstBin(level + 1) <= number) level++;
      const bases = 2 ** (minShift + 3 * (depth - level));
      const start = (number - firstBin(level)) * bases;
      bins.push({ start, end: start + bases, ranges });
    }
    return bins;
  }

  /** A virtual file offset: 48 bits for the block, 16 for the byte within it. */
  #position(): BgzfPosition {
    const at = this.#take(8);
    const low = this.#view.getUint32(at, true);
    const high = this.#view.getUint32(at + 4, true);
    return { block: high * 65_536 + (low >>> 16), within: low & 0xffff };
  }
}

/** The number of the first bin of a level: each level has eight times as many as the one above. */
function firstBin(level: number): number {
  return (8 ** level - 1) / 7;
}
