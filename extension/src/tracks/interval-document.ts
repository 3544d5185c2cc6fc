import { stat } from 'node:fs/promises';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { countInBins } from './count-in-bins.ts';
import { FeatureReader } from './feature-reader.ts';
import { readIntervals, type ReadIntervals } from './read-intervals.ts';
import { RegionIndex } from './region-index.ts';
import { summarizeIntervals } from './summarize-intervals.ts';
import type {
  Column,
  Contig,
  Feature,
  IntervalSummary,
  InvalidLine,
  Region,
  TableView,
} from './track-types.ts';
import { selectRows } from './select-rows.ts';

export type * from './track-types.ts';

/** Cells of a row that are given at a time, and letters of a cell. */
const MOST_ROWS = 10_000;
const LONGEST_CELL = 2000;

interface FileStamp {
  readonly size: number;
  readonly written: number;
}

/**
 * A file of intervals for a table and for tracks: BED, peaks, bedGraph, BEDPE, GTF, GFF3, plain, gzip or
 * bgzip. It is read once, into columns of numbers and pooled text: about 100 MB for a million records.
 */
export class IntervalDocument {
  /** For people: `BED6`, `narrowPeak`, `GTF`, … */
  readonly format: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  /** In the order of the file. */
  readonly contigs: readonly Contig[];
  readonly invalidCount: number;
  /** The first 1,000 of them. */
  readonly invalid: readonly InvalidLine[];
  readonly #read: ReadIntervals;
  readonly #contigIds: ReadonlyMap<string, number>;
  readonly #features: FeatureReader;
  readonly #index: RegionIndex;
  readonly #file: string | undefined;
  readonly #stamp: FileStamp | undefined;
  #selected: Uint32Array | undefined;
  #views = 0;

  private constructor(
    read: ReadIntervals,
    features: FeatureReader,
    index: RegionIndex,
    file: { readonly path: string; readonly stamp: FileStamp } | undefined,
  ) {
    this.#read = read;
    this.#features = features;
    this.#index = index;
    this.#file = file?.path;
    this.#stamp = file?.stamp;
    const { format, table, invalid } = read;
    this.format = format.format;
    this.columns = format.columns;
    this.rows = table.line.length;
    this.contigs = table.contigs;
    this.#contigIds = new Map(table.contigs.map(({ name }, id) => [name, id]));
    this.invalidCount = invalid.count;
    this.invalid = invalid.kept;
  }

  /**
   * Reads a file.
   *
   * @param file a path, or the bytes of a file of another kind of file system
   * @param options `name` is what the file is called, its ending says what it is
   * @throws InputError where it cannot be read, or all of its lines are wrong: that of the first one
   */
  static async open(
    file: string | Uint8Array,
    options: LongWorkOptions & { readonly name: string },
  ): Promise<IntervalDocument> {
    const place = typeof file === 'string' ? { path: file, stamp: await stampOf(file) } : undefined;
    const read = await readIntervals(file, options);
    const features = new FeatureReader(read);
    const index = await RegionIndex.of(features.columns, read.table.contigs.length, options);
    const { stamp } = place ?? {};
    return new IntervalDocument(
      read,
      features,
      index,
      place === undefined || stamp === undefined ? undefined : { path: place.path, stamp },
    );
  }

  /**
   * Makes a view the current one, for `cells` and `rowOfView`; of two at a time the later one.
   *
   * @throws UsageError for a filter that cannot be read, with the columns and operators that there are
   */
  async view(view: TableView, options: LongWorkOptions = {}): Promise<{ count: number }> {
    const mine = ++this.#views;
    const selected = await selectRows(this.#read, view, options);
    if (mine === this.#views) this.#selected = selected;
    return { count: selected?.length ?? this.rows };
  }

  /** The cells of some records of the current view, as the file has them; long ones are cut. */
  cells(from: number, to: number): readonly (readonly string[])[] {
    const count = this.#selected?.length ?? this.rows;
    const first = Math.max(0, Math.floor(from));
    const last = Math.min(count, Math.ceil(to), first + MOST_ROWS);
    const { format, table, text } = this.#read;
    return Array.from({ length: Math.max(0, last - first) }, (_, i) => {
      const cells = format.split(text.line(table.text[this.rowOfView(first + i)] ?? 0));
      return this.columns.map((_column, column) => {
        const cell = cells[column] ?? '';
        return cell.length > LONGEST_CELL ? `${cell.slice(0, LONGEST_CELL)}…` : cell;
      });
    });
  }

  /** A record, by its number in the order of the file. */
  row(index: number): Feature & { readonly chrom: string; readonly line: number } {
    const { table } = this.#read;
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.rows) {
      throw new RangeError(`row ${String(index)} of ${String(this.rows)}`);
    }
    return {
      ...this.#features.ofRow(index),
      chrom: table.contigs[table.contig[index] ?? 0]?.name ?? '',
      line: table.line[index] ?? 0,
    };
  }

  /** The number in the file of a record of the current view. */
  rowOfView(position: number): number {
    return this.#selected === undefined ? position : (this.#selected[position] ?? 0);
  }

  /** What overlaps a region, by start: up to `limit` features, and how many there are. */
  features(region: Region, limit: number): { features: readonly Feature[]; total: number } {
    const features: Feature[] = [];
    let total = 0;
    this.#visit(region, (place) => {
      if (total++ < limit) features.push(this.#features.at(place));
    });
    return { features, total };
  }

  /** How many features overlap each of `bins` equal parts of a region. */
  density(region: Region, bins: number): Uint32Array {
    const { start, end } = this.#features.columns;
    return countInBins(region, bins, (count) => {
      this.#visit(region, (place) => {
        count(start[place] ?? 0, end[place] ?? 0);
      });
    });
  }

  /** Figures about all records. */
  summary(options: LongWorkOptions = {}): Promise<IntervalSummary> {
    return summarizeIntervals(this.#read.table, options);
  }

  /** Whether the file is another one than was read, or gone. */
  async changed(): Promise<boolean> {
    if (this.#file === undefined || this.#stamp === undefined) return false;
    const now = await stampOf(this.#file);
    return now?.size !== this.#stamp.size || now.written !== this.#stamp.written;
  }

  /** Ends what is under way: a view that is not there yet will not be the current one. */
  close(): void {
    this.#views++;
  }

  #visit({ chrom, start, end }: Region, visit: (place: number) => void): void {
    const contig = this.#contigIds.get(chrom);
    if (contig !== undefined) this.#index.visit(contig, start, end, visit);
  }
}

async function stampOf(file: string): Promise<FileStamp | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { size, written: mtimeMs };
  } catch {
    // Reading it says what is wrong.
    return undefined;
  }
}
