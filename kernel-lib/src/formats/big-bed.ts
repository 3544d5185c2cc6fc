import { InputError, throwIfAborted } from '../core/errors.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import type { Interval, Strand } from '../sequence/interval.ts';
import { parseAutoSql, parseAutoSqlValue } from './auto-sql.ts';
import type { AutoSqlField, AutoSqlTable, AutoSqlValue } from './auto-sql.ts';
import { readBbiBlocks } from './bbi-blocks.ts';
import {
  BIG_BED_MAGIC,
  readBbiContigs,
  readBbiHeader,
  readBbiSummary,
  type BbiHeader,
  type BbiZoomLevel,
} from './bbi-header.ts';
import { BbiIndex, type ContigStretch } from './bbi-index.ts';
import { visitZoomBlock, type SectionReading } from './big-wig-sections.ts';
import { BinCollector } from './big-wig-summary.ts';
import { openSource, type ByteSource, type FileSource } from './byte-source.ts';
import { checkOpen, checkResultLength, ContigTable, type NumberedContig } from './contig-table.ts';
import { damagedFile, dataView, readExactly } from './damaged-file.ts';
import type { Contig } from './fasta-file.ts';

export type { AutoSqlField, AutoSqlTable, AutoSqlValue } from './auto-sql.ts';

/** A record of a bigBed file: its interval, and all fields after the end by their names. */
export interface BigBedRecord extends Interval {
  /** Numbers, lists and text, as the file declares them. */
  readonly fields: Readonly<Record<string, AutoSqlValue>>;
}

/** Options of {@link BigBedFile.recordCounts}. */
export interface RecordCountsOptions {
  /** Equal parts that the interval is divided into. */
  readonly bins: number;
  /** Stops the reading with an `InterruptedError`. */
  readonly signal?: AbortSignal;
}

/** Names and types of the columns of BED (UCSC), for files that declare none. */
const BED_FIELDS: readonly (readonly [type: string, name: string])[] = [
  ['string', 'chrom'],
  ['uint', 'chromStart'],
  ['uint', 'chromEnd'],
  ['string', 'name'],
  ['float', 'score'],
  ['string', 'strand'],
  ['uint', 'thickStart'],
  ['uint', 'thickEnd'],
  ['string', 'itemRgb'],
  ['uint', 'blockCount'],
  ['int[blockCount]', 'blockSizes'],
  ['int[blockCount]', 'chromStarts'],
];

/** Bytes of a declaration at most. */
const LONGEST_DECLARATION = 1 << 20;

/** A bigBed file with random access, from `openBigBed`. */
export class BigBedFile {
  /** The file as messages call it. */
  readonly file: string;
  /** Contigs in the order of the file. */
  readonly contigs: readonly Contig[];
  /** What a record has: as the file declares it, else the columns of BED. */
  readonly schema: AutoSqlTable;
  readonly #source: ByteSource;
  readonly #bbi: BbiHeader;
  readonly #table: ContigTable<NumberedContig>;
  readonly #index: BbiIndex;
  #closed = false;

  /** @internal Use `openBigBed`. */
  constructor(
    source: ByteSource,
    bbi: BbiHeader,
    contigs: readonly NumberedContig[],
    schema: AutoSqlTable,
  ) {
    this.file = source.name;
    this.schema = schema;
    this.#source = source;
    this.#bbi = bbi;
    this.#table = new ContigTable(source.name, contigs);
    this.#index = new BbiIndex(source, bbi.indexOffset, bbi.littleEndian);
    this.contigs = Object.freeze(contigs.map(({ name, length }) => ({ name, length })));
  }

  /**
   * Length of a contig in bases.
   *
   * @throws InputError for a contig that the file does not have, with the one that may be meant
   */
  contigLength(name: string): number {
    return this.#table.get(name).length;
  }

  /**
   * Records that overlap an interval, in the order of the file; they are not cut. An interval beyond
   * the ends of its contig is allowed: nothing lies there.
   *
   * @param interval 0-based, half-open; its strand does not matter
   * @throws InputError for an unknown contig, a damaged file, a field that is not as declared
   *
   * @example
   * const peaks = await file.records({ chrom: 'chr1', start: 1_000_000, end: 2_000_000 });
   * peaks[0]?.fields.signalValue;
   */
  async records(interval: Interval): Promise<BigBedRecord[]> {
    const records: BigBedRecord[] = [];
    for await (const record of this.stream(interval)) records.push(record);
    return records;
  }

  /** As `records`, one by one; without an interval all records, contig by contig. */
  async *stream(interval?: Interval): AsyncGenerator<BigBedRecord, void, undefined> {
    checkOpen(this.#closed, this.file);
    const places =
      interval === undefined
        ? this.#table.list.map((contig) => ({ contig, start: 0, end: contig.length }))
        : [{ contig: this.#table.check(interval, true, ''), ...interval }];
    for (const { contig, start, end } of places) {
      const stretch = { id: contig.id, start: Math.max(0, start), end };
      if (stretch.start >= end) continue;
      const blocks = await this.#index.blocks(stretch);
      for await (const block of readBbiBlocks(this.#source, blocks, this.#bbi.uncompressedBytes)) {
        yield* this.#parse(block, contig.name, stretch);
      }
    }
  }

  /**
   * About how many records overlap each of equal parts of an interval. Of a long one it is an estimate
   * from a zoom level of the file: how deep records cover a part says how many they are, given their
   * mean length in the file. Where no zoom level is fine enough, records are counted.
   *
   * @throws InputError for an unknown contig, a damaged file
   */
  async recordCounts(
    interval: Interval,
    { bins, signal }: RecordCountsOptions,
  ): Promise<Float64Array> {
    checkOpen(this.#closed, this.file);
    const contig = this.#table.check(interval, true, '');
    checkWholeNumber(bins, 'recordCounts, bins', 1);
    checkResultLength(bins, this.file);
    const { start, end } = interval;
    const length = end - start;
    const counts = new Float64Array(bins);
    const stretch = { id: contig.id, start: Math.max(0, start), end: Math.min(end, contig.length) };
    if (stretch.start >= stretch.end) return counts;
    const zoom = this.#zoomFor(length / bins);
    const meanLength = zoom === undefined ? undefined : await this.#meanLength();
    if (zoom === undefined || meanLength === undefined) {
      let read = 0;
      for await (const record of this.stream(interval)) {
        const first = Math.max(0, Math.floor(((record.start - start) * bins) / length));
        const last = Math.min(bins, Math.ceil(((record.end - start) * bins) / length));
        for (let bin = first; bin < last; bin++) counts[bin] = (counts[bin] ?? 0) + 1;
        if (++read % 1024 === 0) throwIfAborted(signal, `reading ${this.file}`);
      }
      return counts;
    }
    const collector = new BinCollector(start, end, bins);
    const index = new BbiIndex(this.#source, zoom.indexOffset, this.#bbi.littleEndian);
    const { littleEndian, uncompressedBytes } = this.#bbi;
    const reading: SectionReading = { file: this.file, littleEndian, stretch, last: 0 };
    const blocks = await index.blocks(stretch);
    for await (const block of readBbiBlocks(this.#source, blocks, uncompressedBytes, signal)) {
      visitZoomBlock(block, reading, (...summary) => {
        collector.addSummary(...summary);
      });
    }
    // Records at any place: those that overlap a part begin in it, or up to their length before it.
    const sums = collector.results('sum', 0);
    return counts.map((_, bin) => (sums[bin] ?? 0) * (1 / meanLength + bins / length));
  }

  /** The largest zoom level whose summaries are at most half as long as a part. */
  #zoomFor(basesPerBin: number): BbiZoomLevel | undefined {
    const fitting = this.#bbi.zoomLevels.filter(({ reduction }) => reduction <= basesPerBin / 2);
    return fitting.sort((a, b) => b.reduction - a.reduction)[0];
  }

  /** Bases of a record in the mean; undefined where the file does not say. */
  async #meanLength(): Promise<number | undefined> {
    const summary = await readBbiSummary(this.#source, this.#bbi);
    const { dataOffset, littleEndian } = this.#bbi;
    const bytes = await readExactly(this.#source, dataOffset, 8, 'number of records');
    const records = Number(dataView(bytes).getBigUint64(0, littleEndian));
    const length = (summary?.sum ?? 0) / records;
    return Number.isFinite(length) && length > 0 ? Math.max(1, length) : undefined;
  }

  /** Frees what is held; later calls throw. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#source.close();
  }

  *#parse(
    bytes: Uint8Array,
    chrom: string,
    { id, start: from, end: to }: ContigStretch,
  ): Generator<BigBedRecord, void, undefined> {
    const view = dataView(bytes);
    const little = this.#bbi.littleEndian;
    for (let at = 0; at < bytes.length;) {
      const textAt = at + 12;
      const textEnd = textAt <= bytes.length ? bytes.indexOf(0, textAt) : -1;
      if (textEnd < 0) throw damagedFile(this.file, 'block of records', 'a record that is cut');
      const start = view.getUint32(at + 4, little);
      const end = view.getUint32(at + 8, little);
      if (view.getUint32(at, little) === id && start < to && end > from) {
        const text = Buffer.from(bytes.subarray(textAt, textEnd)).toString('utf8');
        yield this.#record({ chrom, start, end }, text);
      }
      at = textEnd + 1;
    }
  }

  #record(interval: Interval, text: string): BigBedRecord {
    const declared = this.schema.fields;
    const columns = text === '' ? [] : text.split('\t');
    const { chrom, start, end } = interval;
    const where = `${this.file}, record ${chrom}:[${String(start)}, ${String(end)})`;
    if (columns.length !== declared.length - 3) {
      throw new InputError({
        where,
        found: `${String(columns.length + 3)} fields`,
        expected: `${String(declared.length)} fields, as the file declares`,
        fix: 'Make the file again with bedToBigBed and a declaration that fits.',
      });
    }
    const entries = columns.map((column, i): [string, AutoSqlValue] => {
      const { name, type } = declared[i + 3] ?? { name: '', type: 'string' };
      const value = parseAutoSqlValue(type, column);
      if (value === undefined) {
        throw new InputError({
          where,
          found: `${name} '${column}'`,
          expected: `a value of ${type}`,
        });
      }
      return [name, value];
    });
    const definedFields = this.#bbi.definedFieldCount;
    const name = definedFields >= 4 ? columns[0] : undefined;
    const strand = definedFields >= 6 ? strandOf(columns[2]) : undefined;
    return {
      chrom,
      start,
      end,
      ...(name === undefined ? {} : { name }),
      ...(strand === undefined ? {} : { strand }),
      fields: Object.fromEntries(entries),
    };
  }
}

function strandOf(text: string | undefined): Strand | undefined {
  return text === '+' || text === '-' || text === '.' ? text : undefined;
}

/** The columns of BED, then `field13` and so on. */
function bedSchema(count: number): AutoSqlTable {
  const fields = Array.from({ length: Math.max(3, count) }, (_, i): AutoSqlField => {
    const [type, name] = BED_FIELDS[i] ?? ['string', `field${String(i + 1)}`];
    return { type, name, comment: '' };
  });
  return { name: 'bed', comment: '', fields };
}

async function readSchema(source: ByteSource, header: BbiHeader): Promise<AutoSqlTable> {
  const { autoSqlOffset, fieldCount } = header;
  if (autoSqlOffset === 0 || !Number.isFinite(autoSqlOffset)) return bedSchema(fieldCount);
  const bytes = await source.read(autoSqlOffset, LONGEST_DECLARATION);
  const end = bytes.indexOf(0);
  if (end < 0) throw damagedFile(source.name, 'declaration of fields', 'no end');
  const schema = parseAutoSql(Buffer.from(bytes.subarray(0, end)).toString('utf8'));
  if (schema === undefined || schema.fields.length < 3) {
    throw damagedFile(source.name, 'declaration of fields', 'text that is no autoSql declaration');
  }
  return schema;
}

/**
 * Opens a bigBed file (Kent et al. 2010, Bioinformatics 26:2204, supplement; either byte order) from a
 * path, an address or bytes. Of a file on a web server only the parts that are needed are asked for.
 *
 * @throws InputError for a missing file, what is no bigBed file, a damaged one
 *
 * @example
 * const elements = await openBigBed('encodeCcreCombined.bb');
 * for await (const record of elements.stream({ chrom: 'chr1', start: 0, end: 1e6 })) use(record);
 */
export async function openBigBed(source: FileSource): Promise<BigBedFile> {
  const bytes = openSource(source);
  try {
    const header = await readBbiHeader(bytes, BIG_BED_MAGIC, 'bigBed');
    const contigs = await readBbiContigs(bytes, header);
    return new BigBedFile(bytes, header, contigs, await readSchema(bytes, header));
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
