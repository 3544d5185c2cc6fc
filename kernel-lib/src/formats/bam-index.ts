import { InputError } from '../core/errors.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { damagedFile, dataView } from './damaged-file.ts';
import { readBytes } from './read-bytes.ts';

/** A place in a BGZF file: the offset of a block, and the offset in its decompressed bytes. */
export interface VirtualOffset {
  readonly block: number;
  readonly within: number;
}

/** A part of a BAM file. */
export interface BamChunk {
  readonly start: VirtualOffset;
  readonly end: VirtualOffset;
}

/** Order of two places. */
export function compareOffsets(a: VirtualOffset, b: VirtualOffset): number {
  return a.block - b.block || a.within - b.within;
}

/** Where the parts of the index about one contig lie. */
interface ContigPart {
  /** Bytes of the index, and where the number of bins stands in them. */
  readonly at: number;
}

const BAI_MAGIC = 0x01494142;
const CSI_MAGIC = 0x01495343;
const PLACE = 'index';

/**
 * The index of a BAM file: `.bai` (SAM specification, section 5.2) or `.csi` ("Coordinate-sorted index",
 * CSI version 1).
 */
export class BamIndex {
  readonly file: string;
  readonly #view: DataView;
  readonly #isCsi: boolean;
  readonly #minShift: number;
  readonly #depth: number;
  readonly #contigs: ContigPart[] = [];

  private constructor(file: string, bytes: Uint8Array) {
    this.file = file;
    this.#view = dataView(bytes);
    const magic = bytes.length < 8 ? 0 : this.#view.getUint32(0, true);
    if (magic !== BAI_MAGIC && magic !== CSI_MAGIC) {
      throw new InputError({
        where: file,
        found: 'other first bytes than those of an index',
        expected: 'a .bai or .csi file',
        fix: 'Make it with samtools index.',
      });
    }
    this.#isCsi = magic === CSI_MAGIC;
    let at = 4;
    this.#minShift = 14;
    this.#depth = 5;
    if (this.#isCsi) {
      this.#minShift = this.#number(4);
      this.#depth = this.#number(8);
      if (this.#minShift > 31 || this.#depth > 10) {
        throw damagedFile(
          file,
          'header',
          `depth ${String(this.#depth)} and shift ${String(this.#minShift)}`,
        );
      }
      at = 16 + this.#number(12);
    }
    const count = this.#number(at);
    at += 4;
    // Every contig takes some bytes: a count that the file has no room for fails soon.
    for (let contig = 0; contig < count; contig++) {
      this.#contigs.push({ at });
      at = this.#visitBins(at, () => undefined).end;
      if (!this.#isCsi) at += 4 + 8 * this.#number(at);
      if (at > bytes.length) throw this.#cut();
    }
  }

  /** @throws InputError for a missing or damaged index */
  static async read(source: FileSource): Promise<BamIndex> {
    return new BamIndex(sourceName(source), await readBytes(source));
  }

  /** Contigs that it is about. */
  get contigs(): number {
    return this.#contigs.length;
  }

  /** Parts of the BAM file that have all alignments on a stretch, in ascending order. */
  chunks(contig: number, start: number, end: number): BamChunk[] {
    const part = this.#contigs[contig];
    if (part === undefined || end <= start) return [];
    const chunks: BamChunk[] = [];
    const wanted = binRanges(start, end, this.#minShift, this.#depth);
    let lowest: VirtualOffset = { block: 0, within: 0 };
    const { end: linear } = this.#visitBins(part.at, (bin, at, count) => {
      if (!wanted.some(([first, last]) => bin >= first && bin <= last)) return;
      for (let i = 0; i < count; i++) {
        chunks.push({ start: this.#offset(at + 16 * i), end: this.#offset(at + 16 * i + 8) });
      }
    });
    if (!this.#isCsi) {
      const windows = this.#number(linear);
      const window = Math.min(Math.floor(start / 2 ** 14), windows - 1);
      if (window >= 0) lowest = this.#offset(linear + 4 + 8 * window);
    }
    return joinChunks(chunks.filter((chunk) => compareOffsets(chunk.end, lowest) > 0));
  }

  /** Visits the bins of a contig with their chunks. @returns where what comes after them begins */
  #visitBins(
    from: number,
    visit: (bin: number, at: number, count: number) => void,
  ): { end: number } {
    const bins = this.#number(from);
    const headBytes = this.#isCsi ? 16 : 8;
    // The bin after all others holds counts in place of chunks.
    const pseudoBin = (8 ** (this.#depth + 1) - 1) / 7 + 1;
    let at = from + 4;
    for (let i = 0; i < bins; i++) {
      const bin = this.#number(at);
      const count = this.#number(at + headBytes - 4);
      const end = at + headBytes + 16 * count;
      if (end > this.#view.byteLength) throw this.#cut();
      if (bin !== pseudoBin) visit(bin, at + headBytes, count);
      at = end;
    }
    return { end: at };
  }

  #number(at: number): number {
    if (at + 4 > this.#view.byteLength) throw this.#cut();
    return this.#view.getUint32(at, true);
  }

  #offset(at: number): VirtualOffset {
    if (at + 8 > this.#view.byteLength) throw this.#cut();
    const within = this.#view.getUint16(at, true);
    const block = this.#view.getUint16(at + 2, true) + this.#view.getUint32(at + 4, true) * 65_536;
    return { block, within };
  }

  #cut(): InputError {
    return damagedFile(this.file, PLACE, 'the end of the file among its entries');
  }
}

/** Bins of each level that may hold what overlaps a stretch (SAM specification, section 5.3). */
function binRanges(
  start: number,
  end: number,
  minShift: number,
  depth: number,
): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  let offset = 0;
  for (let level = 0; level <= depth; level++) {
    const size = 2 ** (minShift + 3 * (depth - level));
    ranges.push([offset + Math.floor(start / size), offset + Math.floor((end - 1) / size)]);
    offset += 8 ** level;
  }
  return ranges;
}

/** Sorts chunks and joins those that touch or overlap. */
function joinChunks(chunks: BamChunk[]): BamChunk[] {
  chunks.sort((a, b) => compareOffsets(a.start, b.start));
  const joined: BamChunk[] = [];
  for (const chunk of chunks) {
    const last = joined.at(-1);
    if (last !== undefined && compareOffsets(chunk.start, last.end) <= 0) {
      const end = compareOffsets(chunk.end, last.end) > 0 ? chunk.end : last.end;
      joined[joined.length - 1] = { start: last.start, end };
    } else joined.push(chunk);
  }
  return joined;
}
