// Previews and pages of runs in a real VS Code, each looked at by axe-core: names and roles for screen
// readers, contrast of texts, order of headings, in a dark theme and in one of high contrast.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasVsCode, VsCode } from './vs-code.ts';

const required = process.env.TATABOX_VSCODE_TESTS === 'required';
const root = process.cwd();
const yeast = path.join(root, 'notebooks', 'data', 'yeast_R64');

async function writeRun(folder: string, learningRate: number): Promise<void> {
  await mkdir(path.join(folder, 'training', 'member-1'), { recursive: true });
  const name = path.basename(folder);
  const config = `mode: train\nname: ${name}\ntraining: { learningRate: ${String(learningRate)} }\n`;
  const metrics = { pearson: 0.5 + learningRate, mse: 0.4 };
  const epochs = [1, 2, 3].map((epoch) => ({
    epoch,
    step: epoch * 10,
    trainLoss: 1 / epoch,
    validationLoss: 1.1 / epoch,
    validationPearson: 0.2 * epoch,
  }));
  const files: Record<string, string> = {
    'config.yaml': config,
    'run.log': `run ${name}, mode train\n${'a line of the log\n'.repeat(60)}`,
    'result.json': JSON.stringify({ text: 'Test set, 90 genes', json: { part: 'test', metrics } }),
    'report.html': '<!doctype html><title>Report</title>',
    'training/member-1/metrics.jsonl': epochs.map((each) => `${JSON.stringify(each)}\n`).join(''),
  };
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
}

async function writeModel(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const header = Buffer.from(
    JSON.stringify({
      'head/kernel': { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
      'head/bias': { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
    }),
  );
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  await writeFile(
    path.join(folder, 'model.safetensors'),
    Buffer.concat([size, header, Buffer.from(new Float32Array([1, -1, 0.5]).buffer)]),
  );
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ library: 'tatabox', model_type: 'xpresso', architecture: { length: 200 } }),
  );
  await writeFile(
    path.join(folder, 'README.md'),
    '---\nlicense: mit\n---\n# A model\n\n| a | b |\n|---|---|\n| 1 | 2 |\n',
  );
}

describe.runIf(required || hasVsCode)('pages in VS Code', () => {
  let parent: string;
  let folder: string;
  let window: VsCode;
  let axe: string;

  beforeAll(async () => {
    axe = await readFile(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
    parent = await mkdtemp(path.join(tmpdir(), 'tatabox-axe-'));
    folder = path.join(parent, 'study');
    await writeRun(path.join(folder, 'runs', 'slow'), 0.001);
    await writeRun(path.join(folder, 'runs', 'fast'), 0.01);
    await writeModel(path.join(folder, 'model'));
    await mkdir(path.join(folder, '.vscode'));
    for (const name of ['sacCer3.fa.gz', 'sacCer3.fa.gz.fai', 'sacCer3.fa.gz.gzi']) {
      await copyFile(path.join(yeast, name), path.join(folder, name));
    }
    await copyFile(path.join(yeast, 'sacCer3_transcripts.bed'), path.join(folder, 'genes.bed'));
    await writeFile(path.join(folder, 'bad.bed'), 'chrI\t5\t9\nchrI\tx\t20\nchrI\t50\t40\n');
    await writeFile(path.join(folder, 'empty.bed'), '');
    await setTheme('Default Dark Modern');
    window = await VsCode.open({
      folder,
      settings: {
        'workbench.editorAssociations': {
          '*.bed': 'tatabox.tracks',
          '*.fa.gz': 'tatabox.fasta',
        },
      },
    });
    window.page.setDefaultTimeout(20_000);
  }, 120_000);

  afterAll(async () => {
    await window.close();
    await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  });

  const setTheme = (theme: string): Promise<void> =>
    writeFile(
      path.join(folder, '.vscode', 'settings.json'),
      JSON.stringify({ 'workbench.colorTheme': theme, 'tatabox.genome': 'sacCer3.fa.gz' }),
    );

  /** The page that is shown, when it holds what is waited for. */
  async function pageWith(selector: string): Promise<Frame> {
    await window.webview().locator(selector).first().waitFor();
    for (const frame of window.page.frames()) {
      const isShown = await frame
        .locator(selector)
        .first()
        .isVisible()
        .catch(() => false);
      if (isShown) return frame;
    }
    throw new Error(`no page holds ${selector}`);
  }

  /** What is wrong with the page, one line each. */
  async function violations(selector: string): Promise<string[]> {
    const frame = await pageWith(selector);
    await window.page.waitForTimeout(400);
    await frame.evaluate(axe);
    const found = await frame.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`),
    );
  }

  const tab = (name: string): Promise<void> =>
    window.webview().getByRole('tab', { name, exact: true }).click();

  async function results(name: string): Promise<void> {
    await window.command('Tatabox: Show Results');
    await window.answer(name);
  }

  it.each(['Default Dark Modern', 'Default High Contrast'])(
    'have names, roles and contrast (%s)',
    async (theme) => {
      await setTheme(theme);
      await window.page.waitForTimeout(1000);
      await window.openFile('sacCer3.fa.gz');
      await pageWith('.sequence-view');
      await window.webview().getByRole('button', { name: 'Composition and hits' }).click();
      expect(await violations('.sequence-view')).toEqual([]);
      await window.openFile('genes.bed');
      await pageWith('.virtual-table-line');
      await window.webview().locator('.virtual-table-line').nth(2).click();
      expect(await violations('.virtual-table')).toEqual([]);
      await tab('Tracks');
      expect(await violations('.lane')).toEqual([]);
      await tab('Summary');
      expect(await violations('#panel-summary')).toEqual([]);
      await window.openFile('bad.bed');
      expect(await violations('.virtual-table-line')).toEqual([]);
      await window.openFile('empty.bed');
      expect(await violations('.empty')).toEqual([]);
      await window.openFile('model.safetensors');
      expect(await violations('h1')).toEqual([]);
      await tab('Tensors');
      expect(await violations('#panel-tensors')).toEqual([]);
      await tab('Model card');
      expect(await violations('#panel-card')).toEqual([]);
      await results('slow');
      expect(await violations('.charts canvas')).toEqual([]);
      await window.command('Tatabox: Compare Runs');
      const boxes = window.page.locator('.quick-input-list .monaco-list-row .monaco-checkbox');
      await boxes.nth(0).click();
      await boxes.nth(1).click();
      await window.page.getByRole('button', { name: 'OK', exact: true }).click();
      expect(await violations('.compare-title')).toEqual([]);
      await window.command('View: Close All Editors');
    },
    90_000,
  );
});
