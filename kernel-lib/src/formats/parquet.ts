import { gzipSync } from 'node:zlib';
import { table as makeTable } from 'arquero';
import type { ColumnTable } from 'arquero';
import type { SchemaElement } from 'hyparquet';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, TataboxError, UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { openSource, type ByteSource, type FileSource } from './byte-source.ts';
import {
  checkColumnarOptions,
  chooseColumns,
  columnarValues,
  packColumn,
  type ColumnarOptions,
  type ColumnKind,
} from './columnar-values.ts';
import { checkParquetPages } from './parquet-check.ts';
import { decompressors } from './parquet-codecs.ts';
import { readExactly } from './read-exactly.ts';

/**
 * Reads a Parquet file (Apache Parquet format) into a table: of a file on a disk or a server only the
 * columns and row groups that are wanted. Compression: none, Snappy, gzip, Brotli, and Zstandard from
 * Node.js 22.15 on. Missing values are null, dates are `Date`, lists are arrays.
 *
 * @throws InputError for what is no such file or is damaged, for integers beyond 2^53 (see the option
 *   integers), and a column that is not there
 *
 * @example
 * const table = await readParquet('variants.parquet', { columns: ['chrom', 'pos'], limit: 1000 });
 */
export async function readParquet(
  source: FileSource,
  options: ColumnarOptions = {},
): Promise<ColumnTable> {
  checkColumnarOptions(options, 'readParquet');
  const bytes = openSource(source);
  try {
    return await readColumns(bytes, options);
  } catch (error) {
    if (error instanceof TataboxError || (error as NodeJS.ErrnoException).syscall !== undefined) {
      throw error;
    }
    const message = error instanceof Error ? error.message : String(error);
    const codec = /compression codec: (\w+)/.exec(message)?.[1];
    throw new InputError(
      {
        where: bytes.name,
        found:
          codec === undefined
            ? `data that cannot be read (${message})`
            : `columns compressed with ${codec}`,
        expected: 'a Parquet file',
        fix:
          codec === undefined
            ? 'The file is damaged: copy or write it again.'
            : 'Write it with Snappy or gzip compression.',
      },
      { cause: error },
    );
  } finally {
    await bytes.close();
  }
}

async function readColumns(source: ByteSource, options: ColumnarOptions): Promise<ColumnTable> {
  const { parquetMetadataAsync, parquetSchema, parquetScan } = await import('hyparquet');
  const where = source.name;
  const size = await source.size();
  const file = {
    byteLength: size,
    slice: async (start: number, end = size): Promise<ArrayBuffer> => {
      const begin = start < 0 ? size + start : start;
      const part = await readExactly(source, begin, end - begin, 'the data');
      return part.buffer as ArrayBuffer;
    },
  };
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const present = parquetSchema(metadata).children.map((child) => child.element.name);
  const names = chooseColumns(present, options.columns, where);
  const rows = Math.min(Number(metadata.num_rows), options.limit ?? Infinity);
  await checkParquetPages(file.slice, metadata, new Set(names), rows, where);
  const scan = await parquetScan({
    file,
    metadata,
    columns: names,
    rowStart: 0,
    rowEnd: rows,
    compressors: decompressors,
    useOffsetIndex: false,
    geoparquet: false,
  });
  const columns: [string, unknown[]][] = [];
  for (const column of names) {
    const values: unknown[] = [];
    for (const { rowStart, rowEnd } of scan.ranges) {
      if (rowStart >= rows) break;
      const part = await scan.readColumn({ column, rowStart, rowEnd: Math.min(rowEnd, rows) });
      for (const value of part as Iterable<unknown>) values.push(value);
    }
    const place = `${where}, column '${column}'`;
    if (values.length !== rows) {
      throw new InputError({
        where: place,
        found: `${String(values.length)} values`,
        expected: String(rows),
        fix: 'The file is damaged: copy or write it again.',
      });
    }
    columns.push([column, columnarValues(values, place, options) as unknown[]]);
  }
  return makeTable(columns, names);
}

/** Options of {@link writeParquet}. */
export interface WriteParquetOptions {
  /** Default `snappy`, as pyarrow. */
  readonly compression?: 'none' | 'snappy' | 'gzip';
}

/** Fields of a column: a list has three levels (Parquet format, LogicalTypes, Lists). */
function schemaOf(name: string, kind: ColumnKind, hasMissing: boolean): SchemaElement[] {
  const repetition = hasMissing ? 'OPTIONAL' : 'REQUIRED';
  const leaf = (
    type: SchemaElement['type'],
    converted?: SchemaElement['converted_type'],
  ): SchemaElement[] => [{ name, type, converted_type: converted, repetition_type: repetition }];
  switch (kind) {
    case 'boolean':
      return leaf('BOOLEAN');
    case 'int32':
      return leaf('INT32');
    case 'int64':
      return leaf('INT64');
    case 'float':
      return leaf('FLOAT');
    case 'double':
      return leaf('DOUBLE');
    case 'text':
      return leaf('BYTE_ARRAY', 'UTF8');
    case 'date':
      return leaf('INT64', 'TIMESTAMP_MILLIS');
    case 'floats':
    case 'doubles':
      return [
        { name, converted_type: 'LIST', num_children: 1, repetition_type: repetition },
        { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
        {
          name: 'element',
          type: kind === 'floats' ? 'FLOAT' : 'DOUBLE',
          repetition_type: 'REQUIRED',
        },
      ];
  }
}

/**
 * Writes a table as a Parquet file, complete or not at all. Columns may hold numbers, bigints,
 * booleans, texts, dates and lists of numbers, with missing values (null, undefined).
 *
 * @throws UsageError for a column of other or mixed types
 */
export async function writeParquet(
  file: string,
  table: ColumnTable,
  options: WriteParquetOptions = {},
): Promise<void> {
  checkOptionNames(options, ['compression'], 'writeParquet');
  const { compression = 'snappy' } = options;
  const codecs = { none: 'UNCOMPRESSED', snappy: 'SNAPPY', gzip: 'GZIP' } as const;
  if (!Object.hasOwn(codecs, compression)) {
    throw new UsageError({
      where: 'writeParquet, option compression',
      found: String(compression),
      expected: "'none', 'snappy' or 'gzip'",
    });
  }
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const names = table.columnNames();
  const schema: SchemaElement[] = [{ name: 'root', num_children: names.length }];
  const columnData = names.map((name) => {
    const { kind, values, hasMissing } = packColumn(table, name);
    for (const field of schemaOf(name, kind, hasMissing)) schema.push(field);
    // The writer walks into lists by the prototype of arrays.
    const isList = kind === 'floats' || kind === 'doubles';
    const lists = values as ArrayLike<ArrayLike<number> | null>;
    const data = isList ? Array.from(lists, (list) => list && Array.from(list)) : values;
    return { name, data: data as unknown[] };
  });
  const bytes = parquetWriteBuffer({
    columnData,
    schema,
    codec: codecs[compression],
    compressors: { GZIP: (input) => gzipSync(input) },
    createdBy: 'tatabox',
  });
  await writeFileAtomically(file, new Uint8Array(bytes));
}
