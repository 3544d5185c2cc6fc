// The whole way of a biologist, in a real VS Code in a real browser: look at a genome and its
// transcripts, run the quickstart notebook, mend a run config, train, and publish the model.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startHubServer, type HubServer } from '../../hub/loopback-server.mjs';
import { createStudyWorkspace, type StudyWorkspace } from './study-workspace.ts';
import { hasVsCode, VsCode } from './vs-code.ts';

const required = process.env.TATABOX_VSCODE_TESTS === 'required';
const THEMES = ['dark', 'light'] as const;

describe.runIf(required || hasVsCode).each(THEMES)('in VS Code, %s', (theme) => {
  let hub: HubServer;
  let study: StudyWorkspace;
  let window: VsCode;
  let shots = 0;
  const shot = (name: string): Promise<string> =>
    window.screenshot(`journey-${theme}-${String(++shots).padStart(2, '0')}-${name}`);
  const wait = (milliseconds: number): Promise<void> => window.page.waitForTimeout(milliseconds);

  beforeAll(async () => {
    hub = await startHubServer();
    const model = hub.createRepo('lab/yeast-promoters');
    model.downloads = 1250;
    hub.addFiles('lab/yeast-promoters', {
      'config.json': '{"model_type": "xpresso"}\n',
      'README.md': '---\nlibrary_name: tatabox\nlicense: mit\n---\n# Yeast promoters\n',
    });
    study = await createStudyWorkspace();
    window = await VsCode.open({
      folder: study.folder,
      theme,
      settings: { 'tatabox.genome': 'data/sacCer3.fa.gz' },
      environment: {
        HF_ENDPOINT: hub.url,
        // The notebook pushes with it; the token that is typed later wins.
        HF_TOKEN: hub.token,
        TATABOX_BACKEND: 'wasm',
        QUICKSTART_EPOCHS: '1',
        QUICKSTART_GENES: '24',
        QUICKSTART_FOLDER: path.join(study.folder, 'runs', 'quickstart'),
      },
    });
  }, 120_000);

  afterAll(async () => {
    await window?.close();
    await hub?.close();
    await study?.remove();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await shot('FAILED');
  });

  it('shows the genome, finds a place and the TATA boxes', async () => {
    await window.openFile('data/sacCer3.fa.gz');
    await window.command('Tatabox: Open Preview');
    const page = window.webview();
    await page.locator('.sequence-view').waitFor();
    await page.getByText('17 records').first().waitFor();
    await page.locator('.go-to').fill('chrII:10,001-10,100');
    await page.locator('.go-to').press('Enter');
    await page.getByText('10,001–10,100 (100 bp)').first().waitFor();
    await page.locator('.find-motif').fill('TATAWAW');
    await page.locator('.find-motif').press('Enter');
    // Counted independently: occurrences on both strands of the whole genome.
    await page.getByText('30,926 hits').waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Composition and hits' }).click();
    await wait(700);
    await shot('genome');
  }, 90_000);

  it('shows transcripts as a table and as tracks, and their sequence', async () => {
    await window.openFile('data/sacCer3_transcripts.bed');
    await window.command('Tatabox: Open Preview');
    const page = window.webview();
    await page.locator('.virtual-table-line').first().waitFor();
    await page.getByPlaceholder('Filter').fill('name=SEO1');
    await page.getByText('1 of 6,445').first().waitFor();
    await page.locator('.virtual-table-line').first().click();
    await shot('transcripts');
    await page.getByRole('button', { name: 'Show in tracks' }).first().click();
    await wait(900);
    await shot('tracks');
    await page.getByRole('button', { name: 'Show sequence' }).first().click();
    await window.webview().locator('.sequence-view').waitFor();
    // The preview is open already, hidden at another place.
    await window.webview().getByText('7,013–9,049 (2,037 bp)').first().waitFor({ timeout: 10_000 });
    await shot('sequence');
  }, 90_000);

  it.runIf(theme === 'dark')(
    'runs the quickstart notebook to its end',
    async () => {
      await window.command('View: Close All Editors');
      await window.openFile('quickstart.ipynb');
      await window.page.locator('.notebookOverlay').first().waitFor();
      await wait(1000);
      await window.command('Notebook: Run All');
      const last = path.join(study.folder, 'runs', 'quickstart', 'summary.json');
      await expect
        .poll(
          () =>
            readFile(last, 'utf8').then(
              (text) => text.length,
              () => 0,
            ),
          {
            timeout: 420_000,
            interval: 1000,
          },
        )
        .toBeGreaterThan(10);
      await shot('notebook');
      expect(hub.repos.size).toBeGreaterThan(1);
    },
    480_000,
  );

  it('points at the mistake of a run config and mends it', async () => {
    await window.command('View: Close All Editors');
    await window.openFile('yeast.tatabox.yaml');
    await window.command('View: Toggle Problems');
    const problem = window.page
      .locator('.markers-panel .monaco-list-row')
      .filter({ hasText: 'epochs' })
      .first();
    await problem.waitFor();
    await shot('problem');
    await problem.dblclick();
    await wait(400);
    await window.page.keyboard.press('Control+.');
    const fix = window.page
      .locator('.action-widget .monaco-list-row')
      .filter({ hasText: "Change to 'epochs'" })
      .first();
    await fix.waitFor();
    await shot('fix');
    await fix.click();
    await window.page.keyboard.press('Control+S');
    await window.command('View: Toggle Problems');
    await expect
      .poll(() => readFile(path.join(study.folder, 'yeast.tatabox.yaml'), 'utf8'))
      .toMatch(/^ {2}epochs: 4$/m);
  }, 60_000);

  it('trains with the config and shows how far it is, also after the window is loaded anew', async () => {
    await window.command('Tatabox: Run');
    await window.command('View: Show tatabox');
    const status = window.page.locator('.statusbar-item').filter({ hasText: /yeast/ }).first();
    await status.waitFor({ timeout: 60_000 });
    await shot('started');
    await window.page.reload();
    await window.page.locator('.monaco-workbench').waitFor();
    await status.waitFor({ timeout: 60_000 });
    await window.command('View: Show tatabox');
    const run = window.page
      .locator('.pane-body .monaco-list-row')
      .filter({ hasText: 'yeast' })
      .first();
    await run.click();
    await window.webview().getByText('Running').first().waitFor();
    await wait(2500);
    await shot('training');
    const result = path.join(study.folder, 'runs', 'yeast', 'result.json');
    await expect
      .poll(
        () =>
          readFile(result, 'utf8').then(
            (text) => text.length,
            () => 0,
          ),
        {
          timeout: 420_000,
          interval: 1000,
        },
      )
      .toBeGreaterThan(10);
    await window.notification(/yeast/, 60_000);
    await wait(1500);
    await shot('results');
    const page = window.webview();
    await page.getByText('Finished').first().waitFor();
    await page.getByRole('button', { name: 'Open Report' }).waitFor();
  }, 360_000);

  it('signs in, pulls a model and pushes the one that was trained', async () => {
    await window.command('Notifications: Clear All');
    await window.command('Tatabox: Sign In to the Hugging Face Hub');
    await window.answer(hub.token);
    await window.notification('Signed in');
    await window.command('Tatabox: Pull Model');
    const repo = 'lab/yeast-promoters';
    await window.answer(repo, { shows: 'Pull Model', row: repo });
    await window.answer('workspace', { shows: `Pull ${repo}`, row: /workspace/i });
    await window.answer(undefined, { shows: `Copy ${repo} into the workspace` });
    await window.notification('Pulled');
    await shot('pulled');
    await window.command('Notifications: Clear All');
    await window.command('Tatabox: Push Model');
    await window.answer('runs/yeast', { row: 'runs/yeast' });
    await window.answer('tester/yeast-training', { shows: 'Name on the Hub' });
    const page = window.webview();
    await page.getByRole('button', { name: 'Create and Push' }).waitFor();
    await shot('push');
    await page.getByRole('button', { name: 'Create and Push' }).click();
    await window.notification('Pushed', 60_000);
    const pushed = [...hub.repos.values()].find(({ name }) => name === 'tester/yeast-training');
    expect(pushed?.private).toBe(true);
    const commit = pushed?.commits.get(pushed.heads.get('main') ?? '');
    expect([...(commit?.files.keys() ?? [])]).toEqual(
      expect.arrayContaining(['README.md', 'config.json', 'model.safetensors']),
    );
    await shot('pushed');
    await window.command('Tatabox: Sign Out of the Hugging Face Hub');
    await window.notification('HF_TOKEN');
  }, 180_000);
});
