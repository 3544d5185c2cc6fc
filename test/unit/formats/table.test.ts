import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { desc, escape, table as makeTable } from 'arquero';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  numericColumn,
  readTable,
  requireColumns,
  writeTable,
} from '../../../kernel-lib/src/formats/table.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string, options = {}, name = 'a.tsv') =>
  readTable(folder.write(name, text), options);

describe('readTable', () => {
  it('reads the yeast expression table', async () => {
    const genes = await readTable(
      `${repository}notebooks/data/yeast_R64/yeast_promoter_expression.tsv.gz`,
    );
    expect(genes.numRows()).toBe(5811);
    expect(genes.numCols()).toBe(16);
    expect(genes.get('gene_id', 0)).toBe('YAL068C');
    expect(genes.get('tss', 0)).toBe(2169);
    const halfLife = numericColumn(genes, 'half_life_min', { allowMissing: true });
    expect(halfLife.filter((value) => !Number.isNaN(value))).toHaveLength(3858);
    const fpkm = numericColumn(genes, 'fpkm');
    const logFpkm = numericColumn(genes, 'log10_fpkm');
    for (const [i, value] of fpkm.entries()) {
      expect(Math.log10(value + 0.1)).toBeCloseTo(logFpkm[i]!, 3);
    }
  });

  it('takes a column as numbers only where all values are', async () => {
    const table = await read(
      'int\tfloat\tmixed\tpadded\tlong\thole\ttext\tempty\n' +
        '1\t1.5e-3\t7\t007\t12345678901234567890\t\tNAN\t\n' +
        '-2\t.5\tx\t010\t12345678901234567891\tNA\tb\t\n',
    );
    expect(table.objects()).toEqual([
      {
        int: 1,
        float: 0.0015,
        mixed: '7',
        padded: '007',
        long: '12345678901234567890',
        hole: null,
        text: 'NAN',
        empty: null,
      },
      {
        int: -2,
        float: 0.5,
        mixed: 'x',
        padded: '010',
        long: '12345678901234567891',
        hole: 'NA',
        text: 'b',
        empty: null,
      },
    ]);
    const late = await read(`x\n${'1\n'.repeat(3000)}two\n`);
    expect(late.get('x', 0)).toBe('1');
    expect(late.get('x', 3000)).toBe('two');
  });

  it('reads types and spellings of missing values that are given', async () => {
    const columns = { id: 'string', used: 'boolean', n: 'number' } as const;
    const table = await read('id\tused\tn\n1\tTRUE\t-\n2\t0\t5\n', { columns, missing: ['-'] });
    expect(table.objects()).toEqual([
      { id: '1', used: true, n: null },
      { id: '2', used: false, n: 5 },
    ]);
    await expect(read('n\n1\nx\n', { columns: { n: 'number' } })).rejects.toThrow(
      /a\.tsv, line 3, column 'n': 'x'; expected a number/,
    );
    await expect(read('n\nmaybe\n', { columns: { n: 'boolean' } })).rejects.toThrow(
      /true or false/,
    );
    await expect(read('n\n1\n', { columns: { m: 'number' } })).rejects.toThrow(
      /no column 'm'.*'n'/,
    );
    await expect(read('n\n1\n', { columns: { n: 'float' } })).rejects.toThrow(/type 'float'/);
  });

  it('reads quoted fields with delimiters, quotes and line breaks', async () => {
    const csv = '\ufeff"a","b,c"\r\n"x ""y""",1\r\n"two\r\nlines",2\r\n,3\r\n\r\n';
    const table = await read(csv, {}, 'q.csv');
    expect(table.objects()).toEqual([
      { a: 'x "y"', 'b,c': 1 },
      { a: 'two\nlines', 'b,c': 2 },
      { a: null, 'b,c': 3 },
    ]);
    await expect(read('a,b\n"x,1\n', {}, 'q.csv')).rejects.toThrow(
      /line 2: a quoted field that does/,
    );
    await expect(read('a,b\n"x"y,1\n', {}, 'q.csv')).rejects.toThrow(/after the closing quote/);
    await expect(read('a,b\n"x\ny",1,2\n', {}, 'q.csv')).rejects.toThrow(/line 2: 3 fields/);
  });

  it('finds the delimiter', async () => {
    const rows = [{ a: 1, b: 2 }];
    expect((await read('a,b\n1,2\n', {}, 'x.csv')).objects()).toEqual(rows);
    expect((await read('a,b\n1,2\n', {}, 'x.txt')).objects()).toEqual(rows);
    expect((await read('a;b\n1;2\n', {}, 'x.txt')).objects()).toEqual(rows);
    expect((await read('a|b\n1|2\n', { delimiter: '|' }, 'x.csv')).objects()).toEqual(rows);
    const file = folder.write('x.tsv.gz', gzipSync('a\tb\n1\t2\n'));
    expect((await readTable(file)).objects()).toEqual(rows);
    await expect(read('a;b\n1;2\n', {}, 'x.csv')).rejects.toThrow(
      /a heading with ';' but no ','.*delimiter: ";"/,
    );
    await expect(read('a\n', { delimiter: '' })).rejects.toThrow(/option delimiter/);
  });

  it('explains ragged rows and bad headings', async () => {
    await expect(read('a\tb\n1\t2\n1\n')).rejects.toThrow(/line 3: 1 field; expected 2 as in/);
    await expect(read('a\tb\n\n1\t2\n')).rejects.toThrow(/line 2: 1 field; expected 2/);
    await expect(read('a\tb\ta\n')).rejects.toThrow(/'a' for a second time/);
    await expect(read('a\t\tb\n')).rejects.toThrow(/no name for column 2/);
    await expect(read('')).rejects.toThrow(/an empty file/);
    expect((await read('a\tb\n')).numRows()).toBe(0);
    expect((await read('a\n1\n\n2\n')).objects()).toEqual([{ a: 1 }, { a: null }, { a: 2 }]);
  });
});

describe('writeTable', () => {
  it('is inverse to readTable, with all digits', async () => {
    const text = fc
      .stringMatching(/^[a-z"',;\n\t é]{1,6}$/)
      .filter((value) => !value.includes('\r'));
    const rows = fc.array(
      fc.record({
        label: fc.oneof(text, fc.constant(null)),
        value: fc.double({ noNaN: true }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('w.csv', 'w.tsv', 'w.tsv.gz'), async (data, name) => {
        const file = folder.path(name);
        const table = makeTable({
          label: data.map((row) => row.label),
          value: data.map((row) => row.value + 0),
        });
        await writeTable(file, table);
        const back = await readTable(file, { columns: { label: 'string' } });
        expect(JSON.stringify(back.objects())).toBe(JSON.stringify(table.objects()));
      }),
      { numRuns: 40 },
    );
  });

  it('follows the filter and the order of the table, and writes NaN as empty', async () => {
    const file = folder.path('ordered.csv');
    const table = makeTable({ a: [1, 2, 3], b: [0.1, NaN, null] })
      .filter(escape((row: { a: number }) => row.a > 1))
      .orderby(desc('a'));
    await writeTable(file, table);
    expect(readFileSync(file, 'utf8')).toBe('a,b\n3,\n2,\n');
    expect([...numericColumn(table, 'a')]).toEqual([3, 2]);
    await writeTable(`${file}.gz`, table);
    expect(gunzipSync(readFileSync(`${file}.gz`)).toString()).toBe('a,b\n3,\n2,\n');
    await expect(writeTable(folder.path('x.json'), table)).rejects.toThrow(
      /without a known ending/,
    );
  });
});

describe('requireColumns and numericColumn', () => {
  const table = makeTable({ gene: ['a', 'b'], tss: [1, null], flag: [true, false] });

  it('name what is missing and the nearest', () => {
    expect(() => {
      requireColumns(table, ['gene', 'tsss'], 'genes.tsv');
    }).toThrow(/genes\.tsv: no column 'tsss'\. Did you mean 'tss'\?/);
    expect(() => numericColumn(table, 'genes')).toThrow(/Did you mean 'gene'/);
  });

  it('name the row and value that is no number', () => {
    expect(() => numericColumn(table, 'gene')).toThrow(/column 'gene', row 0 \(from 0\): 'a'/);
    expect(() => numericColumn(table, 'tss')).toThrow(/row 1 \(from 0\): no value.*allowMissing/);
    expect([...numericColumn(table, 'tss', { allowMissing: true })]).toEqual([1, NaN]);
    expect([...numericColumn(table, 'flag')]).toEqual([1, 0]);
  });
});
