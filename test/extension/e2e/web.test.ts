// The previews in the browser's own extension host, as where there is no machine: no Node.js, no disk,
// files through VS Code alone.
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasVsCode, VsCode, vsix } from './vs-code.ts';
import { packForBrowser } from './web-vsix.ts';

const required = process.env.TATABOX_VSCODE_TESTS === 'required';
const root = process.cwd();
const yeast = path.join(root, 'notebooks', 'data', 'yeast_R64');
const golden = path.join(root, 'test', 'unit', 'formats', 'golden');

describe.runIf(required || hasVsCode)('in the extension host of a browser', () => {
  let parent: string;
  let window: VsCode;
  let shots = 0;
  const shot = (name: string): Promise<string> =>
    window.screenshot(`web-${String(++shots)}-${name}`);

  beforeAll(async () => {
    parent = await mkdtemp(path.join(root, 'build', 'web-vsix-'));
    const folder = path.join(parent, 'yeast');
    await mkdir(folder);
    for (const file of ['sacCer3.fa.gz', 'sacCer3.fa.gz.fai', 'sacCer3.fa.gz.gzi']) {
      await copyFile(path.join(yeast, file), path.join(folder, file));
    }
    const bed = await readFile(path.join(yeast, 'sacCer3_transcripts.bed'));
    await writeFile(path.join(folder, 'transcripts.bed.gz'), gzipSync(bed));
    await writeFile(path.join(folder, 'broken.bed'), 'chrI\t10\t20\tone\nchrI\tten\t20\ttwo\n');
    await copyFile(path.join(golden, 'binary', 'signal.bw'), path.join(folder, 'signal.bw'));
    await cp(path.join(golden, 'shards'), path.join(folder, 'model'), { recursive: true });
    await writeFile(path.join(folder, 'yeast.tatabox.yaml'), 'mode: train\n');
    window = await VsCode.open({
      folder,
      extension: await packForBrowser(vsix, parent),
      settings: { 'tatabox.genome': 'sacCer3.fa.gz' },
    });
  }, 60_000);

  afterAll(async () => {
    await window?.close();
    if (parent !== undefined) await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  });

  it('shows a bgzip genome and finds its TATA boxes', async () => {
    await window.openFile('sacCer3.fa.gz');
    await window.command('Tatabox: Open Preview');
    const page = window.webview();
    await page.getByText('17 records').first().waitFor({ timeout: 20_000 });
    await page.locator('.go-to').fill('chrII:10,001-10,100');
    await page.locator('.go-to').press('Enter');
    await page.getByText('10,001–10,100 (100 bp)').first().waitFor();
    await page.locator('.find-motif').fill('TATAWAW');
    await page.locator('.find-motif').press('Enter');
    await page.getByText('30,926 hits').waitFor({ timeout: 30_000 });
    await shot('genome');
  }, 90_000);

  it('shows a gzip BED as a table and on the genome', async () => {
    await window.openFile('transcripts.bed.gz');
    await window.command('Tatabox: Open Preview');
    const page = window.webview();
    await page.locator('.virtual-table-line').first().waitFor();
    await page.getByPlaceholder('Filter').fill('name=SEO1');
    await page.getByText('1 of 6,445').first().waitFor();
    await page.locator('.virtual-table-line').first().click();
    await page.getByRole('button', { name: 'Show in tracks' }).first().click();
    await window.page.waitForTimeout(1200);
    await shot('tracks');
    await page.getByRole('button', { name: 'Show sequence' }).first().click();
    await window.webview().getByText('7,013–9,049 (2,037 bp)').first().waitFor();
  }, 60_000);

  it('shows a bigWig signal and a model of several files', async () => {
    await window.openFile('signal.bw');
    await window.command('Tatabox: Open Preview');
    await window.webview().locator('canvas').first().waitFor();
    await window.page.waitForTimeout(700);
    await shot('signal');
    await window.openFile('model-00001-of-00003.safetensors');
    await window.webview().getByText('model-00003-of-00003.safetensors').first().waitFor();
    await shot('model');
  }, 60_000);

  it('marks a wrong line of a BED text', async () => {
    await window.openFile('broken.bed');
    await window.command('View: Toggle Problems');
    const problem = window.page.locator('.markers-panel .monaco-list-row');
    await window.page.waitForTimeout(1500);
    await shot('problem');
    await problem.filter({ hasText: 'ten' }).first().waitFor();
    await window.command('View: Toggle Problems');
  }, 60_000);

  it('offers nothing that needs a machine, and says so', async () => {
    await window.command('View: Show tatabox');
    await window.page.getByText('need VS Code on a machine').first().waitFor();
    await window.page.keyboard.press('F1');
    const input = window.page.locator('.quick-input-widget input').first();
    await input.waitFor();
    await input.fill('>Tatabox: ');
    await window.page.waitForTimeout(600);
    const titles = await window.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: 'Tatabox: ' })
      .allInnerTexts();
    const names = titles.map((title) => title.replace(/\s+/g, ' ').trim());
    expect(names.some((name) => name.includes('Choose Genome'))).toBe(true);
    // VS Code itself offers to go to each view.
    const own = names.filter((name) => !name.includes('Focus on'));
    expect(own.filter((name) => /Run|Notebook|Hub|Push|Pull|Doctor/.test(name))).toEqual([]);
    await shot('views');
    await window.page.keyboard.press('Escape');
  }, 60_000);

  it('is small', async () => {
    const bundle = path.join(root, 'extension', 'dist', 'web', 'extension.js');
    expect((await stat(bundle)).size).toBeLessThan(1e6);
  });
});
