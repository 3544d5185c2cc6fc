import path from 'node:path';
import * as vscode from 'vscode';
import { thisProcess } from 'tatabox/core/process-mark.ts';
import type { RunSummary } from 'tatabox/runs/status/read-run.ts';
import { isOfLaunch, outcomeOf, type LaunchOutcome } from './launch-outcome.ts';
import { LaunchStore } from './launch-store.ts';
import { RunList } from './run-list.ts';
import type { RunLaunch } from './launch-store.ts';
import { isAlive } from './run-process.ts';

/** Between two looks while something runs. */
const POLL_MILLISECONDS = 1000;
/** Changes of files come in swarms. */
const SETTLE_MILLISECONDS = 300;
/** Run folders of a workspace that are listed. */
const MOST_RUNS = 20_000;

/** A run that was started by this extension and has ended. */
export interface EndedRun {
  readonly launch: RunLaunch;
  readonly outcome: LaunchOutcome;
}

/** The glob patterns of a workspace folder that lead to folders of runs. */
function patternsOf(folder: vscode.WorkspaceFolder): string[] {
  const settings = vscode.workspace.getConfiguration('tatabox', folder);
  const patterns = settings.get<readonly unknown[]>('runsFolders', ['**/runs']);
  return patterns
    .filter((pattern): pattern is string => typeof pattern === 'string' && pattern.trim() !== '')
    .map((pattern) =>
      pattern
        .trim()
        .replace(/^\.?\/+|\/+$/g, '')
        .replaceAll('\\', '/'),
    );
}

/**
 * What is known of the runs of the workspace: those in its folders, and those that this extension
 * started wherever they write. It watches files, and asks again by itself only while something runs.
 */
export class RunsModel implements vscode.Disposable {
  readonly store: LaunchStore;
  /** Marks of processes that are being stopped. */
  readonly stopping = new Set<string>();
  readonly #list = new RunList();
  readonly #changed = new vscode.EventEmitter<readonly string[] | undefined>();
  readonly #ended = new vscode.EventEmitter<EndedRun>();
  readonly #disposables: vscode.Disposable[] = [this.#changed, this.#ended];
  readonly #dirty = new Set<string>();
  #watchers: vscode.Disposable[] = [];
  #launches: RunLaunch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #scanning: Promise<void> | undefined;
  #scanAgain = false;
  #looking = false;
  #disposed = false;

  /** Tells the folders that there is news of; undefined when the whole list may be another one. */
  readonly onDidChange = this.#changed.event;
  /** Tells once of each run that was started here that it has ended. */
  readonly onDidEnd = this.#ended.event;

  /** @param storage where launches and logs of this workspace are kept */
  constructor(storage: string) {
    this.store = new LaunchStore(storage);
    this.#disposables.push(
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.scan()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('tatabox.runsFolders')) void this.scan();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.scan()),
    );
  }

  /** The newest first, those that go on before all others. */
  get runs(): RunSummary[] {
    return this.#list.runs;
  }

  /** Runs that were started and have not made their folder yet. */
  get starting(): RunLaunch[] {
    const here = thisProcess();
    return this.#launches.filter(
      (launch) => this.#isPending(launch) && isAlive(launch.process, here),
    );
  }

  get(folder: string): RunSummary | undefined {
    return this.#list.get(folder);
  }

  /** The newest launch that wrote a run folder, with its log. */
  launchOf(run: RunSummary): RunLaunch | undefined {
    return this.#launches.find((launch) => launch.folder === run.folder && isOfLaunch(run, launch));
  }

  /** Takes a run that was just started into the list. */
  async add(launch: RunLaunch): Promise<void> {
    this.#launches.unshift(launch);
    await this.#list.update([launch.folder]);
    this.#changed.fire(undefined);
    this.#schedule();
    void this.store.prune().catch(() => undefined);
  }

  /** Looks for run folders again. */
  async scan(): Promise<void> {
    if (this.#scanning !== undefined) {
      this.#scanAgain = true;
      return this.#scanning;
    }
    this.#scanning = this.#scan().finally(() => {
      this.#scanning = undefined;
    });
    await this.#scanning;
    if (this.#scanAgain && !this.#disposed) {
      this.#scanAgain = false;
      await this.scan();
    }
  }

  async #scan(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    this.#watch();
    this.#launches = await this.store.list();
    const folders = new Set(this.#launches.map(({ folder }) => folder));
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== 'file') continue;
      for (const pattern of patternsOf(folder)) {
        const found = await vscode.workspace.findFiles(
          new vscode.RelativePattern(folder, `${pattern}/**/config.yaml`),
          '**/{node_modules,.git,training,model}/**',
          MOST_RUNS,
        );
        for (const { fsPath } of found) folders.add(path.dirname(fsPath));
      }
    }
    await this.#list.replace([...folders]);
    if (this.#disposed) return;
    this.#changed.fire(undefined);
    await this.#tellEnds();
    this.#schedule();
  }

  #watch(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [];
    const noted = (uri: vscode.Uri): void => {
      this.#dirty.add(path.dirname(uri.fsPath));
      this.#settling ??= setTimeout(() => {
        this.#settling = undefined;
        void this.#settle();
      }, SETTLE_MILLISECONDS);
    };
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== 'file') continue;
      for (const pattern of patternsOf(folder)) {
        const files = `${pattern}/**/{config.yaml,status.json,result.json,tatabox.lock}`;
        const watcher = vscode.workspace.createFileSystemWatcher(
          new vscode.RelativePattern(folder, files),
        );
        watcher.onDidCreate(noted);
        watcher.onDidChange(noted);
        watcher.onDidDelete(noted);
        this.#watchers.push(watcher);
      }
      // A folder that is removed as a whole is told of by its own name alone.
      const removals = vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(folder, '**'),
        true,
        true,
      );
      removals.onDidDelete((uri) => {
        const inside = `${uri.fsPath}${path.sep}`;
        for (const { folder: run } of this.#list.runs) {
          if (run === uri.fsPath || run.startsWith(inside)) noted(vscode.Uri.file(`${run}/.`));
        }
      });
      this.#watchers.push(removals);
    }
  }

  async #settle(): Promise<void> {
    const folders = [...this.#dirty];
    this.#dirty.clear();
    await this.#update(folders);
    this.#schedule();
  }

  async #update(folders: readonly string[]): Promise<void> {
    const before = new Map(folders.map((folder) => [folder, this.#list.get(folder)?.state]));
    const changed = await this.#list.update(folders);
    if (this.#disposed || changed.length === 0) return;
    const isOrder = changed.some((folder) => before.get(folder) !== this.#list.get(folder)?.state);
    this.#changed.fire(isOrder ? undefined : changed);
  }

  #isPending(launch: RunLaunch): boolean {
    const run = this.#list.get(launch.folder);
    return run === undefined || !isOfLaunch(run, launch);
  }

  /** Looks again in a while, as long as something runs. */
  #schedule(): void {
    if (this.#timer !== undefined || this.#disposed) return;
    const isBusy = this.#list.running.length > 0 || this.#launches.some(({ told }) => !told);
    if (!isBusy && this.starting.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.look();
    }, POLL_MILLISECONDS);
  }

  /** Looks at what runs, now. */
  async look(): Promise<void> {
    if (this.#looking || this.#disposed) return;
    this.#looking = true;
    try {
      const running = this.#list.running.map(({ folder }) => folder);
      const started = this.starting.map(({ folder }) => folder);
      await this.#update([...new Set([...running, ...started])]);
      await this.#tellEnds();
    } finally {
      this.#looking = false;
      this.#schedule();
    }
  }

  async #tellEnds(): Promise<void> {
    const here = thisProcess();
    for (const [index, launch] of this.#launches.entries()) {
      if (launch.told || isAlive(launch.process, here)) continue;
      const told = { ...launch, told: true };
      this.#launches[index] = told;
      await this.store.markTold(launch).catch(() => undefined);
      await this.#list.update([launch.folder]);
      const outcome = await outcomeOf(launch);
      if (this.#disposed) return;
      this.#changed.fire(undefined);
      this.#ended.fire({ launch: told, outcome });
    }
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#settling);
    for (const each of [...this.#disposables, ...this.#watchers]) each.dispose();
  }
}
