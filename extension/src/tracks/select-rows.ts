import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';
import { LinePlace } from 'tatabox/formats/line-place.ts';
import { parseGff3Attributes, parseGtfAttributes } from 'tatabox/formats/gff-attributes.ts';
import { wholeColumn } from './growing-column.ts';
import type { ReadIntervals } from './read-intervals.ts';
import { cellFits, parseFilter, type FilterTerm } from './row-filter.ts';
import { sortRows } from './sort-rows.ts';
import { TextKeys } from './text-keys.ts';
import type { TableView } from './track-types.ts';

/** Rows that are looked at without a pause. */
const TURN = 1 << 13;

/** The records of a view in its order; undefined for all in the order of the file. */
export async function selectRows(
  read: ReadIntervals,
  { sort, filter = '', region }: TableView,
  options: LongWorkOptions,
): Promise<Uint32Array | undefined> {
  const terms = parseFilter(filter, read.format.columns, read.attributes);
  if (terms.length === 0 && region === undefined && sort === undefined) return undefined;
  const { table } = read;
  const contig =
    region === undefined ? 0 : table.contigs.findIndex(({ name }) => name === region.chrom);
  const fits = rowFilter(read, terms);
  const rows = wholeColumn();
  await eachTurn(read, 'filtering', options, (row) => {
    if (region !== undefined) {
      const start = table.start[row] ?? 0;
      // As in tracks, a record of no bases counts as one.
      const end = Math.max(table.end[row] ?? 0, start + 1);
      if (table.contig[row] !== contig || start >= region.end || end <= region.start) return;
    }
    if (fits(row)) rows.push(row);
  });
  const selected = rows.finish();
  if (sort === undefined) return selected;
  return sortRows(selected, await comparison(read, selected, sort, options), options);
}

async function eachTurn(
  { table }: ReadIntervals,
  task: string,
  { signal, progress }: LongWorkOptions,
  visit: (row: number) => void,
  rows?: Uint32Array,
): Promise<void> {
  const total = rows?.length ?? table.line.length;
  for (let i = 0; i < total; i++) {
    visit(rows === undefined ? i : (rows[i] ?? 0));
    if (i % TURN !== TURN - 1) continue;
    progress?.({ task, done: i + 1, total, unit: 'rows' });
    await yieldToEventLoop();
    throwIfAborted(signal, task);
  }
}

/** Whether a row is as all terms ask; texts are read only where columns of numbers do not say it. */
function rowFilter(read: ReadIntervals, terms: readonly FilterTerm[]): (row: number) => boolean {
  const { table, text, format } = read;
  const numeric = new Map<number, Float64Array>();
  const isGff = format.kind === 'gtf' || format.kind === 'gff3';
  const [start, end] = [isGff ? 3 : 1, isGff ? 4 : 2];
  // Starts of GTF and GFF3 are shown as the file has them, counted from 1.
  if (format.kind !== 'bedpe' && !isGff) numeric.set(start, table.start);
  if (format.kind !== 'bedpe') numeric.set(end, table.end);
  const ofColumns = terms.filter((term) => term.isLength || numeric.has(term.column ?? -1));
  const ofTexts = terms.filter((term) => !ofColumns.includes(term));
  return (row) => {
    for (const term of ofColumns) {
      const number = term.isLength
        ? (table.end[row] ?? 0) - (table.start[row] ?? 0)
        : (numeric.get(term.column ?? -1)?.[row] ?? NaN);
      if (!cellFits(term, String(number), number)) return false;
    }
    if (ofTexts.length === 0) return true;
    const line = text.line(table.text[row] ?? 0);
    let cells: string[] | undefined;
    return ofTexts.every((term) => {
      if (term.attribute !== undefined) {
        // Most lines do not have the text at all: attributes take long to read.
        const isThere = term.operator !== '=' || line.includes(term.text) || line.includes('%');
        if (!isThere && Number.isNaN(term.number)) return false;
        cells ??= format.split(line);
        return attributeFits(term, cells[8] ?? '', term.attribute, format.kind === 'gtf');
      }
      if (term.column === undefined) return cellFits(term, line, NaN);
      cells ??= format.split(line);
      const cell = cells[term.column] ?? '';
      return cellFits(term, cell, cell === '' ? NaN : Number(cell));
    });
  };
}

/** One of the values must be as the term asks; for `!=` and `!~` all. */
function attributeFits(term: FilterTerm, cell: string, name: string, isGtf: boolean): boolean {
  const attributes = isGtf
    ? parseGtfAttributes(cell, new LinePlace(''))
    : parseGff3Attributes(cell);
  const values = attributes[name] ?? [];
  const fits = (value: string): boolean => cellFits(term, value, Number(value));
  return term.operator.startsWith('!') ? values.every(fits) : values.some(fits);
}

/** Compares two rows by a column: numbers by value, contigs as people count them, equal ones by place. */
async function comparison(
  read: ReadIntervals,
  rows: Uint32Array,
  { column, descending }: NonNullable<TableView['sort']>,
  options: LongWorkOptions,
): Promise<(a: number, b: number) => number> {
  const { table, text, format } = read;
  const kind = format.columns[column]?.kind ?? 'text';
  const sign = descending ? -1 : 1;
  if (column === 0 && format.kind !== 'bedpe') {
    const ranks = contigRanks(table.contigs.map(({ name }) => name));
    const rank = (row: number): number => ranks[table.contig[row] ?? 0] ?? 0;
    return (a, b) =>
      sign * (rank(a) - rank(b)) || (table.start[a] ?? 0) - (table.start[b] ?? 0) || a - b;
  }
  const cell = (row: number): string => format.split(text.line(table.text[row] ?? 0))[column] ?? '';
  if (kind === 'whole' || kind === 'number') {
    const values = new Float64Array(table.line.length);
    await eachTurn(
      read,
      'sorting',
      options,
      (row) => {
        const value = cell(row);
        values[row] = value === '' ? NaN : Number(value);
      },
      rows,
    );
    return (a, b) => {
      const [x, y] = [values[a] ?? NaN, values[b] ?? NaN];
      // What is no number comes last in both orders.
      if (Number.isNaN(x) || Number.isNaN(y)) {
        return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
      }
      return sign * (x < y ? -1 : x > y ? 1 : 0) || a - b;
    };
  }
  const texts = new TextKeys(table.line.length);
  await eachTurn(
    read,
    'sorting',
    options,
    (row) => {
      texts.set(row, cell(row));
    },
    rows,
  );
  return (a, b) => sign * texts.compare(a, b) || a - b;
}

/** chr2 before chr10. */
function contigRanks(names: readonly string[]): Uint32Array {
  const collator = new Intl.Collator('en', { numeric: true });
  const order = names.map((_, i) => i);
  order.sort((a, b) => collator.compare(names[a] ?? '', names[b] ?? '') || a - b);
  const ranks = new Uint32Array(names.length);
  for (const [rank, id] of order.entries()) ranks[id] = rank;
  return ranks;
}
