import { readFileSync } from 'node:fs';
import { table as makeTable } from 'arquero';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { readArrow, writeArrow } from '../../../kernel-lib/src/formats/arrow.ts';
import type { ColumnarOptions } from '../../../kernel-lib/src/formats/columnar-values.ts';
import { readParquet, writeParquet } from '../../../kernel-lib/src/formats/parquet.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/unit/formats/golden/`;

const readers = { arrow: readArrow, parquet: readParquet };
const writers = { arrow: writeArrow, parquet: writeParquet };
const kinds = ['arrow', 'parquet'] as const;

async function read(file: string | Uint8Array, options: ColumnarOptions = {}) {
  const isArrow = typeof file === 'string' && /arrow/.test(file);
  const table = await readers[isArrow ? 'arrow' : 'parquet'](file, options);
  return plain(table);
}

/** Columns as plain lists. */
function plain(table: Awaited<ReturnType<typeof readArrow>>): Record<string, unknown[]> {
  return Object.fromEntries(
    table.columnNames().map((name) => {
      const values = Array.from(table.array(name) as ArrayLike<unknown>, (value) =>
        ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value,
      );
      return [name, values];
    }),
  );
}

const expected = {
  int: [1, 2, 3, 4],
  long: [1, null, 2 ** 53 - 1, -4],
  float: [0.5, -1.25, null, 4],
  double: [0.1, 0.2, 0.3, 0.4],
  flag: [true, false, null, true],
  text: ['a', 'äö', null, ''],
  kind: ['x', 'y', 'x', null],
  list: [[1, 2], [], null, [3.5]],
  date: [new Date(Date.UTC(2020, 0, 2, 3, 4, 5)), null, null, null],
};

describe('readArrow and readParquet', () => {
  it.each([
    'table.arrow',
    'table.arrows',
    'table-none.parquet',
    'table-snappy.parquet',
    'table-gzip.parquet',
    'table-brotli.parquet',
    'table-v2.parquet',
  ])('read %s, which pyarrow wrote', async (name) => {
    expect(await read(golden + name)).toEqual(expected);
    const some = { columns: ['text', 'int'], limit: 3 };
    const part = await read(golden + name, some);
    expect(part).toEqual({ text: ['a', 'äö', null], int: [1, 2, 3] });
    expect(Object.keys(part)).toEqual(['text', 'int']);
    const big = await read(golden + name, { columns: ['long'], integers: 'bigint', limit: 2 });
    expect(big).toEqual({ long: [1n, null] });
    expect(await read(golden + name, { limit: 0, columns: ['int'] })).toEqual({ int: [] });
  });

  it('give numbers without gaps as Float64Array', async () => {
    const table = await readParquet(`${golden}table-snappy.parquet`);
    expect(table.data()['double']).toBeInstanceOf(Float64Array);
  });

  it.each([
    ['lz4.feather', readArrow, /compressed record batches.*Write it without compression/],
    ['table-lz4.parquet', readParquet, /columns compressed with LZ4.*Snappy or gzip/],
    ['large-int.parquet', readParquet, /row 0 \(from 0\): the integer 1152921504606846976/],
    ['table.arrow', readParquet, /expected a Parquet file/],
    ['table-gzip.parquet', readArrow, /expected an Arrow IPC/],
    ['none.parquet', readParquet, /no such file/],
    ['none.arrow', readArrow, /no such file/],
  ])('refuse %s', async (name, reader, message) => {
    await expect(reader(golden + name)).rejects.toThrow(message);
    await expect(reader(golden + name)).rejects.toThrow(TataboxError);
  });

  it('refuse wrong options and columns that are not there', async () => {
    for (const [reader, file] of [
      [readArrow, `${golden}table.arrow`],
      [readParquet, `${golden}table-none.parquet`],
    ] as const) {
      await expect(reader(file, { columns: ['flags'] })).rejects.toThrow(
        /no column 'flags'.*'flag'/,
      );
      await expect(reader(file, { limit: -1 })).rejects.toThrow(/option limit/);
      await expect(reader(file, { rows: 1 } as object)).rejects.toThrow(UsageError);
      await expect(reader(file, { integers: 'x' } as object)).rejects.toThrow(/option integers/);
    }
  });
});

const missing = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4 });
const doubles = fc.double({ noNaN: true });
const columns = {
  a: missing(doubles),
  b: doubles,
  c: missing(fc.integer()),
  d: missing(fc.string({ unit: 'grapheme' })),
  e: missing(fc.boolean()),
  f: missing(fc.date({ noInvalidDate: true })),
  g: missing(fc.array(doubles, { maxLength: 4 })),
  h: fc.boolean(),
  i: fc.string(),
} as const;

describe.each(kinds)('%s files', (kind) => {
  it('give back every table', async () => {
    const file = folder.path(`own.${kind}`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record(columns), { maxLength: 12 }), async (rows) => {
        const names = Object.keys(columns) as (keyof typeof columns)[];
        const data = names.map((name): [string, unknown[]] => [name, rows.map((row) => row[name])]);
        await writers[kind](file, makeTable(data));
        expect(plain(await readers[kind](file))).toEqual(Object.fromEntries(data));
      }),
      { numRuns: 40 },
    );
  });

  it('follow filters and orders, and keep bigints and float lists', async () => {
    const file = folder.path(`ordered.${kind}`);
    const table = makeTable({
      id: [3n, 1n, 2n],
      values: [Float32Array.of(0.1), Float32Array.of(), Float32Array.of(1, 2)],
    });
    await writers[kind](file, table.orderby('id').slice(0, 2));
    const back = plain(await readers[kind](file, { integers: 'bigint' }));
    expect(back).toEqual({ id: [1n, 2n], values: [[], [1, 2]] });
  });

  it('refuse columns of mixed or other types', async () => {
    const file = folder.path(`mixed.${kind}`);
    const attempt = (values: unknown[]) => writers[kind](file, makeTable({ x: values }));
    await expect(attempt([1, 'a'])).rejects.toThrow(/column 'x', row 1.*text after int32/);
    await expect(attempt([{}])).rejects.toThrow(/\[object Object\]/);
    await expect(attempt([2n ** 64n])).rejects.toThrow(/BigInt/);
    await expect(attempt([1, 2.5])).resolves.toBeUndefined();
  });

  it('answer damaged files with a table or an InputError', async () => {
    const names =
      kind === 'arrow'
        ? ['table.arrow', 'table.arrows']
        : ['table-none.parquet', 'table-snappy.parquet', 'table-v2.parquet'];
    for (const name of names) {
      const whole = readFileSync(golden + name);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
          fc.option(fc.nat(whole.length), { freq: 8 }),
          async (changes, cut) => {
            const damaged = Buffer.from(whole);
            for (const [at, value] of changes) damaged[at] = value;
            await readers[kind](damaged.subarray(0, cut ?? damaged.length)).catch(
              (error: unknown) => expect(error).toBeInstanceOf(TataboxError),
            );
          },
        ),
        { numRuns: 250, interruptAfterTimeLimit: 4000 },
      );
    }
  });
});
