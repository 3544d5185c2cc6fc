import { chmod, cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { filesBelow, runCommand } from '../cli/run-command.ts';
import { asTable, makeYeastSubset, WINDOW, type YeastSubset } from '../cli/yeast-subset.ts';

let yeast: YeastSubset;
/** A copy of the model for each test. */
const model = 'model';

beforeAll(async () => {
  yeast = await makeYeastSubset();
  const file = await yeast.write('tiny.tatabox.yaml', yeast.config({ training: '{ epochs: 1 }' }));
  const { code, stderr } = await runCommand(['run', file, '--quiet']);
  if (code !== 0) throw new Error(stderr);
  const length = WINDOW.upstream + WINDOW.downstream;
  const sequence = yeast.contigs.get('chrVI')!.slice(50_000, 50_000 + length);
  await yeast.write('one.fa', `>one\n${sequence}\n`);
  await yeast.write('short.fa', `>one\n${sequence}\n>two\n${sequence.slice(1)}\n`);
  await yeast.write('protein.fa', `>prot\n${'MKLPEQ'.repeat(length).slice(0, length)}\n`);
  await yeast.write('empty.fa', '');
  await yeast.write(
    'promoters.tsv',
    asTable([{ id: 'a', seq: sequence, orf_len: 'long', orf_gc: '0.4' }]),
  );
  await yeast.write('other.bed', 'VI\t1000\t1200\n');
  await yeast.write('beyond.bed', 'chrVI\t270100\t270300\n');
  await mkdir(path.join(yeast.folder, 'a-folder'));
});

beforeEach(async () => {
  await rm(path.join(yeast.folder, model), { recursive: true, force: true });
  const trained = path.join(yeast.folder, 'runs', 'tiny', 'model');
  await cp(trained, path.join(yeast.folder, model), { recursive: true });
});

afterAll(() => yeast.remove());

const inModel = (name: string): string => path.join(yeast.folder, model, name);

/** Exit code and message of a call in the test's folder that must leave nothing behind. */
async function fail(...args: string[]): Promise<string> {
  const before = await filesBelow(yeast.folder);
  const { code, json, stdout } = await runCommand([...args, '--json'], { cwd: yeast.folder });
  expect(await filesBelow(yeast.folder)).toEqual(before);
  expect(json?.error?.exitCode, stdout).toBe(code);
  return `${String(code)} ${(json.error.message as string).replaceAll(yeast.folder, 'FOLDER')}`;
}

const predict = (...args: string[]): Promise<string> =>
  fail('predict', model, '--missing-inputs', 'mean', '--out', 'out.tsv', ...args);

describe('sequences', () => {
  it('that are not there, or no FASTA', async () => {
    expect(await predict('--fasta', 'on.fa')).toMatchInlineSnapshot(
      `"3 on.fa: no such file. Did you mean 'one.fa'?"`,
    );
    expect(await predict('--fasta', 'a-folder')).toMatchInlineSnapshot(
      `"3 a-folder: a folder; expected a file"`,
    );
    expect(await predict('--fasta', 'genes.bed')).toMatchInlineSnapshot(
      `"3 genes.bed: not a FASTA: the first byte is 'c'; expected '>' at the start. Check that this is the file you meant."`,
    );
    expect(await predict('--fasta', 'empty.fa')).toMatchInlineSnapshot(
      `"3 empty.fa: no sequence: the file is empty; expected FASTA records, each with a '>' line"`,
    );
  });

  it('of the wrong length, or of a protein', async () => {
    expect(await predict('--fasta', 'short.fa')).toMatchInlineSnapshot(
      `"3 sequence 'two': 199 bases; expected 200, the window of the model. Cut the window around the transcription start site that config.json names."`,
    );
    expect(await predict('--fasta', 'protein.fa')).toMatchInlineSnapshot(
      `"3 sequence 'prot': 'L' at position 2 (0-based); expected IUPAC nucleotide codes (ACGTNRYSWKMBDHV, either case). The sequence seems to be a protein: give the alphabet PROTEIN, or nucleotides."`,
    );
  });

  it('on intervals that do not fit the genome', async () => {
    const genome = ['--genome', 'genome.fa', '--intervals'];
    expect(await predict(...genome, 'othe.bed')).toMatchInlineSnapshot(
      `"3 othe.bed: no such file. Did you mean 'other.bed'?"`,
    );
    expect(await predict(...genome, 'other.bed')).toMatchInlineSnapshot(
      `"3 genome.fa: no contig 'VI'. Did you mean 'chrVI'? The file uses another naming: its names have the prefix 'chr'."`,
    );
    expect(await predict(...genome, 'beyond.bed')).toMatchInlineSnapshot(
      `"3 genome.fa, interval: chrVI:[270100, 270300) reaches beyond chrVI; expected 0 ≤ start and end ≤ 270161. Read the missing bases as unknown with padding: 'unknown', or cut it with clipInterval."`,
    );
    expect(await predict(...genome, 'genes.bed')).toMatchInlineSnapshot(
      `"3 sequence 'YAL069W': 315 bases; expected 200, the window of the model. Cut the window around the transcription start site that config.json names."`,
    );
    expect(await predict(...genome, 'genes.tsv')).toMatchInlineSnapshot(
      `"3 genes.tsv, line 1: 15 columns; expected 3 to 9, or 12. For narrowPeak, broadPeak and other files with further columns give { columns: 6 }, the number of BED columns."`,
    );
  });

  it('in a table without the column', async () => {
    const table = ['--table', 'promoters.tsv'];
    expect(await predict(...table)).toMatchInlineSnapshot(
      `"2 sequences: --table needs --sequence-column"`,
    );
    expect(await predict(...table, '--sequence-column', 'seqs')).toMatchInlineSnapshot(
      `"3 promoters.tsv: no column 'seqs'. Did you mean 'seq'?"`,
    );
    const columns = ['--sequence-column', 'seq', '--feature-columns'];
    expect(await predict(...table, ...columns, 'orf_lenn,orf_gc')).toMatchInlineSnapshot(
      `"3 promoters.tsv: no column 'orf_lenn'. Did you mean 'orf_len'?"`,
    );
    expect(await predict(...table, ...columns, 'orf_len,orf_gc')).toMatchInlineSnapshot(
      `"3 promoters.tsv, column 'orf_len', row 0 (from 0): 'long'; expected a number"`,
    );
    expect(await predict(...table, ...columns, 'orf_lenn')).toMatchInlineSnapshot(
      `"2 --feature-columns: 'orf_lenn', which is no feature of the model, in a list of 1; expected names among orf_len, orf_gc, or 2 columns in that order. Did you mean 'orf_len'?"`,
    );
  });

  it('from no source, or from two', async () => {
    expect(await predict()).toMatchInlineSnapshot(
      `"2 sequences: no source; expected exactly one of --fasta, --table and --intervals"`,
    );
    expect(await predict('--fasta', 'one.fa', '--table', 'a.tsv')).toMatchInlineSnapshot(
      `"2 sequences: --fasta and --table; expected exactly one of --fasta, --table and --intervals"`,
    );
  });

  it('without the features that the model was trained with', async () => {
    const source = ['--fasta', 'one.fa', '--out', 'out.tsv'];
    expect(await fail('predict', model, ...source)).toMatchInlineSnapshot(
      `"3 features of input 'half_life': no column 'orf_len'; expected the columns orf_len, orf_gc. Give them, or take the training mean for what is missing: --missing-inputs mean, in code missingInputs: 'mean'."`,
    );
  });
});

describe('an output file', () => {
  it('that cannot be written is refused, for every command that writes', async () => {
    const below = ['--out', 'one.fa/out.tsv'];
    const source = ['--fasta', 'one.fa', '--missing-inputs', 'mean'];
    expect(await fail('predict', model, ...source, ...below)).toMatchInlineSnapshot(
      `"3 one.fa/out.tsv: a file on the way to it; expected folders only, or none yet. Choose another place."`,
    );
    const folder = ['--out', 'a-folder'];
    expect(await fail('predict', model, ...source, ...folder)).toMatchInlineSnapshot(
      `"3 a-folder: a folder; expected a file to write. Name a file in it."`,
    );
    const npz = ['--method', 'ism', '--out', 'one.fa/out.npz'];
    expect(await fail('interpret', model, ...source, ...npz)).toMatchInlineSnapshot(
      `"3 one.fa/out.npz: a file on the way to it; expected folders only, or none yet. Choose another place."`,
    );
    const keras = ['import', 'keras', 'a.h5', '--as', 'xpresso', '--out', 'one.fa'];
    expect(await fail(...keras)).toMatchInlineSnapshot(
      `"3 one.fa: a file on the way to it; expected folders only, or none yet. Choose another place."`,
    );
  });

  it.skipIf(process.getuid?.() === 0)('in a folder without permission is refused', async () => {
    const folder = path.join(yeast.folder, 'a-folder');
    await chmod(folder, 0o500);
    try {
      const source = ['--fasta', 'one.fa', '--missing-inputs', 'mean'];
      const failed = await fail('predict', model, ...source, '--out', 'a-folder/out.tsv');
      expect(failed).toMatch(/^4 a-folder\/out\.tsv: no permission to write there/);
    } finally {
      await chmod(folder, 0o700);
    }
  });

  it('is not left half-written in a folder made for it', async () => {
    const source = ['--fasta', 'short.fa', '--missing-inputs', 'mean'];
    const failed = await fail('predict', model, ...source, '--out', 'new/deep/out.tsv');
    expect(failed).toMatch(/^3 sequence 'two'/);
  });
});

describe('a model folder', () => {
  const verify = (): Promise<string> => fail('verify', model);

  it('that is not there, or another folder', async () => {
    expect(await fail('verify', 'modle')).toMatchInlineSnapshot(
      `"2 the model 'modle': no folder of this name and no name of a model on the Hub; expected a folder, 'owner/name', 'owner/name@revision' or an address on the Hub"`,
    );
    expect(await fail('verify', 'a-folder')).toMatchInlineSnapshot(
      `"3 FOLDER/a-folder: no config.json; expected a model folder with config.json and model.safetensors. Give the folder that \`tatabox run\` or \`tatabox pull\` printed."`,
    );
    expect(await fail('verify', 'one.fa')).toMatchInlineSnapshot(
      `"3 the model 'one.fa': a file; expected a model folder"`,
    );
  });

  it('that lacks a file', async () => {
    for (const name of ['config.json', 'model.safetensors', 'example/input.json']) {
      const content = await readFile(inModel(name));
      await rm(inModel(name));
      expect(await verify()).toMatch(/^3 /);
      await writeFile(inModel(name), content);
    }
    await rm(inModel('model.safetensors'));
    expect(await verify()).toMatchInlineSnapshot(
      `"3 FOLDER/model: no model.safetensors; expected a model folder with config.json and model.safetensors. Give the folder that \`tatabox run\` or \`tatabox pull\` printed."`,
    );
    await rm(inModel('example'), { recursive: true });
    expect(await verify()).toMatch(/^3 /);
  });

  it('whose weights were cut off', async () => {
    await truncate(inModel('model.safetensors'), 2000);
    expect(await verify()).toMatchInlineSnapshot(
      `"3 FOLDER/model/model.safetensors: 1504 bytes of data; expected 3492 as the header says (the file was cut off). Download or write the file again."`,
    );
    await truncate(inModel('model.safetensors'), 4);
    expect(await verify()).toMatchInlineSnapshot(
      `"3 FOLDER/model/model.safetensors: 4 bytes; expected a safetensors file, which begins with 8 bytes. Download or write the file again."`,
    );
  });

  it('whose config was edited', async () => {
    const config = await readFile(inModel('config.json'), 'utf8');
    await writeFile(inModel('config.json'), config.replace('"units": 8', '"units": 9'));
    expect(await verify()).toMatchInlineSnapshot(
      `"3 FOLDER/model, model weights: weight 'dense_1/kernel' of shape [82, 8]; expected [82, 9], as the model's config says"`,
    );
    await writeFile(inModel('config.json'), config.replace('"members": 1', '"members": 2'));
    expect(await verify()).toMatchInlineSnapshot(
      `"3 FOLDER/model, model weights: no weight 'conv1d_1/kernel'; expected shape [6, 4, 8]"`,
    );
    await writeFile(inModel('config.json'), config.replace('"xpresso"', '"expresso"'));
    expect(await verify()).toMatchInlineSnapshot(
      `"3 FOLDER/model, model: unknown type 'expresso'. Did you mean 'xpresso'?"`,
    );
    await writeFile(inModel('config.json'), config.slice(0, 300));
    expect(await verify()).toMatch(/^3 .*config\.json: no valid JSON/);
    await writeFile(inModel('config.json'), '{"model_type": "bert"}');
    expect(await verify()).toMatchInlineSnapshot(
      `"3 FOLDER/model/config.json: no field library: 'tatabox'; expected the config of a tatabox model folder. Models of other libraries are read by \`tatabox import\`."`,
    );
  });

  it('with the weights of another training does not verify', async () => {
    const weights = await readFile(inModel('model.safetensors'));
    for (let at = weights.length - 400; at < weights.length; at += 4) {
      weights.writeFloatLE(weights.readFloatLE(at) + 0.5, at);
    }
    await writeFile(inModel('model.safetensors'), weights);
    expect((await verify()).replace(/[\d.e-]{5,}\d/g, 'N')).toMatchInlineSnapshot(
      `"3 FOLDER/model: predictions that differ from the expected ones by up to N; expected at most N. The weights are damaged or were made for another version: pull the model again."`,
    );
    // It predicts all the same: only its own example tells.
    weights.fill(0xff, weights.length - 40);
    await writeFile(inModel('model.safetensors'), weights);
    expect(await verify()).toMatch(/^3 /);
  });

  it('is refused by import when the file is no Keras file', async () => {
    const keras = ['import', 'keras', 'one.fa', '--as', 'xpresso', '--out', 'imported'];
    expect(await fail(...keras)).toMatchInlineSnapshot(
      `"3 one.fa: no HDF5 signature; expected an HDF5 file"`,
    );
    const other = ['import', 'keras', 'no.h5', '--as', 'xpreso', '--out', 'imported'];
    expect(await fail(...other)).toMatchInlineSnapshot(
      `"2 import from Keras: unknown architecture 'xpreso'. Did you mean 'xpresso'?"`,
    );
  });
});
