import type { Batch, Column, DataType } from '@uwdata/flechette';
import { table as makeTable } from 'arquero';
import type { ColumnTable } from 'arquero';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, TataboxError, UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { checkArrow } from './arrow-check.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { readBytes } from './read-bytes.ts';
import {
  chooseColumns,
  checkColumnarOptions,
  columnarValues,
  packColumn,
  type ColumnarOptions,
} from './columnar-values.ts';

/**
 * Reads an Arrow IPC file (also called Feather version 2) or stream (Arrow columnar format) into a
 * table, without compression. Missing values are null, dictionaries are resolved, dates are `Date`,
 * lists of numbers are typed arrays where no value is missing.
 *
 * @throws InputError for what is no such file, is damaged or compressed, for integers beyond 2^53
 *   (see the option integers), and a column that is not there
 *
 * @example
 * const table = await readArrow('tracks.arrow', { columns: ['gene', 'coverage'], limit: 1000 });
 */
export async function readArrow(
  source: FileSource,
  options: ColumnarOptions = {},
): Promise<ColumnTable> {
  checkColumnarOptions(options, 'readArrow');
  const where = sourceName(source);
  const bytes = await readBytes(source);
  try {
    // The library lays typed arrays on the bytes, which must lie on a multiple of 8.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
    checkArrow(aligned, where);
    const { tableFromIPC } = await import('@uwdata/flechette');
    const content = tableFromIPC(aligned, { useBigInt: true, useDate: true });
    const names = chooseColumns(content.names, options.columns, where);
    const columns = names.map((name): [string, unknown[]] => {
      const column = content.getChild(name) as Column<unknown>;
      return [name, readColumn(column, `${where}, column '${name}'`, options) as unknown[]];
    });
    return makeTable(columns, names);
  } catch (error) {
    if (error instanceof TataboxError) throw error;
    throw new InputError(
      {
        where,
        found: `data that cannot be read (${error instanceof Error ? error.message : String(error)})`,
        expected: 'an Arrow IPC file or stream',
        fix: 'It is damaged, or has types that tables cannot hold: write it again.',
      },
      { cause: error },
    );
  }
}

function readColumn(column: Column<unknown>, where: string, options: ColumnarOptions) {
  const values: unknown[] = [];
  const limit = options.limit ?? Infinity;
  for (const batch of column.data) {
    if (values.length >= limit) break;
    checkBatch(batch, where);
    for (let i = 0; i < batch.length && values.length < limit; i++) {
      const value: unknown = batch.at(i);
      if (value === undefined) throw damaged(where);
      values.push(value);
    }
  }
  return columnarValues(values, where, options);
}

function damaged(where: string): InputError {
  return new InputError({
    where,
    found: 'fewer bytes than its values take',
    fix: 'The file is damaged: write it again.',
  });
}

/** Whether the buffers of a batch hold what its length says, which the library does not look at. */
function checkBatch(batch: Batch<unknown>, where: string): void {
  const { length, nullCount, type } = batch;
  const { validity, values, offsets, children } = batch as unknown as {
    validity?: Uint8Array;
    values?: { readonly length: number };
    offsets?: ArrayLike<number | bigint>;
    children?: readonly Batch<unknown>[];
  };
  const stride = strideOf(type);
  if (nullCount > 0 && validity !== undefined && validity.length * 8 < length) throw damaged(where);
  const room = values?.length ?? children?.[0]?.length ?? 0;
  if (offsets !== undefined && length > 0) {
    if (offsets.length < length + 1) throw damaged(where);
    for (let i = 0; i < length; i++) {
      const [start, end] = [Number(offsets[i]), Number(offsets[i + 1])];
      if (!(start >= 0 && start <= end && end <= room)) throw damaged(where);
    }
  } else if (values !== undefined && offsets === undefined) {
    if (values.length < length * stride) throw damaged(where);
  }
  for (const child of children ?? []) {
    if (offsets === undefined && child.length < length * stride) throw damaged(where);
    checkBatch(child, where);
  }
}

/** Elements of the buffer (or of the child) that a value takes. */
function strideOf(type: DataType): number {
  const { stride, typeId } = type as unknown as { stride?: number; typeId: number };
  const BOOL = 6;
  const UTF8_VIEW = 24;
  const BINARY_VIEW = 23;
  if (typeId === BOOL) return 1 / 8;
  if (typeId === UTF8_VIEW || typeId === BINARY_VIEW) return 16;
  return stride ?? 1;
}

/** Options of {@link writeArrow}. */
export interface WriteArrowOptions {
  /** `file` (default; Feather version 2) can be read at any place, `stream` from begin to end. */
  readonly format?: 'file' | 'stream';
}

/**
 * Writes a table as an Arrow IPC file or stream, complete or not at all. Columns may hold numbers,
 * bigints, booleans, texts, dates and lists of numbers, with missing values (null, undefined).
 *
 * @throws UsageError for a column of other or mixed types
 */
export async function writeArrow(
  file: string,
  table: ColumnTable,
  options: WriteArrowOptions = {},
): Promise<void> {
  checkOptionNames(options, ['format'], 'writeArrow');
  const { format = 'file' } = options;
  if (format !== 'file' && format !== 'stream') {
    throw new UsageError({
      where: 'writeArrow, option format',
      found: String(format),
      expected: "'file' or 'stream'",
    });
  }
  const arrow = await import('@uwdata/flechette');
  const { bool, float32, float64, int32, int64, list, timestamp, utf8, TimeUnit } = arrow;
  const types = {
    boolean: bool(),
    float: float32(),
    double: float64(),
    int32: int32(),
    int64: int64(),
    text: utf8(),
    date: timestamp(TimeUnit.MILLISECOND),
    floats: list(float32()),
    doubles: list(float64()),
  } as const;
  const columns = table.columnNames().map((name): [string, Column<unknown>] => {
    const { kind, values } = packColumn(table, name);
    return [name, arrow.columnFromArray(values as unknown[], types[kind]) as Column<unknown>];
  });
  const bytes = arrow.tableToIPC(arrow.tableFromColumns(columns), { format });
  if (bytes === null)
    throw new UsageError({ where: file, found: 'a table that cannot be encoded' });
  await writeFileAtomically(file, bytes);
}
