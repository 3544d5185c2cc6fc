import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFasta } from '../../kernel-lib/src/formats/fasta.ts';
import { filesBelow, runCommand } from './run-command.ts';
import { asTable, makeYeastSubset, otherStrand, WINDOW, type YeastSubset } from './yeast-subset.ts';

const golden = path.join(import.meta.dirname, '..', 'parity', 'golden', 'xpresso');

interface GoldenValues {
  readonly windows: readonly [number, number][];
  readonly human_plus: readonly number[];
  readonly human_minus: readonly number[];
  readonly 'human_plus_hl(.5,-.5,1,-1,.25,-.25)': readonly number[];
}

let yeast: YeastSubset;
/** A model of the yeast subset, trained for an epoch. */
let model: string;

beforeAll(async () => {
  yeast = await makeYeastSubset();
  const file = await yeast.write('tiny.tatabox.yaml', yeast.config({ training: '{ epochs: 1 }' }));
  const { json, stderr } = await runCommand(['run', file, '--json']);
  if (json?.modelFolder === undefined) throw new Error(stderr);
  model = json.modelFolder as string;
});

afterAll(() => yeast.remove());

const inFolder = (name: string): string => path.join(yeast.folder, name);

async function readRows(file: string): Promise<string[][]> {
  const text = await readFile(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

/** The second column, after checking the ids. */
async function readValues(file: string, ids: readonly string[]): Promise<number[]> {
  const [header, ...rows] = await readRows(file);
  expect(header![0]).toBe('id');
  expect(rows.map(([id]) => id)).toEqual(ids);
  return rows.map((row) => {
    expect(row).toHaveLength(header!.length);
    return Number(row[1]);
  });
}

function expectClose(values: readonly number[], expected: readonly number[], by: number): void {
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(by);
  });
}

/** Promoters of the first genes, cut out of the genome apart from the library. */
function promoters(count: number): { id: string; sequence: string }[] {
  return yeast.genes.slice(0, count).map((gene) => {
    const contig = yeast.contigs.get(gene['chrom']!)!;
    const tss = Number(gene['tss']);
    const { upstream, downstream } = WINDOW;
    const sequence =
      gene['strand'] === '+'
        ? contig.slice(tss - upstream, tss + downstream)
        : otherStrand(contig.slice(tss - downstream, tss + upstream));
    return { id: gene['gene_id']!, sequence };
  });
}

const toFasta = (records: readonly { id: string; sequence: string }[]): string =>
  records.map(({ id, sequence }) => `>${id}\n${sequence}\n`).join('');

describe('the published Xpresso network', () => {
  let values: GoldenValues;
  let windows: { id: string; sequence: string }[];

  beforeAll(async () => {
    const text = await readFile(path.join(golden, 'xpresso_pretrained_gata4.json'), 'utf8');
    values = JSON.parse(text) as GoldenValues;
    const [record] = await readFasta(path.join(golden, 'gata4.fa.gz'));
    windows = values.windows.map(([start, end]) => ({
      id: `w${start}`,
      sequence: record!.sequence.slice(start, end),
    }));
    await yeast.write('plus.fa', toFasta(windows));
  });

  it('is imported into a model folder that verifies', async () => {
    const file = path.join(golden, 'human_trainepoch.11-0.426.h5');
    const args = ['import', 'keras', file, '--as', 'xpresso', '--out', inFolder('human')];
    const { code, json } = await runCommand([...args, '--json']);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      modelFolder: inFolder('human'),
      modelType: 'xpresso',
      parameters: 112_357,
    });
    expect(await filesBelow(inFolder('human'))).toEqual([
      'README.md',
      'config.json',
      'example',
      'example/expected.json',
      'example/input.json',
      'model.safetensors',
    ]);
    const verified = await runCommand(['verify', inFolder('human'), '--json']);
    expect(verified.code).toBe(0);
    expect(verified.json).toMatchObject({ folder: inFolder('human'), examples: 2 });
    expect(verified.json.largestDifference).toBeLessThanOrEqual(verified.json.tolerance);
  });

  it('gives the golden values from a FASTA, without half-life features', async () => {
    const out = inFolder('plus.tsv');
    const args = ['predict', inFolder('human'), '--fasta', inFolder('plus.fa'), '--out', out];
    const { code, json } = await runCommand([...args, '--missing-inputs', 'mean', '--json']);
    expect(code).toBe(0);
    expect(json).toEqual({ out, rows: 12, outputs: ['expression'] });
    const ids = windows.map(({ id }) => id);
    expectClose(await readValues(out, ids), values.human_plus, 1e-4);
  });

  it('gives the golden values from a table with the features in order', async () => {
    const features = { a: '0.5', b: '-0.5', c: '1', d: '-1', e: '0.25', f: '-0.25' };
    const rows = windows.map(({ id, sequence }) => ({ sequence, name: id, ...features }));
    await yeast.write('plus.tab.tsv', asTable(rows));
    const table = ['--table', inFolder('plus.tab.tsv'), '--id-column', 'name'];
    const columns = ['--sequence-column', 'sequence', '--feature-columns', 'a,b,c,d,e,f'];
    const out = inFolder('plus-features.tsv');
    const args = ['predict', inFolder('human'), ...table, ...columns, '--out', out];
    expect((await runCommand(args)).code).toBe(0);
    const expected = values['human_plus_hl(.5,-.5,1,-1,.25,-.25)'];
    const ids = windows.map(({ id }) => id);
    expectClose(await readValues(out, ids), expected, 1e-4);
  });

  it('gives the golden values of both strands from intervals on a genome', async () => {
    const lines = values.windows.flatMap(([start, end]) =>
      ['+', '-'].map((strand) => `gata4\t${start}\t${end}\tw${start}${strand}\t0\t${strand}\n`),
    );
    const [record] = await readFasta(path.join(golden, 'gata4.fa.gz'));
    await yeast.write('both.bed', lines.join(''));
    await yeast.write('gata4.fa', `>gata4\n${record!.sequence}\n`);
    const out = inFolder('both.tsv');
    const source = ['--intervals', inFolder('both.bed'), '--genome', inFolder('gata4.fa')];
    const args = ['predict', inFolder('human'), ...source, '--missing-inputs', 'mean'];
    expect((await runCommand([...args, '--out', out])).code).toBe(0);
    const expected = values.human_plus.flatMap((plus, i) => [plus, values.human_minus[i]!]);
    const ids = values.windows.flatMap(([start]) => [`w${start}+`, `w${start}-`]);
    expectClose(await readValues(out, ids), expected, 1e-4);
  });

  it('asks for the half-life features by name where they are not given', async () => {
    const out = inFolder('none.tsv');
    const args = ['predict', inFolder('human'), '--fasta', inFolder('plus.fa'), '--out', out];
    const { code, stderr, json } = await runCommand([...args, '--json']);
    expect(code).toBe(3);
    expect(json.error).toMatchObject({ name: 'InputError', exitCode: 3 });
    expect(stderr).toMatchInlineSnapshot(`
      "error: features of input 'half_life': no column 'half_life_1'; expected the columns half_life_1, half_life_2, half_life_3, half_life_4, half_life_5, half_life_6. Give them, or take the training mean for what is missing: --missing-inputs mean, in code missingInputs: 'mean'.
      "
    `);
    expect(await filesBelow(yeast.folder)).not.toContain('none.tsv');
  });
});

describe('predict', () => {
  it('gives what training found for the test genes, in full precision and input order', async () => {
    const test = yeast.genes.filter(({ chrom }) => chrom === 'chrI');
    const sequences = new Map(
      promoters(yeast.genes.length).map(({ id, sequence }) => [id, sequence]),
    );
    const rows = [...test]
      .reverse()
      .map((gene) => ({ ...gene, promoter: sequences.get(gene['gene_id']!)! }));
    await yeast.write('test.tsv', asTable(rows));
    const table = ['--table', inFolder('test.tsv'), '--sequence-column', 'promoter'];
    const out = inFolder('test.out.tsv');
    // By name the order of the columns is free.
    const features = ['--feature-columns', 'orf_gc,orf_len'];
    expect((await runCommand(['predict', model, ...table, ...features, '--out', out])).code).toBe(
      0,
    );
    const ids = rows.map((row) => (row as Record<string, string>)['gene_id']!);
    const values = await readValues(out, ids);
    const [, ...trained] = await readRows(path.join(path.dirname(model), 'test_predictions.tsv'));
    const expected = new Map(trained.map(([id, , predicted]) => [id, Number(predicted)]));
    expectClose(
      values,
      ids.map((id) => expected.get(id)!),
      1e-5,
    );
    // All digits of float32: reading and rounding again changes nothing.
    for (const [index, value] of values.entries()) {
      expect(Math.fround(value), `row ${index}`).toBeCloseTo(value, 12);
    }
  });

  it('reads RNA as DNA, and lower case', async () => {
    const [gene] = promoters(1);
    const rna = gene!.sequence.replaceAll('T', 'U').toLowerCase();
    await yeast.write('rna.fa', toFasta([gene!, { id: 'rna', sequence: rna }]));
    const out = inFolder('rna.tsv');
    const args = ['predict', model, '--fasta', inFolder('rna.fa'), '--missing-inputs', 'mean'];
    expect((await runCommand([...args, '--out', out])).code).toBe(0);
    const [dna, same] = await readValues(out, [gene!.id, 'rna']);
    expect(same).toBe(dna);
  });

  it('takes more sequences than fit into one piece of work', async () => {
    const seven = promoters(7);
    const many = Array.from({ length: 1100 }, (_, i) => ({
      id: `copy${i}`,
      sequence: seven[i % 7]!.sequence,
    }));
    await yeast.write('many.fa', toFasta(many));
    const out = inFolder('many.tsv');
    const args = ['predict', model, '--fasta', inFolder('many.fa'), '--missing-inputs', 'mean'];
    const { json } = await runCommand([...args, '--out', out, '--json']);
    expect(json.rows).toBe(1100);
    const values = await readValues(
      out,
      many.map(({ id }) => id),
    );
    // Native TensorFlow adds up a small batch in another order: the last digit may differ.
    expectClose(
      values,
      many.map((_, i) => values[i % 7]!),
      1e-6,
    );
  });
});

describe('evaluate', () => {
  it('measures what the run measured on its test genes', async () => {
    const table = ['--table', inFolder('test.tsv'), '--sequence-column', 'promoter'];
    const columns = ['--feature-columns', 'orf_len,orf_gc', '--target-column', 'fpkm'];
    const { code, json } = await runCommand(['evaluate', model, ...table, ...columns, '--json']);
    expect(code).toBe(0);
    const text = await readFile(path.join(path.dirname(model), 'result.json'), 'utf8');
    const result = JSON.parse(text) as { json: { metrics: { test: Record<string, number> } } };
    const { test } = result.json.metrics;
    expect(json.examples).toBe(40);
    expect(Object.keys(json.metrics).sort()).toEqual(Object.keys(test).sort());
    for (const name of ['pearson', 'spearman', 'squaredPearson', 'mse', 'mae']) {
      expect(json.metrics[name]).toBeCloseTo(test[name]!, 4);
      const { low, high } = json.intervals[name];
      expect(low).toBeLessThanOrEqual(json.metrics[name]);
      expect(high).toBeGreaterThanOrEqual(json.metrics[name]);
    }
  });
});
