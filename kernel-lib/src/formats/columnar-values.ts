import type { ColumnTable } from 'arquero';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';

/** Options of `readArrow` and `readParquet`. */
export interface ColumnarOptions {
  /** Names of the columns to read, in the order wanted. Default: all. */
  readonly columns?: readonly string[];
  /** Most rows to read, from the first. Default: all. */
  readonly limit?: number;
  /**
   * How 64-bit integers are given: `number` (default; an error where a value is beyond 2^53) or
   * `bigint`.
   */
  readonly integers?: 'number' | 'bigint';
}

/** Throws `UsageError` for what is no such option. */
export function checkColumnarOptions(options: ColumnarOptions, where: string): void {
  checkOptionNames(options, ['columns', 'limit', 'integers'], where);
  const { limit, integers = 'number' } = options;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new UsageError({
      where: `${where}, option limit`,
      found: String(limit),
      expected: 'a whole number from 0',
    });
  }
  if (integers !== 'number' && integers !== 'bigint') {
    throw new UsageError({
      where: `${where}, option integers`,
      found: String(integers),
      expected: "'number' or 'bigint'",
    });
  }
}

/** The columns that were asked for. @throws InputError for names that come twice or are not there */
export function chooseColumns(
  present: readonly string[],
  wanted: readonly string[] | undefined,
  where: string,
): string[] {
  const twice = present.find((name, index) => present.indexOf(name) < index);
  if (twice !== undefined) {
    throw new InputError({
      where,
      found: `the column '${twice}' twice`,
      expected: 'each name once',
    });
  }
  for (const name of wanted ?? []) {
    if (!present.includes(name)) {
      throw new InputError({ where, found: `no column '${name}'`, fix: suggestion(name, present) });
    }
  }
  return [...new Set(wanted ?? present)];
}

/** Values of a column as tables hold them: a Float64Array where all are numbers. */
export function columnarValues(
  values: unknown[],
  where: string,
  { integers = 'number' }: ColumnarOptions,
): ArrayLike<unknown> {
  let allNumbers = values.length > 0;
  for (let row = 0; row < values.length; row++) {
    const value = plainValue(values[row], integers, where, row);
    values[row] = value;
    allNumbers &&= typeof value === 'number';
  }
  return allNumbers ? Float64Array.from(values as number[]) : values;
}

function plainValue(
  value: unknown,
  integers: 'number' | 'bigint',
  where: string,
  row: number,
): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') {
    if (integers === 'bigint') return value;
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new InputError({
      where: `${where}, row ${String(row)} (from 0)`,
      found: `the integer ${String(value)}`,
      expected: 'integers of at most 53 bits',
      fix: "Read it with integers: 'bigint'.",
    });
  }
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    if (integers === 'bigint') return value;
    return Array.from(value, (item) => plainValue(item, integers, where, row));
  }
  if (Array.isArray(value)) return value.map((item) => plainValue(item, integers, where, row));
  return value;
}

/** What a column of a table is written as. */
export type ColumnKind =
  'boolean' | 'float' | 'double' | 'int32' | 'int64' | 'text' | 'date' | 'floats' | 'doubles';

/** A column to be written; missing values are null. */
export interface PackedColumn {
  readonly kind: ColumnKind;
  readonly values: ArrayLike<unknown>;
  readonly hasMissing: boolean;
}

/**
 * The values of a column in the order of the table (filtered and sorted as it is), and what they are
 * written as.
 *
 * @throws UsageError for a column of other or mixed types, with the row
 */
export function packColumn(table: ColumnTable, name: string): PackedColumn {
  const column = table.column(name);
  const values: unknown[] = [];
  let kind: ColumnKind | undefined;
  let hasMissing = false;
  for (const row of table.indices()) {
    const value: unknown = column?.at(row) ?? null;
    values.push(value);
    if (value === null) {
      hasMissing = true;
      continue;
    }
    const found = kindOf(value);
    const common = found === undefined ? undefined : commonKind(kind ?? found, found);
    if (common === undefined) {
      throw new UsageError({
        where: `column '${name}', row ${String(values.length - 1)} (from 0)`,
        found:
          found === undefined
            ? Object.prototype.toString.call(value)
            : `${found} after ${kind ?? ''}`,
        expected:
          'numbers, bigints, booleans, texts, dates or lists of numbers, of one kind a column',
      });
    }
    kind = common;
  }
  if (kind === 'doubles') {
    for (const [row, value] of values.entries()) {
      if (value !== null) values[row] = Float64Array.from(value as ArrayLike<number>);
    }
  }
  return { kind: kind ?? 'text', values, hasMissing };
}

const LARGEST_INT32 = 2 ** 31 - 1;

function kindOf(value: unknown): ColumnKind | undefined {
  switch (typeof value) {
    case 'number':
      // A negative zero is no integer.
      return Number.isInteger(value) && Math.abs(value) <= LARGEST_INT32 && !Object.is(value, -0)
        ? 'int32'
        : 'double';
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'int64' : undefined;
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'text';
    default:
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : 'date';
      if (value instanceof Float32Array) return 'floats';
      if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
        return value instanceof BigInt64Array || value instanceof BigUint64Array
          ? undefined
          : 'doubles';
      }
      return Array.isArray(value) && value.every((item) => typeof item === 'number')
        ? 'doubles'
        : undefined;
  }
}

/** The kind that holds values of both; undefined where there is none. */
function commonKind(a: ColumnKind, b: ColumnKind): ColumnKind | undefined {
  if (a === b) return a;
  const both = new Set([a, b]);
  if (both.has('int32') && both.has('double')) return 'double';
  if (both.has('floats') && both.has('doubles')) return 'doubles';
  return undefined;
}
