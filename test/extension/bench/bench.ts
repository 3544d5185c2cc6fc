// Timings in a real VS Code: printed, never asserted, for they are those of one machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame, FrameLocator } from 'playwright-core';
import { VsCode } from '../e2e/vs-code.ts';
import { writeBenchFiles } from './bench-files.ts';

const say = (what: string, value: string): void => {
  process.stdout.write(`${what.padEnd(58)} ${value}\n`);
};
const ms = (value: number): string => `${value.toFixed(0)} ms`;

const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-bench-'));
let window: VsCode | undefined;

async function memory(opened: VsCode, what: string): Promise<void> {
  // Waits for the collection of what is no longer used, as far as V8 does it by itself.
  await opened.page.waitForTimeout(1500);
  say(
    `  memory of the extension host, ${what}`,
    `${String(Math.round((await opened.extensionHostMemory()) / 1e6))} MB`,
  );
}

async function closeAll({ page }: VsCode): Promise<void> {
  await page.locator('.explorer-viewlet .monaco-list').first().focus();
  await page.keyboard.press('Control+Alt+5');
  await page.locator('.tabs-container .tab').first().waitFor({ state: 'detached' });
}

/** From Enter in Quick Open to what `shown` waits for. */
async function open(
  opened: VsCode,
  file: string,
  shown: (page: FrameLocator) => Promise<void>,
): Promise<number> {
  const { page } = opened;
  await closeAll(opened);
  await page.keyboard.press('Control+P');
  const input = page.locator('.quick-input-widget input').first();
  await input.waitFor();
  await input.fill(file);
  await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await page.waitForTimeout(400);
  const start = performance.now();
  await page.keyboard.press('Enter');
  await shown(opened.webview());
  return performance.now() - start;
}

const rows = (page: FrameLocator): Promise<void> =>
  page
    .locator('.fasta-page pre.visually-hidden')
    .filter({ hasText: /[ACGT]{4}/ })
    .waitFor({ state: 'attached', timeout: 60_000 });
const lines = (page: FrameLocator): Promise<void> =>
  page.locator('.virtual-table-line').first().waitFor({ timeout: 60_000 });

async function frameOf(opened: VsCode, selector: string): Promise<Frame> {
  for (const frame of opened.page.frames()) {
    if (
      (await frame
        .locator(selector)
        .count()
        .catch(() => 0)) > 0
    )
      return frame;
  }
  throw new Error(`no page has ${selector}`);
}

/** Counts frames while something is done in the page. */
async function frames(frame: Frame, what: string, act: () => Promise<void>): Promise<void> {
  const counted = frame.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        let last = performance.now();
        const tick = (now: number): void => {
          times.push(now - last);
          last = now;
          if ('stopCounting' in globalThis) resolve(times.slice(2));
          else requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
      }),
  );
  await act();
  await frame.evaluate(() => Object.assign(globalThis, { stopCounting: true }));
  const times = (await counted).sort((a, b) => a - b);
  await frame.evaluate(() => Reflect.deleteProperty(globalThis, 'stopCounting'));
  const at = (share: number): string =>
    (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
  say(what, `median ${at(0.5)} ms, 99th percentile ${at(0.99)} ms, ${String(times.length)} frames`);
}

try {
  await writeBenchFiles(folder);
  window = await VsCode.open({ folder, bare: true });
  await memory(window, 'without tatabox');
  await window.close();
  window = await VsCode.open({
    folder,
    keybindings: [{ key: 'ctrl+alt+5', command: 'workbench.action.closeAllEditors' }],
    settings: {
      'workbench.editorAssociations': {
        '*.fa': 'tatabox.fasta',
        '*.bed': 'tatabox.tracks',
        '*.bw': 'tatabox.tracks',
      },
    },
  });
  const { page } = window;
  page.setDefaultTimeout(20_000);
  await page.waitForTimeout(3000);
  await memory(window, 'after start');
  say('a small FASTA, first rows', ms(await open(window, 'small.fa', rows)));
  say('the same, again', ms(await open(window, 'small.fa', rows)));
  await memory(window, 'small FASTA');
  say('FASTA of 1 GB with .fai, first rows', ms(await open(window, 'gigabyte-indexed.fa', rows)));
  await memory(window, '1 GB FASTA with .fai');
  say('FASTA of 1 GB without index, first rows', ms(await open(window, 'gigabyte.fa', rows)));
  await memory(window, '1 GB FASTA without index');
  say(
    'chromosome of 100 MB without index, first rows',
    ms(await open(window, 'chromosome.fa', rows)),
  );
  const sequence = await frameOf(window, '.sequence-view');
  const box = await window.webview().locator('.sequence-view').boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
  await frames(sequence, '  scrolling it by the wheel', async () => {
    for (let i = 0; i < 120; i++) {
      await page.mouse.wheel(0, 120);
      await page.waitForTimeout(16);
    }
  });
  const bar = await window
    .webview()
    .locator('.sequence-view .scroll-bar.vertical')
    .first()
    .boundingBox();
  await frames(sequence, '  dragging its scroll bar', async () => {
    await page.mouse.move((bar?.x ?? 0) + 5, (bar?.y ?? 0) + 5);
    await page.mouse.down();
    for (let i = 0; i < 120; i++) {
      await page.mouse.move(
        (bar?.x ?? 0) + 5,
        (bar?.y ?? 0) + 5 + (i * ((bar?.height ?? 0) - 20)) / 120,
      );
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
  });
  await memory(window, 'chromosome of 100 MB, scrolled');

  say('BED of 1,000,000 lines, first rows', ms(await open(window, 'million.bed', lines)));
  await memory(window, 'BED of 1,000,000 lines');
  const bed = window.webview();
  const first = bed.locator('.virtual-table-line[data-row="0"]');
  const before = (await first.textContent()) ?? '';
  let start = performance.now();
  await bed.getByRole('columnheader', { name: 'start' }).getByRole('button').click();
  await first.filter({ hasNotText: before }).filter({ hasNotText: '…' }).waitFor();
  say('  sorting it by start', ms(performance.now() - start));
  start = performance.now();
  await bed.getByPlaceholder('Filter').fill('score>900 name~99');
  await bed.getByText(/of 1,000,000 rows/).waitFor();
  say('  filtering it (250 ms of them waiting for the next key)', ms(performance.now() - start));
  await memory(window, 'sorted and filtered');
  await closeAll(window);
  await page.waitForTimeout(3000);
  await memory(window, 'all closed');

  const canvas = (pane: FrameLocator): Promise<void> =>
    pane.locator('.lane-canvas').first().waitFor();
  say('bigWig of 500,000 values, first track', ms(await open(window, 'signal.bw', canvas)));
  const tracks = await frameOf(window, '.tracks-area');
  const area = window.webview().locator('.tracks-area');
  await window.webview().getByLabel('Region', { exact: true }).fill('chr1:40,000,001-41,000,000');
  await window.webview().getByLabel('Region', { exact: true }).press('Enter');
  await area.focus();
  await frames(tracks, '  panning it', async () => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('ArrowRight');
      await page.waitForTimeout(16);
    }
  });
  await memory(window, 'bigWig');
} finally {
  await window?.close();
  await rm(folder, { recursive: true, force: true });
}
