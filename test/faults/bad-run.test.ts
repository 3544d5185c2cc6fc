import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, runCommand } from '../cli/run-command.ts';
import { asTable, makeYeastSubset, type YeastSubset } from '../cli/yeast-subset.ts';

let yeast: YeastSubset;
let files: string[];

beforeAll(async () => {
  yeast = await makeYeastSubset();
  const plain = [...yeast.contigs].map(
    ([name, sequence]) => `>${name.replace('chr', '')}\n${sequence}\n`,
  );
  await yeast.write('plain-names.fa', plain.join(''));
  const [first, second, third, ...rest] = yeast.genes;
  const withFpkm = (gene: typeof first, fpkm: string) => ({ ...gene!, fpkm });
  await yeast.write('no-value.tsv', asTable([withFpkm(first, ''), second!, third!, ...rest]));
  const text = [withFpkm(first, 'high'), withFpkm(second, 'n.d.'), third!, ...rest];
  await yeast.write('text.tsv', asTable(text));
  await yeast.write('no-columns.tsv', asTable(yeast.genes.map(({ strand: _, ...gene }) => gene)));
  await mkdir(path.join(yeast.folder, 'a-folder'));
  // A finished run must survive whatever is wrong with the next one.
  await mkdir(path.join(yeast.folder, 'runs', 'tiny'), { recursive: true });
  await writeFile(path.join(yeast.folder, 'runs', 'tiny', 'config.yaml'), 'of an earlier run\n');
  files = await filesBelow(yeast.folder);
});

afterAll(() => yeast.remove());

/** Runs a wrong config; gives exit code and message, after checking that nothing was written. */
async function fail(text: string, args: readonly string[] = []): Promise<string> {
  await yeast.write('wrong.yaml', text);
  const call = ['run', 'wrong.yaml', '--json', ...args];
  const { code, json } = await runCommand(call, { cwd: yeast.folder });
  const left = (await filesBelow(yeast.folder)).filter((file) => file !== 'wrong.yaml');
  expect(left).toEqual(files);
  expect(json?.error?.exitCode).toBe(code);
  const message = (json.error.message as string).replaceAll(yeast.folder, 'FOLDER');
  return `${String(code)} ${message}`;
}

const changed = (from: string | RegExp, to: string): string => {
  const text = yeast.config().replace(from, to);
  expect(text).not.toBe(yeast.config());
  return text;
};

describe('a run config', () => {
  it('with an unknown key names the nearest, with its line', async () => {
    expect(await fail(changed('epochs', 'epoch'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 18: unknown key 'training.epoch'. Did you mean 'epochs'?"`,
    );
    expect(await fail(changed('genome:', 'genom:'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 4: unknown key 'data.genom'. Did you mean 'genome'?"`,
    );
    expect(await fail(changed('filters', 'filtres'))).toMatchInlineSnapshot(
      `"3 FOLDER/wrong.yaml, config of model xpresso: convolutions.0.filters: Invalid input: expected number, received undefined"`,
    );
  });

  it('with a value of the wrong type says what is there', async () => {
    expect(await fail(changed('[1]', 'one'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 21: seeds is 'one'; expected a list. Run \`tatabox schema\` for all keys, their types and defaults."`,
    );
    expect(await fail(changed('epochs: 2', 'epochs: 2.5'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 18: training.epochs is 2.5; expected a whole number. Run \`tatabox schema\` for all keys, their types and defaults."`,
    );
    expect(await fail(changed('transform: log10', 'transform: log1'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 7: data.target.transform is 'log1'; expected none, log10, log2, ln. Did you mean 'log10'?"`,
    );
    expect(await fail(changed('mode: train', 'mode: trian'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 1: mode is 'trian'; expected train, pretrain, finetune, download, extract-promoters, expression-table, quantify, cluster, audit, train-tokenizer, tokenize, interpret. Did you mean 'train'?"`,
    );
    expect(await fail(changed('mode: train\n', ''))).toMatchInlineSnapshot(
      `"3 wrong.yaml: mode is missing; expected train, pretrain, finetune, download, extract-promoters, expression-table, quantify, cluster, audit, train-tokenizer, tokenize, interpret. Run \`tatabox schema\` for all keys, their types and defaults."`,
    );
  });

  it('that is no YAML, or nothing, says so', async () => {
    expect(await fail(changed('[1]', '[1'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 22: Flow sequence in block collection must be sufficiently indented and end with a ]; expected valid YAML"`,
    );
    expect(await fail(changed('[1]', '[1]\nseeds: [2]'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 22: the key 'seeds' for the second time; expected each key once"`,
    );
    expect(await fail('')).toMatchInlineSnapshot(
      `"3 wrong.yaml: nothing; expected a mapping with the keys mode, name, data, …. Start from notebooks/quickstart.tatabox.yaml."`,
    );
    expect(await fail('- train\n')).toMatchInlineSnapshot(
      `"3 wrong.yaml: a list; expected a mapping with the keys mode, name, data, …. Start from notebooks/quickstart.tatabox.yaml."`,
    );
  });

  it('with an unknown architecture, preset or optimizer names the nearest', async () => {
    expect(await fail(changed('model:', 'model:\n  type: expreso'))).toMatchInlineSnapshot(
      `"3 FOLDER/wrong.yaml, model: unknown type 'expreso'. Did you mean 'xpresso'?"`,
    );
    expect(await fail(changed('model:', 'model:\n  preset: humane'))).toMatchInlineSnapshot(
      `"3 FOLDER/wrong.yaml, model xpresso: unknown preset 'humane'. Did you mean 'human'?"`,
    );
    expect(await fail(changed('epochs: 2', 'optimizer: adamm'))).toMatchInlineSnapshot(
      `"3 wrong.yaml, line 18: training.optimizer: unknown optimizer 'adamm'. Did you mean 'adam'? Run \`tatabox schema\` for all keys, their types and defaults."`,
    );
  });

  it('that is not there names the nearest', async () => {
    const args = ['run', 'wrog.yaml', '--json'];
    await yeast.write('wrong.yaml', '');
    const { code, json } = await runCommand(args, { cwd: yeast.folder });
    expect(code).toBe(3);
    expect(json.error.message).toMatchInlineSnapshot(
      `"wrog.yaml: no such file. Did you mean 'wrong.yaml'?"`,
    );
    const folder = await runCommand(['run', 'a-folder'], { cwd: yeast.folder });
    expect(folder.code).toBe(3);
    expect(folder.stderr).toMatchInlineSnapshot(`
      "error: a-folder: a folder; expected a run config (NAME.tatabox.yaml)
      "
    `);
  });
});

describe('--set', () => {
  it.each([
    ['training.epoch=3', "unknown key 'training.epoch'. Did you mean 'epochs'?"],
    ['training.epochs=many', "training.epochs is 'many'; expected a number"],
    ['training.epochs', 'expected path=value'],
    ['name.first=a', "'name' is a value"],
    ['seeds=[1', 'expected a value in YAML'],
    ['seeds.0=x', "seeds.0 is 'x'; expected"],
    ['=3', 'expected path=value'],
    ['model.type=expreso', "Did you mean 'xpresso'?"],
  ])('%s is refused', async (set, message) => {
    const failed = await fail(yeast.config(), ['--set', set]);
    expect(failed).toMatch(/^[23] /);
    expect(failed).toContain(message);
  });
});

describe('data', () => {
  it('that are not there are named, with the nearest file', async () => {
    expect(await fail(changed('genome.fa', 'genom.fa'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - reading the FASTA: FOLDER/genom.fa: no such file. Did you mean 'FOLDER/genome.fa'?"
    `);
    expect(await fail(changed('genes.tsv', 'gene.tsv'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - reading the table: FOLDER/gene.tsv: no such file. Did you mean 'FOLDER/genes.tsv'?"
    `);
    const bed = 'genome.fa\n  transcripts: gens.bed';
    expect(await fail(changed('genome.fa', bed))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - reading the BED: FOLDER/gens.bed: no such file. Did you mean 'FOLDER/genes.bed'?"
    `);
    expect(await fail(changed('genome.fa', 'a-folder'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - reading the FASTA: FOLDER/a-folder: a folder; expected a file"
    `);
    expect(await fail(changed('genome.fa', 'genes.bed'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - reading the FASTA: FOLDER/genes.bed: not a FASTA: the first byte is 'c'; expected '>' at the start. Check that this is the file you meant."
    `);
  });

  it('whose contigs have other names say how they are called', async () => {
    const bed = 'plain-names.fa\n  transcripts: genes.bed';
    expect(await fail(changed('genome.fa', bed))).toMatchInlineSnapshot(`
      "3 input check: 2 errors
      - contigs of the BED: 3 of 3 names are not in the FASTA (chrI (in the FASTA: I), chrIII (in the FASTA: III), chrVI (in the FASTA: VI)); expected names of the FASTA, such as I, III, VI
      - contigs of the table: 3 of 3 names are not in the FASTA (chrI (in the FASTA: I), chrIII (in the FASTA: III), chrVI (in the FASTA: VI)); expected names of the FASTA, such as I, III, VI"
    `);
    expect(await fail(changed('[chrI]', '[I]'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - split: splitByChromosome, test: 'I', which no example has; expected a chromosome of the examples. Did you mean 'chrI'? The file uses another naming: its names have the prefix 'chr'."
    `);
  });

  it('without a column name the nearest', async () => {
    expect(await fail(changed('column: fpkm', 'column: fpmk'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - columns of the table: a column is not there (fpmk). Did you mean 'fpkm'?"
    `);
    expect(await fail(changed('genes.tsv', 'no-columns.tsv'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - columns of the table: a column is not there (strand). Known: gene_id, gene_name, chrom, tss, tx_from_annotation, fpkm, log10_fpkm, half_life_min, utr5_len, orf_len, utr3_len, utr5_gc, orf_gc, utr3_gc."
    `);
  });

  it('with missing or wrong targets name the genes', async () => {
    expect(await fail(changed('genes.tsv', 'no-value.tsv'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - target 'fpkm', missing: 1 gene without (YAL068C); expected a value for every gene; those without are left out with target.missing: 'drop'"
    `);
    expect(await fail(changed('genes.tsv', 'text.tsv'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - target 'fpkm': 2 values are infinite or no numbers (YAL068C: 'high', YAL067W-A: 'n.d.'); expected finite numbers"
    `);
  });

  it('with windows beyond the contig name the genes', async () => {
    expect(await fail(changed('upstream: 150', 'upstream: 3000'))).toMatchInlineSnapshot(`
      "3 input check: 1 error
      - window bounds: 1 windows reach beyond the end of their contig (YAL067W-A); expected −3000 … +50 around the start inside the contig"
    `);
  });
});

describe('an output folder', () => {
  it('below a file is refused before anything is read', async () => {
    const below = ['--set', 'output=genome.fa/run'];
    expect(await fail(yeast.config(), below)).toMatchInlineSnapshot(
      `"3 FOLDER/genome.fa/run: a file on the way to it; expected folders only, or none yet. Choose another place."`,
    );
    expect(await fail(yeast.config(), ['--set', 'output=genes.tsv'])).toMatchInlineSnapshot(
      `"3 FOLDER/genes.tsv: a file on the way to it; expected folders only, or none yet. Choose another place."`,
    );
  });
});
