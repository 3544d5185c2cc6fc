import path from 'node:path';
import * as vscode from 'vscode';
import { planPush } from 'tatabox/hub/plan-push.ts';
import { pushModel } from 'tatabox/hub/push-model.ts';
import { checkRepoName } from 'tatabox/hub/repo-name.ts';
import { isCancellation } from '../host/error-text.ts';
import { connectPage } from '../host/webview-channel.ts';
import { showPage } from '../host/webview-page.ts';
import { showHubError } from './hub-command.ts';
import { hubErrorText } from './hub-error-text.ts';
import type { HubSession } from './hub-session.ts';
import type { ModelsView } from './models-view.ts';
import type { PushPageState, PushProtocol, ShownPlan, ShownResult } from './push-protocol.ts';
import { withTransfer } from './with-transfer.ts';

const VIEW_TYPE = 'tatabox.push';
/** Rows that a page shows; a model has a few dozen files. */
const MOST_FILES = 1000;
/** Characters of a card that are shown. */
const LONGEST_CARD = 200_000;

const BODY = `
<div id="bar" class="progress" role="progressbar" aria-label="Progress" hidden><div id="done"></div></div>
<div id="status" class="visually-hidden" role="status" aria-live="polite"></div>
<div id="page" class="page"></div>`;

function stateOf(value: unknown): PushPageState | undefined {
  const state = value as Partial<PushPageState> | null | undefined;
  const good = typeof state?.folder === 'string' && typeof state.repo === 'string';
  return good && path.isAbsolute(state.folder ?? '')
    ? { folder: state.folder ?? '', repo: checkRepoName(state.repo ?? '') }
    : undefined;
}

/** The pages that show what a push would do before it is done. */
export class PushPages implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #session: HubSession;
  readonly #view: ModelsView;
  readonly #extensionUri: vscode.Uri;
  readonly #panels = new Map<string, vscode.WebviewPanel>();
  readonly #serializer: vscode.Disposable;

  constructor(session: HubSession, view: ModelsView, extensionUri: vscode.Uri) {
    this.#session = session;
    this.#view = view;
    this.#extensionUri = extensionUri;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this);
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const panel of [...this.#panels.values()]) panel.dispose();
  }

  /** Shows the page of a push; nothing is sent before its button is pressed. */
  open(target: PushPageState): void {
    const key = `${target.folder}\n${target.repo}`;
    const open = this.#panels.get(key);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const title = `Push ${target.repo}`;
    const panel = vscode.window.createWebviewPanel(VIEW_TYPE, title, vscode.ViewColumn.Active);
    this.#fill(panel, target);
  }

  /** Called by VS Code for a page that was open when the window was reloaded. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const target = stateOf(state);
    if (target === undefined) panel.dispose();
    else this.#fill(panel, target);
    return Promise.resolve();
  }

  #fill(panel: vscode.WebviewPanel, target: PushPageState): void {
    const key = `${target.folder}\n${target.repo}`;
    this.#panels.set(key, panel);
    panel.iconPath = vscode.Uri.joinPath(this.#extensionUri, 'media', 'icon.svg');
    const page = connectPage<PushProtocol>(panel.webview, {
      plan: (_, signal) => {
        page.tell('target', { folder: target.folder, repo: target.repo });
        return this.#plan(target, signal);
      },
      push: async (choice) =>
        await this.#push(target, choice, ({ text, fraction }) => {
          page.tell('progress', { text, fraction: fraction ?? null });
        }),
      editCard: async () => {
        await vscode.commands.executeCommand(
          'tatabox.hub.editCard',
          vscode.Uri.file(target.folder),
        );
        return undefined;
      },
      openPage: async () => {
        await vscode.commands.executeCommand('tatabox.hub.openPage', target.repo);
        return undefined;
      },
    });
    panel.onDidDispose(() => {
      page.dispose();
      this.#panels.delete(key);
    });
    showPage(panel.webview, this.#extensionUri, { name: 'hub', title: 'Push model', body: BODY });
  }

  async #plan({ folder, repo }: PushPageState, signal: AbortSignal): Promise<ShownPlan> {
    try {
      const hub = await this.#session.options();
      const plan = await planPush({ ...hub, folder, repo, signal });
      return {
        repo,
        folder: vscode.workspace.asRelativePath(folder),
        endpoint: this.#session.endpoint(),
        account: plan.account.name,
        exists: plan.exists,
        ...(plan.private === undefined ? {} : { private: plan.private }),
        files: plan.files.slice(0, MOST_FILES),
        fileCount: plan.files.length,
        leftOut: plan.leftOut.slice(0, MOST_FILES),
        leftOutCount: plan.leftOut.length,
        sendBytes: plan.sendBytes,
        card: plan.card.slice(0, LONGEST_CARD),
        cardUnsaved: vscode.workspace.textDocuments.some(
          ({ isDirty, uri }) => isDirty && uri.fsPath === path.join(folder, 'README.md'),
        ),
      };
    } catch (error) {
      throw isCancellation(error) ? error : new Error(hubErrorText(error));
    }
  }

  async #push(
    { folder, repo }: PushPageState,
    choice: PushProtocol['requests']['push']['params'],
    onChange: Parameters<typeof withTransfer>[3],
  ): Promise<ShownResult | undefined> {
    const hub = await this.#session.options();
    try {
      // Asked again: it may have been made, by whomever, since the page was filled.
      const plan = await planPush({ ...hub, folder, repo });
      if (!plan.exists && !choice.private && !(await this.#mayBePublic(repo))) return undefined;
      const { url, changed, files, replaced } = await withTransfer(
        this.#session,
        `Pushing ${repo}`,
        (work) =>
          pushModel({
            ...hub,
            folder,
            repo,
            ...(plan.exists ? {} : { private: choice.private }),
            ...(choice.message.trim() === '' ? {} : { message: choice.message }),
            ...work,
          }),
        onChange,
      );
      const skipped = files.filter((file) => file.skipped === true).length;
      const sent = files.length - skipped;
      void this.#showPushed(repo, url, changed, sent);
      this.#view.refresh();
      return { url, changed, sent, skipped, replaced };
    } catch (error) {
      if (isCancellation(error)) throw error;
      void showHubError(error);
      throw new Error(hubErrorText(error), { cause: error });
    }
  }

  async #mayBePublic(repo: string): Promise<boolean> {
    const chosen = await vscode.window.showWarningMessage(
      `Make ${repo} public?`,
      {
        modal: true,
        detail: `Everybody will be able to see and download it at ${this.#session.endpoint()}/${repo}.`,
      },
      'Push as Public',
    );
    return chosen === 'Push as Public';
  }

  async #showPushed(repo: string, url: string, changed: boolean, sent: number): Promise<void> {
    const chosen = await vscode.window.showInformationMessage(
      changed
        ? `Pushed ${repo}: ${String(sent)} file${sent === 1 ? '' : 's'} sent.`
        : `${repo} has all files already; nothing was sent.`,
      'Open Page',
    );
    if (chosen === 'Open Page') await vscode.env.openExternal(vscode.Uri.parse(url, true));
  }
}
