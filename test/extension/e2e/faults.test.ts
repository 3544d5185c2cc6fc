// What goes wrong while the previews and the Hub are used, in a real VS Code: damaged and hostile files,
// files that change, a Hub that fails. Each is told in words, and the window goes on working.
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHubServer, type HubFault, type HubServer } from '../../hub/loopback-server.mjs';
import { HOSTILE, writeFaultFiles } from './fault-files.ts';
import { hasVsCode, VsCode } from './vs-code.ts';

const required = process.env.TATABOX_VSCODE_TESTS === 'required';
const pull = (repo: string): object => ({ resume: { repo, revision: 'main' } });
const KEYBINDINGS = [
  { key: 'ctrl+alt+1', command: 'tatabox.hub.pull', args: pull('lab/small') },
  { key: 'ctrl+alt+2', command: 'tatabox.hub.pull', args: pull('lab/middle') },
  { key: 'ctrl+alt+3', command: 'tatabox.hub.pull', args: pull('lab/huge') },
  { key: 'ctrl+alt+4', command: 'notifications.clearAll' },
  { key: 'ctrl+alt+5', command: 'workbench.action.closeAllEditors' },
];
/** Megabytes of the disk that holds the cache of models. */
const DISK = 8;

/** A small disk at a folder; undefined where this user may not mount one. */
function mountDisk(folder: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(DISK)}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  return () => execFileSync('umount', [folder], { stdio: 'ignore' });
}

describe.runIf(required || hasVsCode)('in VS Code', () => {
  let hub: HubServer;
  let parent: string;
  let folder: string;
  let window: VsCode;
  let unmount: (() => void) | undefined;
  const dialogs: string[] = [];

  beforeAll(async () => {
    hub = await startHubServer();
    for (const [repo, size] of [
      ['lab/small', 2000],
      ['lab/middle', 3_000_000],
      ['lab/huge', 12_000_000],
    ] as const) {
      hub.createRepo(repo);
      const content = Buffer.alloc(size, repo);
      hub.addFiles(repo, { 'config.json': '{}', 'model.safetensors': content });
    }
    hub.createRepo('tester/taken');
    hub.addFiles('tester/taken', { 'config.json': '{}' });
    parent = await mkdtemp(path.join(tmpdir(), 'tatabox-faults-'));
    folder = path.join(parent, 'files');
    const cache = path.join(parent, 'cache');
    await mkdir(folder);
    await mkdir(cache);
    unmount = mountDisk(cache);
    await writeFaultFiles(folder);
    window = await VsCode.open({
      folder,
      settings: {
        'workbench.editorAssociations': {
          '*.fa': 'tatabox.fasta',
          '*.fa.gz': 'tatabox.fasta',
          '*.bed': 'tatabox.tracks',
          '*.bed.gz': 'tatabox.tracks',
        },
      },
      keybindings: KEYBINDINGS,
      environment: { HF_ENDPOINT: hub.url, HF_TOKEN: hub.token, HF_HUB_CACHE: cache },
    });
    window.page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    window.page.setDefaultTimeout(8000);
  }, 120_000);

  afterAll(async () => {
    await window?.close();
    await hub?.close();
    unmount?.();
    await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  });

  beforeEach(({ task, onTestFailed }) => {
    onTestFailed(async () => {
      await window.screenshot(`faults-failed-${task.name.replace(/\W+/g, '-')}`);
    });
  });

  async function press(number: number): Promise<void> {
    await window.page.locator('.explorer-viewlet .monaco-list').first().focus();
    await window.page.keyboard.press(`Control+Alt+${String(number)}`);
  }

  /** Shows the preview of a file alone. */
  async function open(file: string): Promise<FrameLocator> {
    await press(5);
    await window.page.locator('.tabs-container .tab').first().waitFor({ state: 'detached' });
    await window.openFile(file);
    return window.webview();
  }

  const error = (page: FrameLocator, text: RegExp): Promise<void> =>
    page.locator('.message.error').filter({ hasText: text }).first().waitFor();

  describe('the FASTA preview', () => {
    it('says that the file changed, reads it again, and says that it is gone', async () => {
      const page = await open('alive.fa');
      await page.getByText('2 records').first().waitFor();
      await appendFile(path.join(folder, 'alive.fa'), '>three\nACGT\n');
      await page.getByText('The file changed on disk.').waitFor();
      await page.getByRole('button', { name: 'Reload' }).click();
      await page.getByText('3 records').first().waitFor();
      await unlink(path.join(folder, 'alive.fa'));
      await page.getByText('The file is no longer there.').waitFor();
      await page.getByRole('button', { name: 'Retry' }).click();
      await error(page, /alive\.fa: .*no such file/);
    }, 40_000);

    it.each([
      ['cut.fa.gz', /cut\.fa\.gz: the gzip data end too early/],
      ['cut-bgzip.fa.gz', /cut-bgzip\.fa\.gz, byte 182259: a bgzip block that is cut or damaged/],
      ['binary.fa', /binary\.fa: not a FASTA: the first byte is 195/],
      ['empty.fa', /empty\.fa: no sequence: the file is empty/],
    ])('says what is wrong with %s', async (file, text) => {
      const page = await open(file);
      await error(page, text);
      await page.getByRole('button', { name: 'Open as Text' }).waitFor();
    });

    it('does without the index of another file', async () => {
      const page = await open('index-of-another.fa');
      await page.getByText(/index .*index-of-another\.fa\.fai does not fit/).waitFor();
      await page.getByText('1 record · no .fai used').first().waitFor();
    });

    it('shows a line of 10 MB', async () => {
      const page = await open('one-line.fa');
      await page.locator('.go-to').fill('wide:9,999,981-9,999,990');
      await page.locator('.go-to').press('Enter');
      await page.getByText('GTTGCAACAC').first().waitFor({ state: 'attached', timeout: 4000 });
    });
  });

  describe('the tracks preview', () => {
    it('says that the file changed, reads it again, and says that it is gone', async () => {
      const page = await open('alive.bed');
      await page.getByText('1 record').first().waitFor();
      await appendFile(path.join(folder, 'alive.bed'), 'chr1\t30\t40\tsecond\t1\t-\n');
      await page.getByText('The file changed on disk.').waitFor();
      await page.getByRole('button', { name: 'Reload' }).click();
      await page.getByText('2 records').first().waitFor();
      await unlink(path.join(folder, 'alive.bed'));
      await page.getByText('The file is gone.').waitFor();
      await page.getByText('second').first().waitFor();
    }, 40_000);

    it.each([
      ['binary.bed', /binary\.bed: binary data; expected UTF-8 text/],
      ['empty.bed', /The file has no records/],
    ])('says what is wrong with %s', async (file, text) => {
      const page = await open(file);
      await page.locator('.message.error, .empty').filter({ hasText: text }).first().waitFor();
    });

    it.each([
      ['cut.bed.gz', /the gzip data end too early/],
      ['one-line.bed', /10,000,005 letters/],
    ])('shows what can be read of %s', async (file, text) => {
      const page = await open(file);
      await page.locator('.virtual-table-line').first().waitFor();
      await page.getByRole('button', { name: '1 invalid line' }).click();
      await page.locator('.invalid').filter({ hasText: text }).waitFor();
    });

    it('stays usable over a million bad lines', async () => {
      const page = await open('bad.bed');
      await page
        .getByRole('button', { name: '1,000,000 invalid lines' })
        .click({ timeout: 20_000 });
      await page.locator('.invalid').getByText('and 999,800 more').waitFor();
      await page.getByPlaceholder('Filter').fill('name=good');
      await page.getByText('1 row', { exact: true }).waitFor();
      await window.command('View: Toggle Problems');
      await window.page
        .locator('.markers-panel .monaco-list-row')
        .filter({ hasText: 'more lines have problems' })
        .or(
          window.page.locator('.markers-panel .monaco-count-badge').filter({ hasText: /1001|1K/i }),
        )
        .first()
        .waitFor();
      await window.screenshot('faults-bad-lines');
      await window.command('View: Toggle Problems');
    }, 40_000);
  });

  it('keeps names from files as text', async () => {
    const check = async (): Promise<void> => {
      for (const frame of window.page.frames()) {
        const found = await frame.evaluate(() => 'breach' in globalThis).catch(() => false);
        expect(found).toBe(false);
        if (frame.url().includes('fake.html')) expect(await frame.locator('img').count()).toBe(0);
      }
      expect(dialogs).toEqual([]);
    };
    const fasta = await open('hostile.fa');
    await fasta.getByText(HOSTILE).first().waitFor();
    await fasta.locator('.record-name').nth(1).hover();
    await fasta.locator('.record-name').first().click();
    await check();
    const tracks = await open('hostile.bed');
    await tracks.locator('.virtual-table-line').getByText(HOSTILE).first().waitFor();
    await tracks.locator('.virtual-table-line').nth(1).click();
    await tracks.locator('.details').getByText(HOSTILE).first().waitFor();
    await check();
    await tracks.getByRole('tab', { name: 'Tracks' }).click();
    await tracks
      .locator('.lane-canvas:visible')
      .first()
      .hover({ position: { x: 200, y: 10 } });
    await window.page.waitForTimeout(300);
    await check();
    await tracks.getByRole('tab', { name: 'Summary' }).click();
    await tracks.locator('#panel-summary').getByText(HOSTILE).first().waitFor();
    await check();
    await window.screenshot('faults-hostile');
  }, 40_000);

  it('reads no header that claims to be longer than its file', async () => {
    const before = await window.extensionHostMemory();
    const page = await open('claims.safetensors');
    await error(page, /claims\.safetensors.*1152921504606846976|1,152,921,504,606,846,976/);
    expect((await window.extensionHostMemory()) - before).toBeLessThan(100e6);
  });

  describe('the Hub', () => {
    const impatient = { 'Retry-After': '3600' };
    const api = { path: '/api/models/lab/small' };
    const bad = (faults: Partial<HubFault>): HubFault => ({ ...api, times: 20, ...faults });
    /** The message of an error, whole: what VS Code shows of it is cut. */
    const told = async (text: RegExp): Promise<string> => {
      const message = window.page
        .locator('.notification-list-item-message')
        .filter({ hasText: text });
      await message.first().waitFor();
      const whole = (await message.first().textContent()) ?? '';
      expect(whole).not.toContain(hub.token);
      await press(4);
      await message.first().waitFor({ state: 'detached' });
      // VS Code shows no more than three notifications within 0.8 seconds.
      await window.page.waitForTimeout(900);
      return whole;
    };

    it.each<[string, HubFault, RegExp]>([
      ['401', bad({ status: 401 }), /refuses the access token.*read from HF_TOKEN/s],
      ['403', bad({ status: 403 }), /not allowed.*HF_TOKEN/s],
      ['404', bad({ status: 404 }), /there is no model lab\/small.*Check the name/s],
      ['409', bad({ status: 409 }), /refuses the request with status 409/],
      ['429', bad({ status: 429, headers: impatient }), /too many requests.*in 3600 seconds/s],
      ['500', bad({ status: 500, headers: impatient }), /failed with status 500.*Try again later/s],
      [
        'another hash',
        bad({ path: /config\.json/, corrupt: true }),
        /hash .* instead of .*, twice/,
      ],
      [
        'a path that leaves the folder',
        bad({
          path: '/tree/',
          rewrite: (body) => body.toString().replace('"config.json"', '"../../../../outside.json"'),
        }),
        /outside\.json/,
      ],
    ])('answers %s to a pull', async (_, fault, text) => {
      hub.setFault(fault);
      await press(1);
      await told(text);
      hub.clearFaults();
    });

    it('stops in the middle of a file, which is resumed there', async () => {
      hub.setFault({ path: '_storage', truncateAt: 1_000_000 });
      await press(2);
      await told(/Pulled lab\/middle/);
      const ranges = hub.requests.map(({ range }) => range);
      expect(ranges).toContainEqual(expect.stringMatching(/^bytes=[1-9]\d*-$/));
    });

    it('finds no space on the disk', async ({ skip }) => {
      if (unmount === undefined) skip('this user may not mount a small disk');
      await press(3);
      await told(/cache folder .*MB free; expected 13 MB.*cacheFolder/);
      // What was pulled before is whole.
      await press(1);
      await told(/Pulled lab\/small/);
    });

    it('fails while a model is pushed, which can be pushed again', async () => {
      await press(5);
      await window.command('Tatabox: Push Model');
      await window.answer('model');
      await window.page.waitForTimeout(500);
      await window.answer('tester/taken');
      const page = window.webview();
      const push = page.getByRole('button', { name: 'Push', exact: true });
      await push.waitFor();
      expect(await page.locator('img').count()).toBe(0);
      for (const [status, text] of [
        [401, /refuses the access token/],
        [403, /not allowed/],
        [404, /there is no model tester\/taken/],
        [429, /too many requests/],
        [500, /failed with status 500/],
      ] as const) {
        hub.setFault({ path: /\/(preupload|commit)\//, status, headers: impatient, times: 20 });
        await push.click();
        await error(page, text);
        await told(text);
        hub.clearFaults();
      }
      // Somebody else was faster: what is there is looked at again.
      hub.setFault({ path: '/commit/', status: 409 });
      await push.click();
      await told(/Pushed tester\/taken/);
      expect(dialogs).toEqual([]);
      await window.screenshot('faults-pushed');
    }, 60_000);
  });
});
