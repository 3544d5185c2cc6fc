import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFasta } from '../../../kernel-lib/src/formats/fasta-records.ts';
import { readTable } from '../../../kernel-lib/src/formats/table.ts';
import type { Promoter } from '../../../kernel-lib/src/preparation/promoter-extraction.ts';
import { combinePromoters } from '../../../kernel-lib/src/preparation/promoter-file-combine.ts';
import {
  parsePromoterName,
  writePromoters,
} from '../../../kernel-lib/src/preparation/promoter-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-promoter-file-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});
const at = (name: string): string => path.join(folder, name);

function promoter(gene: string, sequence: string, start = 5): Promoter {
  const end = start + sequence.length;
  const name = `${gene}::chr1:${String(start)}-${String(end)}(-)`;
  return { gene, name, chrom: 'chr1', start, end, strand: '-', sequence };
}

const promoters = [promoter('a', 'ACgtN'), promoter('b', 'TTT', 40)];

describe('writePromoters', () => {
  test('FASTA with one line a sequence, plain and gzip', async () => {
    const text = '>a::chr1:5-10(-)\nACgtN\n>b::chr1:40-43(-)\nTTT\n';
    await writePromoters(at('p.fa'), promoters);
    expect(await readFile(at('p.fa'), 'utf8')).toBe(text);
    await writePromoters(at('p.fasta.gz'), promoters);
    expect(gunzipSync(await readFile(at('p.fasta.gz'))).toString()).toBe(text);
  });

  test('a table', async () => {
    await writePromoters(at('p.csv'), promoters);
    expect((await readTable(at('p.csv'))).objects()).toEqual([
      { gene: 'a', contig: 'chr1', start: 5, end: 10, strand: '-', sequence: 'ACgtN' },
      { gene: 'b', contig: 'chr1', start: 40, end: 43, strand: '-', sequence: 'TTT' },
    ]);
  });

  test('many pieces of a gzip file are one file', async () => {
    const many = Array.from({ length: 3000 }, (_, index) =>
      promoter(`g${String(index)}`, 'ACGT'.repeat(250)),
    );
    await writePromoters(at('p.fa.gz'), many);
    expect((await readFasta(at('p.fa.gz'))).map(({ name }) => name)).toEqual(
      many.map(({ name }) => name),
    );
  });

  test('another ending, and an error on the way, leave nothing', async () => {
    await expect(writePromoters(at('p.bed'), promoters)).rejects.toThrow(/a known ending/);
    function* failing(): Generator<Promoter> {
      yield promoter('a', 'ACGT');
      throw new Error('on the way');
    }
    await expect(writePromoters(at('p.fa'), failing())).rejects.toThrow('on the way');
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('long names are read back', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\w.-]{1,12}$/),
      fc.stringMatching(/^[\w.:-]{1,12}$/),
      fc.nat(),
      fc.nat(),
      fc.constantFrom('+', '-'),
      (gene, chrom, start, length, strand) => {
        const end = start + length;
        const name = `${gene}::${chrom}:${String(start)}-${String(end)}(${strand})`;
        expect(parsePromoterName(name)).toEqual({ gene, chrom, start, end, strand });
      },
    ),
  );
  expect(parsePromoterName('Zm00001')).toBeUndefined();
});

describe('combinePromoters', () => {
  test('one table in upper case, from FASTA and tables', async () => {
    await writePromoters(at('a.fa'), [...promoters, promoter('none', '')]);
    await writePromoters(at('b.tsv'), [promoter('x', 'ggcc')]);
    await writeFile(at('c.csv.gz'), gzipSync('name,sequence\ny::c:1-3(+),ac\n'));
    const species = await combinePromoters({
      sources: [
        { species: 'one', file: at('a.fa') },
        { species: 'two', file: at('b.tsv') },
        { species: 'three', file: at('c.csv.gz') },
      ],
      out: at('all.csv'),
    });
    expect(species).toEqual([
      { species: 'one', promoters: 2, empty: 1 },
      { species: 'two', promoters: 1, empty: 0 },
      { species: 'three', promoters: 1, empty: 0 },
    ]);
    expect(await readFile(at('all.csv'), 'utf8')).toBe(
      'species,gene,name,sequence\n' +
        'one,a,a::chr1:5-10(-),ACGTN\none,b,b::chr1:40-43(-),TTT\n' +
        'two,x,x,GGCC\nthree,y,y::c:1-3(+),AC\n',
    );
  });

  test('a species in two spellings, and the same file twice, as B73 was in the original', async () => {
    await writePromoters(at('a.fa'), promoters);
    await writePromoters(at('b.fa.gz'), promoters);
    const combine = (first: string, second: string): Promise<unknown> =>
      combinePromoters({
        sources: [
          { species: first, file: at('a.fa') },
          { species: second, file: at('b.fa.gz') },
        ],
        out: at('all.tsv'),
      });
    await expect(combine('zm-b73', 'zmb73')).rejects.toThrow(
      /species 'zmb73' for a second time \(before as 'zm-b73'\)/,
    );
    await expect(combine('zmb73', 'other')).rejects.toThrow(
      /b\.fa\.gz: the promoters of species 'other' are those of 'zmb73'/,
    );
    expect(readdirSync(folder).sort()).toEqual(['a.fa', 'b.fa.gz']);
  });

  test.each([
    ['gene\tseqence\na\tAC\n', /no column 'sequence' or 'seq'.*Did you mean 'seqence'/],
    ['gene\tsequence\na\n', /line 2: 1 fields; expected 2/],
    ['gene\tsequence\na\tA\na\tC\n', /line 3: the name 'a' for a second time/],
    ['', /an empty file/],
  ])('bad tables: %j', async (text, message) => {
    await writeFile(at('a.tsv'), text);
    const sources = [{ species: 'a', file: at('a.tsv') }];
    await expect(combinePromoters({ sources, out: at('all.tsv') })).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual(['a.tsv']);
  });

  test('wrong options', async () => {
    const sources = [{ species: 'a', file: at('a.tsv') }];
    await expect(combinePromoters({ sources: [], out: at('x.tsv') })).rejects.toThrow(/none/);
    await expect(combinePromoters({ sources, out: at('x.fa') })).rejects.toThrow(/a table/);
    await expect(
      combinePromoters({ sources: [{ species: '-', file: 'a' }], out: at('x.tsv') }),
    ).rejects.toThrow(/the species '-'/);
  });
});
