import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import {
  readExpressionTable,
  type ReadExpressionOptions,
} from '../../../kernel-lib/src/preparation/expression-reader.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options: ReadExpressionOptions = {}) =>
  readExpressionTable(encode(text), { tissues: 'all', ...options });

const wide = [
  'Cultivar\torganism_part\tZm1\tZm2\tZm3',
  'B97\troot\t1\t0.5\t3',
  'B97\tshoot system\t0\t0.1\t1e-3',
  'B97\troot\t3\t0.25\t5',
  '',
].join('\n');

describe('readExpressionTable, a row a tissue', () => {
  it('averages the measurements of a tissue and renames shoot system', async () => {
    const table = await read(wide);
    expect(table).toMatchObject({
      source: 'bytes',
      cultivar: 'B97',
      genes: ['Zm1', 'Zm2', 'Zm3'],
      tissues: ['root', 'shoot'],
      replicates: [2, 1],
    });
    expect([...table.values]).toEqual([2, 0, 0.375, 0.1, 4, 1e-3]);
  });

  it('takes tissues in the order that is asked for, and reads gzip, CRLF, quotes and commas', async () => {
    const expected = [0, 2, 0.1, 0.375, 1e-3, 4];
    const tissues = ['shoot', 'root'];
    const forms = [
      wide,
      wide.replaceAll('\n', '\r\n'),
      wide.trimEnd(),
      `\ufeff${wide}\n\n`,
      wide.replaceAll('\t', ','),
      wide.replaceAll(/[^\t\n]+/g, (field) => `"${field}"`),
    ];
    for (const form of forms) {
      expect([...(await read(form, { tissues })).values]).toEqual(expected);
    }
    const packed = await readExpressionTable(new Uint8Array(gzipSync(wide)), { tissues });
    expect([...packed.values]).toEqual(expected);
  });

  it('passes over the columns of the old layout, and genes without the prefix', async () => {
    const old = [
      'Run\tgrowth_condition\tCultivar\tDevelopmental_stage\tAge\torganism_part\tZm1\tcontam\tZm2',
      'ERR1\tfield\tB73\tV1\t5 days\troot\t1\t9\t2',
      'ERR2\tfield\tB97\tV1\t5 days\troot\t3\t9\t4',
    ].join('\n');
    const all = await read(old);
    expect(all).toMatchObject({ cultivar: undefined, genes: ['Zm1', 'contam', 'Zm2'] });
    expect([...all.values]).toEqual([2, 9, 3]);
    const some = await read(old, { genePrefix: 'Zm', cultivar: 'B97' });
    expect(some).toMatchObject({ cultivar: 'B97', genes: ['Zm1', 'Zm2'], replicates: [1] });
    expect([...some.values]).toEqual([3, 4]);
    await expect(read(old, { cultivar: 'Mo17' })).rejects.toThrow(/no rows of cultivar 'Mo17'/);
  });

  it.each([
    ['a missing tissue', wide, { tissues: ['root', 'ear'] }, /no tissue 'ear'.*option tissues/],
    ['a tissue asked for twice', wide, { tissues: ['root', 'root'] }, /'root' twice/],
    [
      'a duplicate gene',
      wide.replace('Zm2', 'Zm1'),
      {},
      /line 1, column 4 \(Zm1\): the gene 'Zm1'/,
    ],
    ['NaN', wide.replace('0.25', 'NaN'), {}, /line 4, column 4 \(Zm2\): 'NaN', a missing value/],
    ['an empty cell', wide.replace('0.25', ''), {}, /line 4, column 4 \(Zm2\): an empty cell/],
    ['a negative value', wide.replace('0.25', '-9.9'), {}, /'-9\.9'.*from 0.*readNormalised/],
    ['an infinite value', wide.replace('0.25', '1e999'), {}, /'1e999'; expected a number/],
    ['a word', wide.replace('0.25', 'high'), {}, /'high'.*metadataColumns/],
    ['a short row', wide.replace('\t0.25', ''), {}, /line 4: 4 fields; expected 5/],
    ['an empty file', '', {}, /an empty file/],
    ['blank lines only', '\n\n', {}, /an empty file/],
    ['a heading only', 'organism_part\tZm1\n', {}, /a heading and no rows/],
    ['no genes', 'Cultivar\torganism_part\nB97\troot\n', {}, /no gene;/],
    ['another prefix', wide, { genePrefix: 'AT' }, /no gene that begins with 'AT'/],
    ['a gene without name', wide.replace('Zm2', ''), {}, /column 4: no name/],
    ['a row without tissue', wide.replace('shoot system', ''), {}, /line 3: no tissue/],
    ['an open quote', wide.replace('0.25', '"0.25'), {}, /line 4, column 4: a quoted field/],
    ['a column that is not there', wide, { tissueColumn: 'organ' }, /no column 'organ'/],
    ['binary data', 'a\0b', {}, /binary data/],
    ['an unknown option', wide, { tisues: [] }, /Did you mean 'tissues'/],
  ] as const)('refuses %s', async (_, text, options, message) => {
    await expect(read(text, options as ReadExpressionOptions)).rejects.toThrow(message);
    await expect(read(text, options as ReadExpressionOptions)).rejects.toThrow(TataboxError);
  });

  it('reads missing values as NaN where that is asked for', async () => {
    const table = await read(wide.replace('0.25', 'NA'), { missing: 'nan' });
    expect(table.values[2]).toBeNaN();
    expect(table.values[0]).toBe(2);
  });

  it('stops at a signal, and tells how far it is', async () => {
    await expect(read(wide, { signal: AbortSignal.abort() })).rejects.toThrow(/interrupted/);
    const done: number[] = [];
    const long = `organism_part\t${Array.from({ length: 1200 }, (_, i) => `g${String(i)}`).join('\t')}\nroot${'\t1'.repeat(1200)}\n`;
    await read(long, { progress: (event) => done.push(event.done) });
    expect(done).toEqual([1]);
  });
});

describe('readExpressionTable, a row a gene', () => {
  it('reads a column a tissue, the first one named or not', async () => {
    const expected = { genes: ['a', 'b'], tissues: ['root', 'shoot'], replicates: [1, 2] };
    const table = await read('\troot\tshoot\tshoot system\na\t1\t2\t4\nb\t0\t5\t5\n');
    expect(table).toMatchObject(expected);
    expect([...table.values]).toEqual([1, 3, 0, 5]);
    const some = await read('gene_id\troot\tAge\tshoot\na\t1\tx\t2\nb\t0\ty\t5\n', {
      tissues: ['shoot'],
    });
    expect([...some.values]).toEqual([2, 5]);
  });

  it('refuses a duplicate gene, a missing tissue and a gene without name', async () => {
    await expect(read('g\troot\na\t1\na\t2\n')).rejects.toThrow(/line 3.*first in line 2.*'a'/);
    await expect(read('g\troot\na\t1\n', { tissues: ['rot'] })).rejects.toThrow(/'root'/);
    await expect(read('g\troot\n\t1\n')).rejects.toThrow(/line 2, column 1: no name/);
    await expect(read('g\na\n')).rejects.toThrow(/the heading g; expected a column organism_part/);
  });
});

describe('readExpressionTable, any table', () => {
  const value = fc.oneof(
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.integer({ min: 0, max: 1e6 }).map((n) => n / 1e6),
  );

  it('gives back every number exactly, however the bytes are cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 70 }),
        async (rows, padding) => {
          // A long metadata column moves the numbers across the ends of the pieces of 256 kB.
          const filler = 'x'.repeat((1 << 18) - 60 + padding);
          const text = [
            'Age\torganism_part\ta\tb\tc',
            ...rows.map((row, i) => `${i === 0 ? filler : ''}\tt${String(i)}\t${row.join('\t')}`),
          ].join('\n');
          const { values } = await read(text);
          rows.forEach((row, i) => {
            row.forEach((number, j) => {
              expect(values[j * rows.length + i]).toBe(number);
            });
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('damaged bytes give a table or an error that says where', async () => {
    const bytes = encode(wide);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.nat(255),
        fc.constantFrom('flip', 'cut', 'repeat'),
        async (at, byte, how) => {
          let damaged = bytes.slice();
          if (how === 'flip') damaged[at] = byte;
          else if (how === 'cut') damaged = damaged.slice(0, at);
          else damaged = Uint8Array.from([...bytes.slice(0, at), ...bytes]);
          try {
            const table = await readExpressionTable(damaged, { tissues: 'all' });
            expect(table.values.length).toBe(table.genes.length * table.tissues.length);
            expect(table.values.every((number) => number >= 0 && number < Infinity)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
