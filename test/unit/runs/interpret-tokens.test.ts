import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { readNpz } from '../../../kernel-lib/src/formats/npz.ts';
import { writeModelFolder } from '../../../kernel-lib/src/prediction/model-folder.ts';
import type { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import {
  firstExamples,
  readLabelledExamples,
} from '../../../kernel-lib/src/runs/embed-run-examples.ts';
import { interpretRun } from '../../../kernel-lib/src/runs/interpret-tokens-run.ts';
import { RunFolder } from '../../../kernel-lib/src/runs/run-folder.ts';
import {
  interpretRunSchema,
  type InterpretRunConfig,
} from '../../../kernel-lib/src/runs/schema/interpret-config.ts';
import type { RunConfig } from '../../../kernel-lib/src/runs/schema/run-config.ts';
import { randomSequences, tinyModel } from '../interpretation/token-models.ts';

let folder: string;
let model: Predictor;
const sequences = randomSequences(Array.from({ length: 12 }, (_, i) => 20 + i));

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'interpret-'));
  model = await tinyModel();
  await writeModelFolder(path.join(folder, 'model'), model.folder);
  const rows = sequences.map((sequence, i) =>
    [`g${String(i)}`, sequence, i % 2 === 0 ? 'B73' : 'B97', i, 6, i === 0 ? '' : 3].join('\t'),
  );
  const heading = 'gene\tpromoter\tline\ttpm_root\ttpm_tip\ttpm_ear';
  await writeFile(path.join(folder, 'table.tsv'), `${[heading, ...rows].join('\n')}\n`);
  await writeFile(path.join(folder, 'lines.txt'), `${sequences.join('\n')}\n`);
});
afterAll(async () => {
  model.dispose();
  await rm(folder, { recursive: true });
});

const config = (more: object): InterpretRunConfig =>
  interpretRunSchema.parse({
    mode: 'interpret',
    name: 'explain',
    model: './model',
    data: { input: 'lines.txt' },
    ...more,
  });

const paths = () => ({
  where: 'explain.tatabox.yaml',
  resolve: (file: string) => path.resolve(folder, file),
  log: () => undefined,
});

describe('readLabelledExamples', () => {
  const source = () => ({
    table: path.join(folder, 'table.tsv'),
    sequenceColumn: 'promoter',
    labelColumns: ['line'],
    highestOf: ['tpm_root', 'tpm_tip', 'tpm_ear'],
  });

  it('keeps labels and finds the highest column', async () => {
    const { names, metadata } = await firstExamples(source(), model, 9);
    expect(names).toHaveLength(9);
    expect(metadata['line']?.slice(0, 2)).toEqual(['B73', 'B97']);
    expect([metadata['highest']?.[0], metadata['highest']?.[8]]).toEqual(['tip', 'root']);
  });

  it('refuses sources that contradict each other', async () => {
    const read = (given: object) => readLabelledExamples(given, model).next();
    await expect(read({ input: 'a', fasta: 'b' })).rejects.toThrow(UsageError);
    await expect(read({ input: 'a', labelColumns: ['x'] })).rejects.toThrow(/--table/);
    await expect(read({ ...source(), labelColumns: ['lin'] })).rejects.toThrow(/line/);
    await expect(read({})).rejects.toThrow(/exactly one/);
  });
});

describe('interpretRun', () => {
  it('does all that a config names', async () => {
    const own = config({
      data: {
        table: 'table.tsv',
        sequenceColumn: 'promoter',
        labelColumns: ['line'],
      },
      explainedOutput: 'tip',
      embeddings: { neighbours: 4 },
      attention: { sequences: 2 },
      attributions: { sequences: 2, steps: 8 },
      mutagenesis: { sequences: 2, start: 3, end: 6 },
      influence: { ks: [1, 2], repeats: 2, resamples: 20, within: 10, binSize: 10 },
    });
    const prepared = await interpretRun.prepare(own, paths());
    const run = await RunFolder.open(path.join(folder, 'run'), own as unknown as RunConfig, {
      resume: false,
      log: () => undefined,
    });
    const started = performance.now();
    const context = { ...paths(), folder: run, resume: false, started };
    const { text, json } = await interpretRun.execute(own, prepared, context);
    await run.close();
    expect(text).toContain('attributions: 2 sequences');
    const { files, separation, influence } = json as {
      files: string[];
      separation: { of: string }[];
      influence: { output: string }[];
    };
    for (const file of files) await access(file);
    const names = files.map((file) => path.relative(path.join(folder, 'run'), file));
    expect(names).toEqual(
      expect.arrayContaining([
        path.join('embeddings', 'tensors.tsv'),
        path.join('maps', 'model-umap-line.svg'),
        path.join('maps', 'separation.tsv'),
        'attention.npz',
        path.join('attributions', '0001-g0.svg'),
        path.join('mutagenesis', '0002-g1.svg'),
        'influence.kmers.tsv',
        'influence.svg',
      ]),
    );
    expect(separation.map(({ of }) => of)).toEqual(['model', '1-mer composition']);
    expect(influence.map(({ output }) => output)).toEqual(['all', 'root', 'tip', 'ear']);
    const mutagenesis = await readNpz(path.join(folder, 'run/mutagenesis.npz'));
    expect(mutagenesis.get('effects')?.shape).toEqual([2 * 3 * 3 * 4]);
    const attention = await readNpz(path.join(folder, 'run/attention.npz'));
    expect(attention.get('probabilities_1')?.shape.slice(0, 2)).toEqual([2, 4]);
    const shares = await readFile(path.join(folder, 'run/influence.shares.tsv'), 'utf8');
    expect(shares.split('\n')[0]).toBe(
      'within\toutput\tshare\tshareLow\tshareHigh\texpectedShare\tenrichment\tpValue',
    );
  });

  it('keeps the run folder apart from the output that is explained', async () => {
    const own = config({ output: '../somewhere', attributions: { sequences: 1 } });
    const { model } = await interpretRun.prepare(own, paths());
    model.dispose();
    expect(own).toMatchObject({ output: '../somewhere' });
  });

  it('finds what is wrong before anything is written', async () => {
    expect(() => config({})).toThrow(/is needed/);
    const bases = config({ bases: {} });
    await expect(interpretRun.prepare(bases, paths())).rejects.toThrow(/reads tokens/);
    const output = config({ explainedOutput: 'rot', attributions: {} });
    await expect(interpretRun.prepare(output, paths())).rejects.toThrow(/root/);
    const layer = config({ embeddings: { pooling: 'mean', layer: 9 } });
    await expect(interpretRun.prepare(layer, paths())).rejects.toThrow(/layer/);
    const missing = config({ model: './none', attention: {} });
    await expect(interpretRun.prepare(missing, paths())).rejects.toThrow(/none/);
  });
});
