import * as vscode from 'vscode';
import { TataboxError } from 'tatabox/core/errors.ts';
import { listCachedModels } from 'tatabox/hub/cached-models.ts';
import { listHubModels, type HubModel } from 'tatabox/hub/list-models.ts';
import { hubErrorText, isAboutToken } from './hub-error-text.ts';
import type { HubSession } from './hub-session.ts';
import { failureNodes, nodeView, type GroupName, type ModelNode } from './model-nodes.ts';
import { ALL_TATABOX_MODELS, searchText, type SearchQuery } from './search-query.ts';
import { tokenNotice } from './token-choice.ts';

/** Models of one group at most; more are found by a narrower search. */
const MOST = 100;
const QUERY = 'tatabox.hub.query';

/** The view of models: what a search found, those of the user, and the cache of this machine. */
export class ModelsView implements vscode.TreeDataProvider<ModelNode>, vscode.Disposable {
  readonly #session: HubSession;
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<ModelNode | undefined>();
  readonly #tree: vscode.TreeView<ModelNode>;
  readonly #disposables: vscode.Disposable[];
  readonly #groups = new Map<GroupName, ModelNode & { kind: 'group' }>();
  #found: { readonly query: SearchQuery; readonly models: readonly HubModel[] } | undefined;
  #asking = new AbortController();

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(session: HubSession, memory: vscode.Memento) {
    this.#session = session;
    this.#memory = memory;
    this.#tree = vscode.window.createTreeView<ModelNode>('tatabox.models', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#disposables = [
      this.#changed,
      this.#tree,
      session.onDidChange(() => {
        this.refresh();
      }),
      session.onDidWait(({ reason, waitSeconds }) => {
        if (waitSeconds < 2) return;
        const why =
          reason === 'rate-limit' ? 'The Hub asks for patience' : 'The Hub did not answer';
        this.#tree.message = `${why}: asking again in ${String(Math.ceil(waitSeconds))} s.`;
      }),
    ];
  }

  dispose(): void {
    this.#asking.abort();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  get query(): SearchQuery | undefined {
    return this.#memory.get<SearchQuery>(QUERY);
  }

  /** Reads all groups anew. */
  refresh(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#found = undefined;
    this.#changed.fire(undefined);
  }

  /** Reads the cache anew. */
  refreshCache(): void {
    this.#changed.fire(this.#groups.get('cache'));
  }

  /** Shows what a search found. */
  async showSearch(query: SearchQuery, models?: readonly HubModel[]): Promise<void> {
    await this.#memory.update(QUERY, query);
    this.#found = models === undefined ? undefined : { query, models };
    this.#changed.fire(undefined);
  }

  getTreeItem(node: ModelNode): vscode.TreeItem {
    const view = nodeView(node);
    const states = vscode.TreeItemCollapsibleState;
    const state = { none: states.None, collapsed: states.Collapsed, expanded: states.Expanded };
    const item = new vscode.TreeItem(view.label, state[view.children]);
    item.description = view.description;
    item.tooltip = view.tooltip;
    item.iconPath = new vscode.ThemeIcon(view.icon);
    item.contextValue = view.contextValue;
    item.accessibilityInformation = { label: view.spoken };
    if (node.kind === 'group') item.id = node.group;
    if (node.kind === 'message' && node.command !== undefined) {
      item.command = { command: node.command, title: node.text };
    }
    return item;
  }

  async getChildren(node?: ModelNode): Promise<ModelNode[]> {
    if (node === undefined) return await this.#roots();
    if (node.kind === 'cached') {
      const { repo, model } = node;
      return model.revisions.map((revision) => ({ kind: 'revision', repo, revision }));
    }
    if (node.kind !== 'group') return [];
    const { signal } = this.#asking;
    try {
      if (node.group === 'search') return await this.#searched(signal);
      return await (node.group === 'mine' ? this.#mine(signal) : this.#cached(signal));
    } catch (error) {
      if (signal.aborted) return [];
      const short = error instanceof TataboxError ? error.details.found : undefined;
      return failureNodes(hubErrorText(error), isAboutToken(error), short);
    } finally {
      if (this.#tree.message?.includes('asking again') === true) await this.#showNotice();
    }
  }

  async #showNotice(): Promise<void> {
    const choice = await this.#session.tokenChoice().catch(() => undefined);
    const notice = choice === undefined ? undefined : tokenNotice(choice);
    this.#tree.message = notice;
  }

  async #roots(): Promise<ModelNode[]> {
    await this.#showNotice();
    const { query } = this;
    const notes: Readonly<Record<GroupName, string>> = {
      search: query === undefined ? '' : searchText(query) || 'all models of tatabox',
      mine: this.#session.endpoint() === 'https://huggingface.co' ? '' : this.#session.endpoint(),
      cache: '',
    };
    return (['search', 'mine', 'cache'] as const).map((group) => {
      const node = { kind: 'group', group, note: notes[group] } as const;
      this.#groups.set(group, node);
      return node;
    });
  }

  async #searched(signal: AbortSignal): Promise<ModelNode[]> {
    const { query } = this;
    const ask: ModelNode = {
      kind: 'message',
      text: query === undefined ? 'Search models on the Hub…' : 'Search again…',
      icon: 'search',
      command: 'tatabox.hub.search',
    };
    if (query === undefined) return [ask];
    const models = this.#found?.models ?? (await findModels(this.#session, query, signal));
    if (models.length === 0) {
      return [{ kind: 'message', text: 'Nothing found', icon: 'info' }, ask];
    }
    const nodes = models.map((model) => ({ kind: 'hub', repo: model.repo, model }) as const);
    return models.length < MOST
      ? nodes
      : [...nodes, { ...ask, text: `The first ${String(MOST)}: search for less…` }];
  }

  async #mine(signal: AbortSignal): Promise<ModelNode[]> {
    const { kind } = await this.#session.tokenChoice();
    if (kind === 'none') {
      const text = 'Sign in to see your models…';
      return [{ kind: 'message', text, icon: 'sign-in', command: 'tatabox.hub.signIn' }];
    }
    const { name, organizations } = await this.#session.account();
    const options = await this.#session.options();
    const models: HubModel[] = [];
    for (const author of [name, ...organizations.slice(0, 20)]) {
      const list = listHubModels({ ...options, author, library: null, limit: MOST, signal });
      for await (const model of list) models.push(model);
    }
    if (models.length === 0) {
      const text = `${name} has no models yet. Push one…`;
      return [{ kind: 'message', text, icon: 'cloud-upload', command: 'tatabox.hub.push' }];
    }
    return models.map((model) => ({ kind: 'mine', repo: model.repo, model }));
  }

  async #cached(signal: AbortSignal): Promise<ModelNode[]> {
    const models = await listCachedModels({ ...this.#session.publicOptions(), signal });
    if (models.length === 0) {
      const text = 'No models here yet. Pull one…';
      return [{ kind: 'message', text, icon: 'cloud-download', command: 'tatabox.hub.pull' }];
    }
    return models.map((model) => ({ kind: 'cached', repo: model.repo, model }));
  }
}

/** The first models that a search finds. */
export async function findModels(
  session: HubSession,
  query: SearchQuery = ALL_TATABOX_MODELS,
  signal?: AbortSignal,
): Promise<HubModel[]> {
  const { text, author, task, tags, library } = query;
  const models: HubModel[] = [];
  const list = listHubModels({
    ...(await session.options()),
    ...(text === '' ? {} : { search: text }),
    ...(author === undefined ? {} : { author }),
    ...(task === undefined ? {} : { task }),
    ...(signal === undefined ? {} : { signal }),
    tags,
    library,
    sort: 'downloads',
    limit: MOST,
  });
  for await (const model of list) models.push(model);
  return models;
}
