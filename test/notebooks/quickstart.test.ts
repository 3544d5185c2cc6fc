import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinText, type Notebook } from '../../kernel-lib/src/notebook/notebook-file.ts';
import { runNotebook } from '../../kernel-lib/src/notebook/run-notebook.ts';
import { startHubServer } from '../hub/loopback-server.mjs';

const root = path.join(import.meta.dirname, '..', '..');

interface Summary {
  metrics: {
    test: Record<string, number>;
    baselines: Record<string, { pearson: number | null; r2: number }>;
    members: number[];
  };
  hub: { repo: string; largestDifference: number };
}

/** The quickstart as it is, in the real kernel, with one epoch and few genes to explain. */
describe('the quickstart notebook', () => {
  let folder: string;
  let notebook: Notebook;
  let summary: Summary;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-quickstart-'));
    const hub = await startHubServer();
    try {
      ({ notebook } = await runNotebook({
        file: path.join(root, 'notebooks', '00-quickstart.ipynb'),
        output: path.join(folder, 'executed.ipynb'),
        environment: {
          QUICKSTART_EPOCHS: '1',
          QUICKSTART_GENES: '24',
          QUICKSTART_FOLDER: path.join(folder, 'run'),
          HF_ENDPOINT: hub.url,
          HF_TOKEN: hub.token,
          HF_HOME: path.join(folder, 'hf-home'),
        },
      }));
    } finally {
      await hub.close();
    }
    summary = JSON.parse(
      await readFile(path.join(folder, 'run', 'summary.json'), 'utf8'),
    ) as Summary;
  }, 600_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const outputsText = (): string =>
    notebook.cells
      .flatMap((cell) => ('outputs' in cell ? (cell.outputs ?? []) : []))
      .flatMap((output) =>
        output.output_type === 'stream'
          ? [joinText(output.text)]
          : 'data' in output
            ? Object.values(output.data).map((data) =>
                typeof data === 'string' || Array.isArray(data)
                  ? joinText(data as string | string[])
                  : '',
              )
            : [],
      )
      .join('\n');

  it('cuts every promoter as the table has it', () => {
    expect(outputsText()).toContain('5811 of 5811 promoters equal those of the table');
  });

  it('measures the baselines of the data set', () => {
    const { baselines } = summary.metrics;
    expect(baselines['features']?.pearson).toBeCloseTo(0.459, 3);
    expect(baselines['k-mers']?.pearson).toBeCloseTo(0.429, 3);
    expect(baselines['features + k-mers']?.pearson).toBeCloseTo(0.53, 3);
    expect(baselines['features + k-mers']?.r2).toBeCloseTo(0.271, 3);
  });

  it('trains three networks that have learnt something after one epoch', () => {
    expect(summary.metrics.members).toHaveLength(3);
    expect(summary.metrics.test['pearson']).toBeGreaterThan(0.4);
  });

  it('gets the same predictions back from the Hub', () => {
    expect(summary.hub.largestDifference).toBe(0);
  });

  it('saves every figure as SVG and PNG', () => {
    for (const name of ['curves', 'metrics', 'scatter', 'profile', 'heatmap', 'logo', 'motifs']) {
      const png = readFileSync(path.join(folder, 'run', 'figures', `${name}.png`));
      expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
      expect(existsSync(path.join(folder, 'run', 'figures', `${name}.svg`))).toBe(true);
    }
  });

  it('shows Vega-Lite and SVG together, and no secret', () => {
    const figures = notebook.cells
      .flatMap((cell) => ('outputs' in cell ? (cell.outputs ?? []) : []))
      .filter((output) => 'data' in output && 'image/svg+xml' in output.data);
    expect(figures.length).toBeGreaterThanOrEqual(8);
    expect(
      figures.some(
        (output) => 'data' in output && 'application/vnd.vegalite.v5+json' in output.data,
      ),
    ).toBe(true);
    expect(JSON.stringify(notebook)).not.toMatch(/hf_[A-Za-z0-9]{8,}/);
  });
});
