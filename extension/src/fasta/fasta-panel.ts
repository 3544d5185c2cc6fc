import * as vscode from 'vscode';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { isOnDisk } from '../host/file-content.ts';
import { progressText } from '../host/long-work.ts';
import { connectPage, type Page } from '../host/webview-channel.ts';
import { showPage } from '../host/webview-page.ts';
import type { FastaDocument } from './fasta-document.ts';
import type { BaseColors, FastaProtocol, FileInfo, FilePlace } from './fasta-protocol.ts';
import type { FastaRequests } from './fasta-requests.ts';
import { watchFasta } from './fasta-watch.ts';

/** Between two messages about progress, in milliseconds. */
const PROGRESS_PAUSE = 100;

function baseColors(uri: vscode.Uri): BaseColors {
  const value = vscode.workspace.getConfiguration('tatabox', uri).get<string>('baseColors');
  return value === 'colorBlindSafe' || value === 'none' ? value : 'theme';
}

async function setBaseColors(uri: vscode.Uri, value: BaseColors): Promise<void> {
  const settings = vscode.workspace.getConfiguration('tatabox', uri);
  const found = settings.inspect('baseColors');
  const target =
    found?.workspaceFolderValue !== undefined
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : found?.workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
  await settings.update('baseColors', value, target);
}

/** One editor with a FASTA preview: its page, and what the page asks. */
export class FastaPanel {
  readonly document: FastaDocument;
  readonly panel: vscode.WebviewPanel;
  readonly #page: Page<FastaProtocol>;
  readonly #disposables: vscode.Disposable[];
  #place: FilePlace | undefined;
  #ready = false;

  constructor(document: FastaDocument, panel: vscode.WebviewPanel, extensionUri: vscode.Uri) {
    this.document = document;
    this.panel = panel;
    const { uri } = document;
    this.#page = connectPage<FastaProtocol>(panel.webview, {
      open: ({ again }, signal) => this.#open(again, signal),
      records: async ({ filter, start, end }, signal) =>
        (await this.#file()).records.rows(filter, start, end, signal),
      record: async (params, signal) => (await this.#file()).record(params, signal),
      names: async ({ records }) => {
        const file = await this.#file();
        return records.map((record) => file.document.records[record]?.name ?? '');
      },
      letters: async (params) => (await this.#file()).letters(params),
      block: async (params) => (await this.#file()).block(params),
      conservation: async ({ start, end }) =>
        (await this.#file()).document.conservation(start, end),
      composition: async ({ record }, signal) =>
        (await this.#file()).document.composition(record, { signal }),
      profile: async ({ record, bins }, signal) =>
        (await this.#file()).document.profile(record, bins, { signal }),
      gc: async (params, signal) => (await this.#file()).gc(params, signal),
      find: async (params, signal) =>
        (await this.#file()).find(
          params,
          {
            hits: (batch) => {
              this.#page.tell('hits', batch);
            },
            searched: (done, total) => {
              this.#page.tell('searched', { search: params.search, done, total });
            },
          },
          signal,
        ),
      place: async (params) => (await this.#file()).place(params),
      copy: async (params) => {
        const { header, text } = await (await this.#file()).fasta(params);
        await vscode.env.clipboard.writeText(text);
        return { header };
      },
      copyText: async ({ text }) => {
        await vscode.env.clipboard.writeText(text);
        return undefined;
      },
      setBaseColors: async (params) => {
        await setBaseColors(uri, params.baseColors);
        return undefined;
      },
      openText: async () => {
        await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
        return undefined;
      },
    });
    this.#disposables = [
      panel.onDidChangeViewState(() => {
        // VS Code throws a page away while it is hidden; what it is told before it is back is lost.
        if (!panel.visible) this.#ready = false;
      }),
      watchFasta(uri, () => void this.#check()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('tatabox.baseColors', uri)) {
          this.#page.tell('baseColors', baseColors(uri));
        }
      }),
    ];
    showPage(panel.webview, extensionUri, {
      name: 'fasta',
      title: 'FASTA preview',
      body: '<h1 class="visually-hidden">FASTA preview</h1><div id="fasta" class="fasta"></div>',
    });
  }

  #file(): Promise<FastaRequests> {
    return this.document.open({});
  }

  async #open(again: boolean, signal: AbortSignal): Promise<FileInfo> {
    // A page that asks to open is a new one, as after it was hidden.
    this.#ready = false;
    if (again) await this.document.close();
    let told = 0;
    const progress: LongWorkOptions['progress'] = (event) => {
      if (Date.now() - told < PROGRESS_PAUSE) return;
      told = Date.now();
      const share = event.total === undefined ? undefined : event.done / Math.max(1, event.total);
      this.#page.tell('progress', { text: `${event.task}: ${progressText(event)}`, share });
    };
    const { document } = await this.document.open({ signal, progress });
    const place = this.#place;
    this.#place = undefined;
    this.#ready = true;
    return {
      file: this.document.uri.path.split('/').at(-1) ?? '',
      alphabet: document.alphabet,
      compression: document.compression,
      index: document.index,
      notices: document.notices,
      aligned: document.aligned,
      recordCount: document.records.length,
      baseColors: baseColors(this.document.uri),
      place,
    };
  }

  /** Tells the page whether the file is still the one that was opened. */
  async #check(): Promise<void> {
    const { uri } = this.document;
    const exists = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    const file = await this.document.opened();
    // What was read whole is known no longer; somebody heard that it changed.
    const isOther = async (): Promise<boolean> =>
      file === undefined || !isOnDisk(uri) || file.document.changed();
    const changed = exists && (await isOther());
    this.#page.tell('changed', exists ? (changed ? 'changed' : 'same') : 'vanished');
  }

  /** Goes to a place, or will when the page is ready. */
  show(place: FilePlace): void {
    if (this.#ready && this.panel.visible) this.#page.tell('show', place);
    else this.#place = place;
  }

  focusGoTo(): void {
    this.#page.tell('focusGoTo', undefined);
  }

  notice(text: string, error: boolean): void {
    this.#page.tell('notice', { text, error });
  }

  dispose(): void {
    this.#page.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
