import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readLabelledPromoters } from '../../../kernel-lib/src/datasets/tissue-expression-labels.ts';
import { readCultivars } from '../../../kernel-lib/src/preparation/expression-cultivars.ts';
import {
  readClusterFolds,
  readFolds,
} from '../../../kernel-lib/src/preparation/expression-folds.ts';
import {
  pythonNumber,
  writeExpressionTables,
  writeLabelledPromoters,
  writeTrainingTables,
} from '../../../kernel-lib/src/preparation/expression-output.ts';
import {
  labelPromoters,
  type LabelledPromoter,
  type LabelPromotersOptions,
} from '../../../kernel-lib/src/preparation/expression-promoters.ts';
import { readExpressionTable } from '../../../kernel-lib/src/preparation/expression-reader.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const table = (rows: string, cultivar?: string) =>
  readExpressionTable(bytes(rows), {
    tissues: ['root', 'ear'],
    missing: 'nan',
    ...(cultivar === undefined ? {} : { cultivar }),
  });

const b73 = () =>
  table('gene\tear\troot\na\t0.5\t2\nb\t0\t0.99\nc\t3\t\nd\t1\t0\ne\t5\t5\nf\t1e-5\t7\n', 'B73');
const b97 = () => table('gene\troot\tear\nx\t1\t2\ny\t4\t8\n', 'B97');

const fasta = [
  '>a::chr1:0-8(+)\nacgt\nNNac\n>b::chr1:9-12(-)\nACG\n>c::chr2:1-4(+)\nAAA',
  '>d::chr2:5-5(+)\n\n>unknown::chr9:1-2(+)\nAC\n>f::chr2:7-9(-)\nGG\n>y::chr3:0-2(+)\nTT\n',
].join('\n');

async function collect(options: LabelPromotersOptions) {
  const { rows, counts, tissues } = labelPromoters(options);
  const all: LabelledPromoter[] = [];
  for await (const row of rows) all.push(row);
  return { rows: all, counts: counts(), tissues };
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-expression-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('labelPromoters', () => {
  it('joins by gene, in upper case, and counts what was dropped and why', async () => {
    const { rows, counts, tissues } = await collect({
      tables: [await b73(), await b97()],
      promoters: [bytes(fasta)],
    });
    expect(tissues).toEqual(['root', 'ear']);
    expect(rows.map(({ gene, cultivar }) => `${gene} ${cultivar}`)).toEqual([
      'a B73',
      'f B73',
      'y B97',
    ]);
    expect(rows[0]).toEqual({
      gene: 'a',
      name: 'a::chr1:0-8(+)',
      cultivar: 'B73',
      subpopulation: '',
      region: 'chr1:0-8(+)',
      fold: '',
      values: Float64Array.of(2, 0.5),
      sequence: 'ACGTNNAC',
    });
    expect(counts).toEqual({
      promoters: 7,
      withoutExpression: 1,
      genes: 8,
      belowMinimum: 1,
      missingValue: 1,
      withoutPromoter: 2,
      emptySequence: 1,
      withoutFold: 0,
      labelled: 3,
    });
  });

  it('takes folds by the long name or the gene, and leaves out what is in none', async () => {
    const folds = await readFolds(bytes('gene_id,fold\na,test\ny::chr3:0-2(+),train_0\n'));
    const { rows, counts } = await collect({
      tables: [await b73(), await b97()],
      promoters: [bytes(fasta)],
      folds,
    });
    expect(rows.map(({ gene, fold }) => `${gene} ${fold}`)).toEqual(['a test', 'y train_0']);
    expect(counts).toMatchObject({ labelled: 2, withoutFold: 1 });
  });

  it('reads promoters from tables, packed or not', async () => {
    const text = 'gene\tcontig\tstart\tend\tstrand\tsequence\na\tchr1\t0\t8\t+\tacg\n';
    for (const source of [bytes(text), new Uint8Array(gzipSync(text))]) {
      const { rows } = await collect({ tables: [await b73()], promoters: [source] });
      expect(rows[0]).toMatchObject({ name: 'a::chr1:0-8(+)', region: 'chr1:0-8(+)' });
      expect(rows[0]!.sequence).toBe('ACG');
    }
    const { rows } = await collect({
      tables: [await b73()],
      promoters: [bytes('gene_id,region,seq\na,here,ac\n')],
    });
    expect(rows[0]).toMatchObject({ region: 'here', sequence: 'AC' });
  });

  it.each([
    ['a second promoter', `${fasta}>a::chr8:1-3(+)\nAC\n`, /second promoter of the gene 'a'/],
    [
      'promoters of another genome',
      '>z::1:0-2(+)\nAC\n',
      /no promoter of a gene.*'z'.*genes as 'a'/,
    ],
    ['letters that are none', 'gene,sequence\na,AC1\n', /line 2, sequence: "1"/],
    ['a table without sequences', 'gene,tpm\na,1\n', /expected FASTA, or a table/],
    ['a short row', 'gene,sequence\na\n', /1 fields; expected 2/],
    ['a nameless row', 'gene,sequence\n,AC\n', /no gene/],
    ['an empty FASTA', '>', /./],
  ])('refuses %s', async (_, text, message) => {
    const labelled = collect({ tables: [await b73()], promoters: [bytes(text)] });
    await expect(labelled).rejects.toThrow(message);
    await expect(labelled).rejects.toThrow(TataboxError);
  });

  it('refuses a gene in two tables, a missing tissue and no tables', async () => {
    const promoters = [bytes(fasta)];
    await expect(collect({ tables: [await b73(), await b73()], promoters })).rejects.toThrow(
      /the gene 'a', which bytes has too/,
    );
    const other = await readExpressionTable(bytes('gene\troot\nx\t1\n'), { tissues: 'all' });
    await expect(collect({ tables: [await b73(), other], promoters })).rejects.toThrow(
      /no tissue 'ear'/,
    );
    await expect(collect({ tables: [], promoters })).rejects.toThrow(/no expression tables/);
  });

  it('refuses genes of another cultivar', async () => {
    const cultivars = await readCultivars(
      bytes(
        'subpopulation,cultivar,gene_prefix\nTemporate/tropical mixed,Tx303,Zm00041ab\nTropical,NC358,Zm00037ab',
      ),
    );
    expect(cultivars.get('Tx303')).toMatchObject({ subpopulation: 'Temperate/tropical mix' });
    const promoters = [bytes('>Zm00037ab000010\nAC\n')];
    const named = (cultivar: string, gene: string) =>
      table(`gene\troot\tear\n${gene}\t1\t1\n`, cultivar);
    const tables = [await named('Tx303', 'Zm00037ab000010')];
    await expect(collect({ tables, promoters, cultivars })).rejects.toThrow(
      /'Zm00037ab000010', which is one of NC358; expected genes that begin with 'Zm00041ab'/,
    );
    const right = [await named('NC358', 'Zm00037ab000010')];
    const { rows } = await collect({ tables: right, promoters, cultivars });
    expect(rows[0]).toMatchObject({ subpopulation: 'Tropical', region: '' });
    const mixed = [await table('gene\troot\tear\nZm00001eb1\t1\t1\nZm00037ab1\t1\t1\n', 'B73')];
    await expect(collect({ tables: mixed, promoters })).rejects.toThrow(
      /'Zm00001eb', as its first/,
    );
  });
});

describe('readFolds and readClusterFolds', () => {
  it('refuses what contradicts itself', async () => {
    await expect(readFolds(bytes('gene,fold\na,x\na,y\n'))).rejects.toThrow(
      /'a' in 'y' and in 'x'/,
    );
    await expect(readFolds(bytes('gene,fold\na,\n'))).rejects.toThrow(/no fold of 'a'/);
    await expect(readFolds(bytes('gene,cluster\na,1\n'))).rejects.toThrow(/no column 'fold'/);
    await expect(readFolds(bytes(''))).rejects.toThrow(/an empty file/);
    await expect(readClusterFolds(bytes('a\tb\tc\n'))).rejects.toThrow(/3 fields/);
    await expect(readClusterFolds(bytes('a\tb\nc\tb\n'))).rejects.toThrow(/'b' in the clusters/);
    await expect(readClusterFolds(bytes(''))).rejects.toThrow(/no clusters/);
  });

  it('keeps clusters together', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `c${String(i % 20)}\tm${String(i)}`);
    const folds = await readClusterFolds(bytes(rows.join('\n')), { trainShare: 0.75 });
    expect(folds.size).toBe(60);
    for (let i = 0; i < 20; i++) {
      const of = [i, i + 20, i + 40].map((member) => folds.get(`m${String(member)}`));
      expect(new Set(of).size).toBe(1);
    }
    expect([...folds.values()].filter((fold) => fold === 'test')).toHaveLength(15);
  });
});

describe('written tables', () => {
  it('are read again as they were, with folds and cultivars, TSV and CSV, packed or not', async () => {
    const folds = new Map([
      ...[['a', 'train_0'] as const, ['f', 'train_1'] as const, ['y', 'test'] as const],
    ]);
    const cultivars = await readCultivars(
      bytes('cultivar,subpopulation,gene_prefix\nB97,"x, y",\n'),
    );
    for (const name of ['l.tsv', 'l.csv', 'l.tsv.gz']) {
      const file = path.join(folder, name);
      const counts = await writeLabelledPromoters(file, {
        tables: [await b73(), await b97()],
        promoters: [bytes(fasta)],
        folds,
        cultivars,
      });
      expect(counts.labelled).toBe(3);
      const back = await readLabelledPromoters(file);
      expect(back).toMatchObject({
        ids: ['a', 'f', 'y'],
        sequences: ['ACGTNNAC', 'GG', 'TT'],
        targetNames: ['root', 'ear'],
        folds: ['train_0', 'train_1', 'test'],
        cultivars: ['B73', 'B73', 'B97'],
      });
      expect([...back.targets]).toEqual([2, 0.5, 7, 1e-5, 4, 8]);
      const training = await writeTrainingTables(file, path.join(folder, `${name}-training`));
      expect(training.rows).toEqual({ train: 1, eval: 1, test: 1 });
      expect(await readFile(training.files.eval, 'utf8')).toBe(
        'sequence\tlabels\nGG\t[7.0, 1e-05]\n',
      );
      const lists = await readLabelledPromoters(training.files.test, { labelNames: ['r', 'e'] });
      expect(lists).toMatchObject({ ids: ['row 1'], targetNames: ['r', 'e'] });
      expect([...lists.targets]).toEqual([4, 8]);
    }
  });

  it('of expression have a row a gene, and can be read as a table again', async () => {
    const file = path.join(folder, 'e.tsv.gz');
    const tables = [await b97()];
    expect(await writeExpressionTables(file, tables)).toBe(2);
    expect(gunzipSync(await readFile(file)).toString()).toBe(
      'gene_id\tcultivar\ttpm_root\ttpm_ear\nx\tB97\t1\t2\ny\tB97\t4\t8\n',
    );
  });

  it('are complete or absent', async () => {
    const file = path.join(folder, 'broken.tsv');
    const promoters = [bytes(`${fasta}>a\nAC\n`)];
    await expect(
      writeLabelledPromoters(file, { tables: [await b73()], promoters }),
    ).rejects.toThrow(/second promoter/);
    expect((await readdir(folder)).filter((name) => name.includes('broken'))).toEqual([]);
    await expect(writeExpressionTables('x.fa', [])).rejects.toThrow(/a name of a FASTA file/);
    await writeFile(file, 'gene_id\ttpm_root\tpromoter\na\t1\tAC\n');
    await expect(writeTrainingTables(file, folder)).rejects.toThrow(/no column fold/);
  });

  it('write numbers as Python does', () => {
    const numbers = [0, -0, 1, 12.5, 1e-4, 1e-5, 1.25e-7, 1e15, 1e16, 1.5e22, -3];
    expect(numbers.map(pythonNumber)).toEqual([
      ...['0.0', '-0.0', '1.0', '12.5', '0.0001', '1e-05', '1.25e-07', '1000000000000000.0'],
      ...['1e+16', '1.5e+22', '-3.0'],
    ]);
  });
});
