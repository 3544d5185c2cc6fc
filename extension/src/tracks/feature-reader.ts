import { LinePlace } from 'tatabox/formats/line-place.ts';
import { parseBedFields, type BedRecord } from 'tatabox/formats/bed.ts';
import { parseGff3Attributes, parseGtfAttributes } from 'tatabox/formats/gff-attributes.ts';
import type { GffAttributes } from 'tatabox/formats/gff.ts';
import { TranscriptBlocks } from 'tatabox/formats/transcript-blocks.ts';
import { numberColumn, wholeColumn } from './growing-column.ts';
import type { ReadIntervals } from './read-intervals.ts';
import type { IntervalColumns } from './region-index.ts';
import { NO_MATE, STRANDS, type RowTable } from './row-table.ts';
import { PARTS, type FeatureGroups } from './transcript-groups.ts';
import type { Feature, Region } from './track-types.ts';

/** Letters of a name that are drawn. */
const LONGEST_NAME = 200;

/** What is drawn: a record, a transcript of several, or an end of a pair. */
export class FeatureReader {
  /** Where each feature lies. */
  readonly columns: IntervalColumns;
  readonly #read: ReadIntervals;
  /** The records of pairs, by feature; undefined where each record is one feature. */
  readonly #rows: Uint32Array | undefined;

  constructor(read: ReadIntervals) {
    this.#read = read;
    const { table, groups } = read;
    if (groups !== undefined) this.columns = extents(table, groups);
    else if (table.mate !== undefined) {
      const { rows, ...columns } = endsOfPairs(table, table.mate);
      this.columns = columns;
      this.#rows = rows;
    } else this.columns = table;
  }

  /** A feature by its place in `columns`. */
  at(place: number): Feature {
    const { groups } = this.#read;
    if (groups !== undefined) return this.#transcript(place, groups);
    if (this.#rows === undefined) return this.#record(place);
    const row = this.#rows[place] ?? 0;
    return this.#pair(row, this.#rows[place - 1] === row);
  }

  /** A single record. */
  ofRow(row: number): Feature {
    return this.#read.table.mate === undefined ? this.#record(row) : this.#pair(row, false);
  }

  #plain(row: number): Feature {
    const { table } = this.#read;
    const start = table.start[row] ?? 0;
    const end = table.end[row] ?? 0;
    return {
      row,
      start,
      end,
      name: '',
      strand: STRANDS[table.strand[row] ?? 0] ?? '.',
      score: table.score?.[row] ?? NaN,
      thickStart: start,
      thickEnd: end,
      blocks: [[start, end]],
    };
  }

  #record(row: number): Feature {
    const { format } = this.#read;
    if (format.kind === 'bed') return bedFeature(this.#plain(row), this.#bedRecord(row));
    if (format.kind === 'bedGraph') return this.#plain(row);
    return { ...this.#plain(row), name: nameOf(this.#attributes(row)).slice(0, LONGEST_NAME) };
  }

  #cells(row: number): string[] {
    const { format, table, text } = this.#read;
    return format.split(text.line(table.text[row] ?? 0));
  }

  #bedRecord(row: number): BedRecord {
    const { bedColumns } = this.#read.format;
    return parseBedFields(this.#cells(row).slice(0, bedColumns), '');
  }

  #attributes(row: number): GffAttributes {
    const cell = this.#cells(row)[8] ?? '';
    return this.#read.format.kind === 'gtf'
      ? parseGtfAttributes(cell, new LinePlace(''))
      : parseGff3Attributes(cell);
  }

  #transcript(place: number, { row: rows, first, members }: FeatureGroups): Feature {
    const { table, parts } = this.#read;
    const row = rows[place] ?? 0;
    const own = members.subarray(first[place] ?? 0, first[place + 1] ?? 0);
    const blocks = new TranscriptBlocks();
    const others: [number, number][] = [];
    for (const member of own) {
      const start = table.start[member] ?? 0;
      const end = table.end[member] ?? 0;
      const part = PARTS[(parts?.[member] ?? 0) - 1];
      if (part === undefined) others.push([start, end]);
      else blocks.add(part, { start, end });
    }
    const start = this.columns.start[place] ?? 0;
    const end = this.columns.end[place] ?? 0;
    const plain = { ...this.#record(row), start, end };
    if (blocks.isEmpty) {
      const sorted = others.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      return { ...plain, thickStart: start, thickEnd: end, blocks: sorted };
    }
    const { exons, coding } = blocks.finish(plain.strand, { start, end });
    return {
      ...plain,
      thickStart: coding[0]?.start ?? start,
      thickEnd: coding.reduce((most, block) => Math.max(most, block.end), start),
      blocks: exons.map((exon) => [exon.start, exon.end] as const),
    };
  }

  #pair(row: number, isSecond: boolean): Feature {
    const { table } = this.#read;
    const [, , , , , , name = ''] = this.#cells(row);
    const plain = { ...this.#plain(row), name: name === '.' ? '' : name.slice(0, LONGEST_NAME) };
    const second = mateOf(table, row);
    if (second === undefined) return plain;
    const first: Region = {
      chrom: table.contigs[table.contig[row] ?? 0]?.name ?? '',
      start: plain.start,
      end: plain.end,
    };
    if (first.chrom !== second.chrom) {
      const [here, mate] = isSecond ? [second, first] : [first, second];
      const { start, end } = here;
      return {
        ...plain,
        start,
        end,
        thickStart: start,
        thickEnd: end,
        blocks: [[start, end]],
        mate,
      };
    }
    const start = Math.min(first.start, second.start);
    const end = Math.max(first.end, second.end);
    const blocks = [first, second]
      .map((each): [number, number] => [each.start, each.end])
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return { ...plain, start, end, thickStart: start, thickEnd: end, blocks, mate: second };
  }
}

function mateOf({ mate, contigs }: RowTable, row: number): Region | undefined {
  const contig = mate?.contig[row] ?? NO_MATE;
  if (mate === undefined || contig === NO_MATE) return undefined;
  return {
    chrom: contigs[contig]?.name ?? '',
    start: mate.start[row] ?? 0,
    end: mate.end[row] ?? 0,
  };
}

/** One feature for a pair on one contig, one for each end of another. */
function endsOfPairs(
  table: RowTable,
  mate: IntervalColumns,
): IntervalColumns & { readonly rows: Uint32Array } {
  const columns = { contig: wholeColumn(), start: numberColumn(), end: numberColumn() };
  const rows = wholeColumn();
  const add = (row: number, contig: number, start: number, end: number): void => {
    rows.push(row);
    columns.contig.push(contig);
    columns.start.push(start);
    columns.end.push(end);
  };
  for (let row = 0; row < table.line.length; row++) {
    const contig = table.contig[row] ?? 0;
    const [start, end] = [table.start[row] ?? 0, table.end[row] ?? 0];
    const mateContig = mate.contig[row] ?? NO_MATE;
    const [mateStart, mateEnd] = [mate.start[row] ?? 0, mate.end[row] ?? 0];
    if (mateContig === contig) {
      add(row, contig, Math.min(start, mateStart), Math.max(end, mateEnd));
      continue;
    }
    add(row, contig, start, end);
    if (mateContig !== NO_MATE) add(row, mateContig, mateStart, mateEnd);
  }
  return {
    contig: columns.contig.finish(),
    start: columns.start.finish(),
    end: columns.end.finish(),
    rows: rows.finish(),
  };
}

/** From the first to the last base of a transcript's records. */
function extents(table: RowTable, { row, first, members }: FeatureGroups): IntervalColumns {
  const contig = row.map((each) => table.contig[each] ?? 0);
  const start = new Float64Array(row.length);
  const end = new Float64Array(row.length);
  for (let i = 0; i < row.length; i++) {
    const own = row[i] ?? 0;
    let least = table.start[own] ?? 0;
    let most = table.end[own] ?? 0;
    for (let member = first[i] ?? 0; member < (first[i + 1] ?? 0); member++) {
      least = Math.min(least, table.start[members[member] ?? 0] ?? 0);
      most = Math.max(most, table.end[members[member] ?? 0] ?? 0);
    }
    start[i] = least;
    end[i] = most;
  }
  return { contig, start, end };
}

function bedFeature(plain: Feature, record: BedRecord): Feature {
  const { start, end } = plain;
  const inside = (position: number): number => Math.min(end, Math.max(start, position));
  const { thickStart, thickEnd = end, blockSizes = [], blockStarts = [], itemRgb } = record;
  const color = itemRgb === undefined ? undefined : colorOf(itemRgb);
  const blocks = blockStarts
    .map((offset, i): [number, number] => [
      inside(start + offset),
      inside(start + offset + (blockSizes[i] ?? 0)),
    ])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return {
    ...plain,
    name: (record.name ?? '').slice(0, LONGEST_NAME),
    thickStart: inside(thickStart ?? start),
    thickEnd: thickStart === undefined ? end : Math.max(inside(thickStart), inside(thickEnd)),
    blocks: blocks.length === 0 ? plain.blocks : blocks,
    ...(color === undefined ? {} : { color }),
  };
}

/** `255,0,0`; other texts, such as `0` and `.`, are no colour. */
function colorOf(text: string): [number, number, number] | undefined {
  const match = /^(\d{1,3}),(\d{1,3}),(\d{1,3}),?$/.exec(text.trim());
  if (match === null) return undefined;
  const [red = 0, green = 0, blue = 0] = match.slice(1).map(Number);
  return Math.max(red, green, blue) > 255 ? undefined : [red, green, blue];
}

/** What people call a feature of a GTF or GFF3 file. */
function nameOf(attributes: GffAttributes): string {
  const names = ['transcript_name', 'gene_name', 'Name', 'gene', 'transcript_id', 'gene_id', 'ID'];
  for (const name of names) {
    const value = attributes[name]?.[0];
    if (value !== undefined && value !== '') return value;
  }
  return '';
}
