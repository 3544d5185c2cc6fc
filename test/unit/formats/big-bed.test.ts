import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAutoSql, parseAutoSqlValue } from '../../../kernel-lib/src/formats/auto-sql.ts';
import { openBigBed } from '../../../kernel-lib/src/formats/big-bed.ts';
import {
  answersOrRefuses,
  damaged,
  golden,
  goldenBytes,
  goldenFile,
  goldenFolder,
} from './binary-golden.ts';
import { serveFolder } from './range-server.ts';

const name = 'pybigwig-test.bigBed';
const { chrom, chroms, entries, some } = golden.bigBed;
const server = await serveFolder(goldenFolder);

it('has the contigs and the declared fields', async () => {
  const file = await openBigBed(goldenFile(name));
  expect(Object.fromEntries(file.contigs.map((contig) => [contig.name, contig.length]))).toEqual(
    chroms,
  );
  expect(file.schema.name).toBe('RnaElements');
  expect(file.schema.fields.map((field) => `${field.type} ${field.name}`)).toEqual([
    'string chrom',
    'uint chromStart',
    'uint chromEnd',
    'string name',
    'uint score',
    'char[1] strand',
    'float level',
    'float signif',
    'uint score2',
  ]);
  await file.close();
});

it.each([
  ['a path', goldenFile(name)],
  ['a web address', server.address(name)],
  ['bytes', goldenBytes(name)],
])('gives the entries of pyBigWig from %s', async (_, source) => {
  const file = await openBigBed(source);
  const asEntries = async (start: number, end: number) =>
    (await file.records({ chrom, start, end })).map((record) => [
      record.start,
      record.end,
      Object.values(record.fields).join('\t'),
    ]);
  // Numbers as they are: 5.42 for 5.420.
  const asNumbers = (list: typeof entries) =>
    list.map(([start, end, text]) => [
      start,
      end,
      text
        .split('\t')
        .map((part) => (/^[\d.]+$/.test(part) ? String(Number(part)) : part))
        .join('\t'),
    ]);
  expect(await asEntries(0, chroms[chrom]!)).toEqual(asNumbers(entries));
  expect(await asEntries(some[0], some[1])).toEqual(asNumbers(some[2]));
  const [record] = await file.records({ chrom, start: 0, end: chroms[chrom]! });
  expect(record).toMatchObject({
    name: '61035',
    strand: '-',
    fields: { score: 130, level: 0.026 },
  });
  let count = 0;
  for await (const each of file.stream()) count += each.chrom === chrom ? 1 : 0;
  expect(count).toBe(entries.length);
  await file.close();
});

it('answers or refuses whatever the bytes are', async () => {
  const bytes = goldenBytes(name);
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged(bytes, 1500), damaged(bytes)), (broken) =>
      answersOrRefuses(async () => {
        const file = await openBigBed(broken);
        for await (const record of file.stream()) if (record.start < 0) throw new Error('negative');
      }),
    ),
    { numRuns: 500 },
  );
});

describe('autoSql', () => {
  it('reads sizes, lists of values, indexes and comments', () => {
    const table = parseAutoSql(
      'table a\n"An (odd) ; comment"\n( string chrom; "C" int[blockCount] sizes; "S" enum(up, down) way; "" set(a,b) s; "" lstring text ;"")',
    );
    expect(table?.comment).toBe('An (odd) ; comment');
    expect(table?.fields.map(({ type, name: field }) => [type, field])).toEqual([
      ['string', 'chrom'],
      ['int[blockCount]', 'sizes'],
      ['enum(up,down)', 'way'],
      ['set(a,b)', 's'],
      ['lstring', 'text'],
    ]);
    expect(parseAutoSql('no table')).toBeUndefined();
    expect(parseAutoSql('table a "x" ( string chrom "C")')).toBeUndefined();
  });

  it('turns text into numbers and lists', () => {
    expect(parseAutoSqlValue('uint', '12')).toBe(12);
    expect(parseAutoSqlValue('float', '-1e-3')).toBe(-0.001);
    expect(parseAutoSqlValue('double', 'nan')).toBeNaN();
    expect(parseAutoSqlValue('int[2]', '1,2,')).toEqual([1, 2]);
    expect(parseAutoSqlValue('string[2]', 'a,b')).toEqual(['a', 'b']);
    expect(parseAutoSqlValue('char[1]', '+')).toBe('+');
    expect(parseAutoSqlValue('uint', '1x')).toBeUndefined();
    expect(parseAutoSqlValue('int[2]', '1,b')).toBeUndefined();
  });

  it('answers for any text', () => {
    const word = fc.constantFrom(
      'table',
      'a',
      '"x"',
      '(',
      ')',
      ';',
      '[',
      ']',
      ',',
      '"',
      'uint',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        parseAutoSql(words.join(' '));
      }),
      { numRuns: 2000 },
    );
  });
});
