import { gzipSync } from 'node:zlib';
import { table as makeTable } from 'arquero';
import type { ColumnTable } from 'arquero';
import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { streamDelimited } from './delimited-records.ts';
import { inferColumn, parseColumn, type ColumnType } from './table-columns.ts';

export type { ColumnType } from './table-columns.ts';

/** Options of {@link readTable}. */
export interface ReadTableOptions {
  /** Default: `,` for .csv, tab for .tsv and .tab, else what the heading shows. */
  readonly delimiter?: string;
  /** Types of columns by name; the others are found out. */
  readonly columns?: Readonly<Record<string, ColumnType>>;
  /**
   * Spellings of a missing value besides the empty field. Where they are given they hold for all
   * columns; the default NA, N/A, NaN, nan, null, NULL holds for numbers and booleans only, because
   * a gene may be called NAN.
   */
  readonly missing?: readonly string[];
}

/**
 * Reads a delimited table with a heading line: .csv, .tsv or .txt, plain or gzip, with quoted
 * fields. A column becomes numbers only when all of its values are numbers or missing, and keeps
 * its text where numbers would lose something (leading zeros, more than 15 digits). Missing values
 * are null.
 *
 * @throws InputError for duplicate names in the heading, and rows with too few or too many fields
 *   (line number, found and expected count)
 *
 * @example
 * const genes = await readTable('genes.tsv', { columns: { gene_id: 'string' } });
 */
export async function readTable(
  source: FileSource,
  options: ReadTableOptions = {},
): Promise<ColumnTable> {
  const file = sourceName(source);
  const { columns: types = {}, missing } = options;
  let names: readonly string[] | undefined;
  let values: string[][] = [];
  const lines: number[] = [];
  const choose = (heading: string) => chooseDelimiter(file, heading, options.delimiter);
  for await (const { line, fields } of streamDelimited(source, choose)) {
    if (names === undefined) {
      names = checkHeading(file, fields, Object.keys(types));
      values = names.map(() => []);
      continue;
    }
    if (fields.length !== names.length) {
      throw new InputError({
        where: `${file}, line ${String(line)}`,
        found: `${String(fields.length)} ${fields.length === 1 ? 'field' : 'fields'}`,
        expected: `${String(names.length)} as in the heading`,
      });
    }
    lines.push(line);
    for (const [column, field] of fields.entries()) values[column]?.push(field);
  }
  if (names === undefined) {
    throw new InputError({ where: file, found: 'an empty file', expected: 'a heading line' });
  }
  const parsed = names.map((name, column): [string, ArrayLike<unknown>] => {
    const texts = values[column] ?? [];
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) return [name, inferColumn(texts, missing)];
    const where = (row: number) => `${file}, line ${String(lines[row])}, column '${name}'`;
    return [name, parseColumn(texts, type, missing, where)];
  });
  return makeTable(parsed as [string, unknown[]][], [...names]);
}

function chooseDelimiter(file: string, heading: string, given: string | undefined): string {
  if (given !== undefined) {
    if (given !== '' && !/["\r\n]/.test(given)) return given;
    throw new UsageError({
      where: 'option delimiter',
      found: JSON.stringify(given),
      expected: "one or more characters that are no quote or line break, for example ','",
    });
  }
  const ending = /\.(csv|tsv|tab)(\.b?gz)?$/i.exec(file)?.[1]?.toLowerCase();
  const expected = ending === undefined ? undefined : ending === 'csv' ? ',' : '\t';
  const found = ['\t', ',', ';'].find((delimiter) => heading.includes(delimiter));
  if (expected === undefined) return found ?? '\t';
  if (heading.includes(expected) || found === undefined) return expected;
  throw new InputError({
    where: `${file}, line 1`,
    found: `a heading with ${found === '\t' ? 'tabs' : `'${found}'`} but no ${expected === '\t' ? 'tab' : "','"}`,
    expected: `a .${ending ?? ''} file`,
    fix: `Rename the file, or give the option delimiter: ${JSON.stringify(found)}.`,
  });
}

function checkHeading(
  file: string,
  names: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  const where = `${file}, line 1`;
  for (const [column, name] of names.entries()) {
    if (name === '' && names.length > 1) {
      throw new InputError({
        where,
        found: `no name for column ${String(column + 1)}`,
        expected: 'a heading line that names every column',
      });
    }
    if (names.indexOf(name) < column) {
      throw new InputError({
        where,
        found: `the column name '${name}' for a second time`,
        expected: 'each name once',
      });
    }
  }
  for (const name of wanted) {
    if (!names.includes(name)) {
      throw new UsageError({
        where: `${file}, option columns`,
        found: `no column '${name}'`,
        fix: suggestion(name, names),
      });
    }
  }
  return names;
}

/**
 * Writes a table as .tsv (or .tab, .txt) or .csv by its name, compressed where it ends in `.gz`.
 * Numbers keep their full precision; missing values and NaN become empty fields; fields are quoted
 * where they must be.
 */
export async function writeTable(file: string, table: ColumnTable): Promise<void> {
  const ending = /\.(csv|tsv|tab|txt)(\.gz)?$/i.exec(file);
  if (ending === null) {
    throw new UsageError({
      where: file,
      found: 'a name without a known ending',
      expected: '.tsv, .csv, .tab or .txt, also with .gz',
    });
  }
  const delimiter = ending[1]?.toLowerCase() === 'csv' ? ',' : '\t';
  const names = table.columnNames();
  const lines = [names.map((name) => formatField(name, delimiter)).join(delimiter)];
  // The indices skip filtered rows and follow orderby.
  for (const row of table.indices()) {
    const fields = names.map((name) => formatField(table.column(name)?.at(row), delimiter));
    lines.push(fields.join(delimiter));
  }
  const text = `${lines.join('\n')}\n`;
  await writeFileAtomically(file, ending[2] === undefined ? text : gzipSync(text));
}

function formatField(value: unknown, delimiter: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  const text =
    value instanceof Date
      ? value.toISOString()
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value as string | number | boolean | bigint);
  const mustQuote = text.includes(delimiter) || /["\r\n]/.test(text);
  return mustQuote ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Checks that a table has columns.
 *
 * @param file where the table came from, for the message
 * @throws InputError naming the first column that is missing and the nearest that is there
 */
export function requireColumns(table: ColumnTable, names: readonly string[], file: string): void {
  const known = table.columnNames();
  for (const name of names) {
    if (!known.includes(name)) {
      throw new InputError({
        where: file,
        found: `no column '${name}'`,
        fix: suggestion(name, known),
      });
    }
  }
}

/** Options of {@link numericColumn}. */
export interface NumericColumnOptions {
  /** Missing values become NaN instead of an error. Default false. */
  readonly allowMissing?: boolean;
  /** Where the table came from, for messages. Default `table`. */
  readonly where?: string;
}

/**
 * The values of a numeric column, in the order of the table (filtered and sorted as it is).
 *
 * @throws InputError naming the first row (from 0) whose value is missing, infinite or no number
 */
export function numericColumn(
  table: ColumnTable,
  name: string,
  options: NumericColumnOptions = {},
): Float64Array {
  const { allowMissing = false, where = 'table' } = options;
  requireColumns(table, [name], where);
  const column = table.column(name);
  return Float64Array.from(table.indices(), (row, place) => {
    const value: unknown = column?.at(row);
    const missing = value === null || value === undefined || Number.isNaN(value);
    if (missing && allowMissing) return NaN;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
    // One text makes a column of numbers a column of texts: that one is meant.
    const found = typeof value === 'string' ? firstText(table, name) : { place, value };
    throw new InputError({
      where: `${where}, column '${name}', row ${String(found.place)} (from 0)`,
      found: missing ? 'no value' : `'${String(found.value).slice(0, 80)}'`,
      expected: 'a number',
      fix: missing
        ? 'Leave such rows out, or allow them with allowMissing: true (they become NaN).'
        : undefined,
    });
  });
}

/** The first value of a column of texts that is not a number. */
function firstText(table: ColumnTable, name: string): { place: number; value: unknown } {
  const column = table.column(name);
  const rows = [...table.indices()];
  const place = rows.findIndex((row) => {
    const value: unknown = column?.at(row);
    return typeof value === 'string' && (value.trim() === '' || Number.isNaN(Number(value)));
  });
  return { place: Math.max(place, 0), value: column?.at(rows[Math.max(place, 0)] ?? 0) };
}
