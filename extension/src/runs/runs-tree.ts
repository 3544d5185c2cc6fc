import path from 'node:path';
import * as vscode from 'vscode';
import { folderSize } from 'tatabox/runs/status/folder-size.ts';
import type { RunSummary } from 'tatabox/runs/status/read-run.ts';
import { plainText } from './plain-markdown.ts';
import type { RunLaunch } from './launch-store.ts';
import type { RunsModel } from './runs-model.ts';
import { descriptionOf, detailsOf } from './run-text.ts';

/** Runs that are shown before one asks for more. */
const PAGE = 200;
/** Ages in descriptions are brought up to date. */
const AGE_MILLISECONDS = 60_000;

/** What stands in the tree. */
export type RunNode =
  | { readonly kind: 'group'; readonly group: 'running' | 'ended' }
  | { readonly kind: 'run'; readonly folder: string }
  | { readonly kind: 'starting'; readonly launch: RunLaunch }
  | { readonly kind: 'more'; readonly hidden: number };

/** The command behind `Show more`, which no menu lists. */
export const SHOW_MORE = 'tatabox.runs.showMore';

const ICONS: Readonly<Record<RunSummary['state'], vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon('loading~spin'),
  finished: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed')),
  interrupted: new vscode.ThemeIcon('debug-pause', new vscode.ThemeColor('testing.iconSkipped')),
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`;
}

/** The view `tatabox.runs`. */
export class RunsTree implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  readonly #model: RunsModel;
  readonly #changed = new vscode.EventEmitter<RunNode | RunNode[] | undefined>();
  readonly #nodes = new Map<string, RunNode>();
  readonly #disposables: vscode.Disposable[] = [];
  readonly #timer: NodeJS.Timeout;
  #shown = PAGE;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(model: RunsModel) {
    this.#model = model;
    this.#timer = setInterval(() => {
      this.#changed.fire(undefined);
    }, AGE_MILLISECONDS);
    this.#disposables.push(
      this.#changed,
      model.onDidChange((folders) => {
        const nodes = folders?.map((folder) => this.#nodes.get(folder));
        if (nodes?.every((node) => node !== undefined) === true) this.#changed.fire(nodes);
        else this.#changed.fire(undefined);
      }),
      vscode.commands.registerCommand(SHOW_MORE, () => {
        this.#shown *= 4;
        this.#changed.fire(undefined);
      }),
    );
  }

  getChildren(node?: RunNode): RunNode[] {
    if (!vscode.workspace.isTrusted) return [];
    const runs = this.#model.runs;
    const running = runs.filter(({ state }) => state === 'running');
    const starting = this.#model.starting;
    const ended = runs.slice(running.length);
    if (node === undefined) {
      const groups: RunNode[] = [];
      if (running.length + starting.length > 0) groups.push({ kind: 'group', group: 'running' });
      if (ended.length > 0) groups.push({ kind: 'group', group: 'ended' });
      return groups;
    }
    if (node.kind !== 'group') return [];
    if (node.group === 'running') {
      return [
        ...starting.map((launch): RunNode => ({ kind: 'starting', launch })),
        ...running.map(({ folder }) => this.#nodeOf(folder)),
      ];
    }
    const nodes = ended.slice(0, this.#shown).map(({ folder }) => this.#nodeOf(folder));
    const hidden = ended.length - nodes.length;
    return hidden > 0 ? [...nodes, { kind: 'more', hidden }] : nodes;
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    if (node.kind === 'group') return groupItem(node.group);
    if (node.kind === 'more') return moreItem(node.hidden);
    if (node.kind === 'starting') return startingItem(node.launch);
    const run = this.#model.get(node.folder);
    return run === undefined ? new vscode.TreeItem(path.basename(node.folder)) : runItem(run);
  }

  /** The tooltip is made when it is asked for: the size of a folder takes a while. */
  async resolveTreeItem(
    item: vscode.TreeItem,
    node: RunNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    const run = node.kind === 'run' ? this.#model.get(node.folder) : undefined;
    if (run === undefined) return item;
    const abort = new AbortController();
    token.onCancellationRequested(() => {
      abort.abort();
    });
    const size = await folderSize(run.folder, abort.signal).catch(() => undefined);
    const details = [
      ...detailsOf(run),
      ...(size === undefined ? [] : [['Size', megabytes(size)] as const]),
    ];
    const lines = details.map(
      ([name, value]) => `**${plainText(name)}**&nbsp; ${plainText(value)}`,
    );
    item.tooltip = new vscode.MarkdownString(`### ${plainText(run.name)}\n\n${lines.join('  \n')}`);
    return item;
  }

  #nodeOf(folder: string): RunNode {
    const known = this.#nodes.get(folder);
    if (known !== undefined) return known;
    const node: RunNode = { kind: 'run', folder };
    this.#nodes.set(folder, node);
    return node;
  }

  dispose(): void {
    clearInterval(this.#timer);
    for (const each of this.#disposables) each.dispose();
  }
}

function groupItem(group: 'running' | 'ended'): vscode.TreeItem {
  const item = new vscode.TreeItem(
    group === 'running' ? 'Running' : 'Ended',
    vscode.TreeItemCollapsibleState.Expanded,
  );
  item.id = group;
  return item;
}

function moreItem(hidden: number): vscode.TreeItem {
  const item = new vscode.TreeItem(`Show ${hidden.toLocaleString('en-US')} older runs…`);
  item.command = { command: SHOW_MORE, title: 'Show More' };
  item.iconPath = new vscode.ThemeIcon('more');
  return item;
}

function startingItem(launch: RunLaunch): vscode.TreeItem {
  const item = new vscode.TreeItem(launch.name);
  item.id = launch.id;
  item.description = 'starting: config and data are checked';
  item.iconPath = ICONS.running;
  item.contextValue = 'tatabox.run.running';
  item.accessibilityInformation = { label: `${launch.name}, starting` };
  return item;
}

function runItem(run: RunSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(run.name);
  const folder = path.basename(run.folder);
  // Runs of one config, moved aside, are told apart by their folders.
  const place = folder === run.name ? '' : `${folder} · `;
  const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(run.folder));
  const isOneOfMany = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const workspace = isOneOfMany && root !== undefined ? `${root.name} · ` : '';
  item.id = run.folder;
  item.description = `${workspace}${place}${descriptionOf(run)}`;
  item.iconPath = ICONS[run.state];
  item.contextValue = `tatabox.run.${run.state}`;
  item.accessibilityInformation = {
    label: `${run.name}, ${run.state}, ${place}${descriptionOf(run)}`,
  };
  item.command = {
    command: 'tatabox.run.showResults',
    title: 'Show Results',
    arguments: [{ kind: 'run', folder: run.folder }],
  };
  return item;
}
