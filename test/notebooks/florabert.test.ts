import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinText, type Notebook } from '../../kernel-lib/src/notebook/notebook-file.ts';
import { runNotebook } from '../../kernel-lib/src/notebook/run-notebook.ts';

const notebooks = path.join(import.meta.dirname, '..', '..', 'notebooks', 'florabert');
const names = readdirSync(notebooks)
  .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
  .sort();

/** One folder for all: a notebook takes what those before it have left there. */
let folder: string;
const executed = new Map<string, Notebook>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-florabert-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** All that the cells of a notebook have shown. */
function outputsText(notebook: Notebook): string {
  return notebook.cells
    .flatMap((cell) => ('outputs' in cell ? (cell.outputs ?? []) : []))
    .flatMap((output) =>
      output.output_type === 'stream'
        ? [joinText(output.text)]
        : 'data' in output
          ? [joinText((output.data['text/plain'] ?? '') as string | string[])]
          : [],
    )
    .join('\n');
}

async function readSummary<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8')) as T;
}

describe('the notebooks of FloraBERT, in order', () => {
  it('are committed without outputs and at reduced size', () => {
    expect(names.length).toBeGreaterThanOrEqual(2);
    for (const name of names) {
      const { cells } = JSON.parse(readFileSync(path.join(notebooks, name), 'utf8')) as unknown as {
        cells: { outputs?: unknown[]; source: string[] }[];
      };
      expect(cells.flatMap(({ outputs }) => outputs ?? [])).toEqual([]);
      const code = cells.map(({ source }) => joinText(source)).join('\n');
      expect(code, name).toMatch(/^const full(: boolean)? = false;/m);
      expect(code, name).toContain('process.env.FLORABERT_FOLDER');
    }
  });

  for (const name of names) {
    it(`${name} runs from its first cell to its last`, { timeout: 600_000 }, async () => {
      const { notebook } = await runNotebook({
        file: path.join(notebooks, name),
        output: path.join(folder, 'executed', name),
        environment: {
          FLORABERT_FOLDER: folder,
          TATABOX_BACKEND: 'wasm',
          HF_HOME: path.join(folder, 'hf-home'),
        },
      });
      executed.set(name, notebook);
      for (const cell of notebook.cells) {
        if (cell.cell_type === 'code') expect(cell.execution_count).not.toBeNull();
      }
      expect(outputsText(notebook)).not.toMatch(/\bundefined\b|\[object Object\]/);
    });
  }
});

describe('01-data', () => {
  interface Summary {
    promoters: { genes: number; cut: number; fetched: number };
    expression: { cultivar: string; genes: number; total: number }[];
    broken: string[];
    labelled: { shipped: number; kept: number; largestDifference: number };
    clusters: { folds: Record<string, number> };
    spanning: { shipped: number; whole: number };
    pairs: { part: string; other: string; exact: number; near: number }[];
    pretraining: { promoters: number; dropped: number; kept: number };
  }
  let summary: Summary;
  beforeAll(async () => {
    summary = await readSummary<Summary>('01-data');
  });

  it('cuts promoters, from files and from a link table', () => {
    expect(summary.promoters).toEqual({ genes: 6445, cut: 6060, fetched: 1 });
  });

  it('filters expression to the genes of the study, and names the broken table', () => {
    expect(summary.expression).toEqual([
      { cultivar: 'B73', genes: 28366, total: 39756 },
      { cultivar: 'NC358', genes: 8365, total: 39787 },
    ]);
    expect(summary.broken).toEqual(['NC358']);
    expect(summary.labelled).toEqual({ shipped: 1857, kept: 1736, largestDifference: 0 });
  });

  it('splits whole clusters, and finds the leaks of the shipped folds', () => {
    expect(summary.spanning.shipped).toBeGreaterThan(10);
    expect(summary.spanning.whole).toBe(0);
    const trainTest = summary.pairs.find(({ part, other }) => part === 'test' && other === 'train');
    expect(trainTest).toMatchObject({ exact: 0, near: 0 });
    const folds = Object.values(summary.clusters.folds);
    expect(folds.reduce((sum, size) => sum + size, 0)).toBe(summary.labelled.kept);
  });

  it('hands on promoters for pre-training that resemble no labelled one', () => {
    const { promoters, dropped, kept } = summary.pretraining;
    expect(promoters).toBe(6605);
    expect(kept).toBe(promoters - dropped);
    const text = readFileSync(path.join(folder, 'pretraining.txt'), 'utf8').trimEnd().split('\n');
    expect(text).toHaveLength(kept);
    const rows = readFileSync(path.join(folder, 'promoters_tpm.tsv'), 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(summary.labelled.kept + 1);
    const labelled = new Set(rows.map((row) => row.split('\t').at(-1)));
    expect(text.filter((sequence) => labelled.has(sequence))).toEqual([]);
  });
});

describe('02-tokenizer', () => {
  interface Summary {
    tokenizers: { name: string; vocabulary: number; basesPerToken: number; fit: number }[];
    sharedTokens: number;
    saved: { vocabulary: number; different: number; decoded: number; sameMerges: boolean };
    promoters: number;
  }
  let summary: Summary;
  beforeAll(async () => {
    summary = await readSummary<Summary>('02-tokenizer');
  });

  it('cuts into longer tokens with a larger vocabulary', () => {
    const bpe = summary.tokenizers.filter(({ name }) => /^BPE \d/.test(name));
    const lengths = bpe.map(({ basesPerToken }) => basesPerToken);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    const authors = summary.tokenizers.find(({ name }) => name === 'BPE of the authors');
    expect(authors).toMatchObject({ vocabulary: 5261, fit: 1 });
    expect(authors?.basesPerToken).toBeCloseTo(5.13, 1);
    expect(summary.sharedTokens).toBeGreaterThan(1000);
  });

  it('saves a tokenizer that gives the same ids again', () => {
    expect(summary.saved.different).toBe(0);
    expect(summary.saved.decoded).toBe(summary.promoters);
    expect(summary.saved.sameMerges).toBe(true);
    for (const name of ['tokenizer.json', 'vocab.json', 'merges.txt']) {
      expect(existsSync(path.join(folder, 'tokenizer', name))).toBe(true);
    }
  });
});

it('shows the figures of the first two notebooks as Vega-Lite and SVG', () => {
  for (const name of ['01-data.ipynb', '02-tokenizer.ipynb']) {
    const figures = (executed.get(name)?.cells ?? [])
      .flatMap((cell) => ('outputs' in cell ? (cell.outputs ?? []) : []))
      .filter((output) => 'data' in output && 'image/svg+xml' in output.data);
    expect(figures.length).toBeGreaterThanOrEqual(2);
    for (const figure of figures) {
      expect('data' in figure && 'application/vnd.vegalite.v5+json' in figure.data).toBe(true);
    }
  }
});
