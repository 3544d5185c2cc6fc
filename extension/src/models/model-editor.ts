import * as vscode from 'vscode';
import { InputError } from 'tatabox/core/errors.ts';
import { fileStamp, isOnDisk, readWhole } from '../host/file-content.ts';
import { connectPage } from '../host/webview-channel.ts';
import { showPage } from '../host/webview-page.ts';
import type { ModelProtocol, TensorQuery } from './model-protocol.ts';
import { modelSummary } from './model-summary.ts';
import { openModel, type ModelHeaders, type ModelTensor } from './open-model.ts';
import { modelFilesInMemory, modelFilesOnDisk, type ModelFiles } from './model-files.ts';
import { queryTensors, tensorRow } from './tensor-table.ts';
import { tensorStatistics } from './tensor-statistics.ts';

/** Milliseconds after a file changed before the page is told: a download writes often. */
const PAUSE = 500;

const BODY = '<div id="page"></div>';

function modelFiles(folder: vscode.Uri): ModelFiles {
  if (isOnDisk(folder)) return modelFilesOnDisk(folder.fsPath);
  const file = (name: string): vscode.Uri => vscode.Uri.joinPath(folder, name);
  return modelFilesInMemory({
    names: async () => (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name),
    size: async (name) => (await fileStamp(file(name)))?.size,
    read: (name) => readWhole(file(name)),
  });
}

/** One open preview: its headers are read once and again when a file changes. */
class ModelPreview {
  /** Path in the file system that it is in. */
  readonly file: string;
  readonly folder: ModelFiles;
  #headers: Promise<ModelHeaders> | undefined;
  #query: { readonly key: string; readonly tensors: readonly ModelTensor[] } | undefined;

  constructor(uri: vscode.Uri) {
    this.file = isOnDisk(uri) ? uri.fsPath : uri.path;
    this.folder = modelFiles(vscode.Uri.joinPath(uri, '..'));
  }

  headers(): Promise<ModelHeaders> {
    return (this.#headers ??= openModel(this.file, this.folder));
  }

  forget(): void {
    this.#headers = undefined;
    this.#query = undefined;
  }

  /** Tensors of a query; the last is kept, as its rows are asked for in pages. */
  async tensors(query: TensorQuery): Promise<readonly ModelTensor[]> {
    const key = JSON.stringify(query);
    if (this.#query?.key === key) return this.#query.tensors;
    const tensors = queryTensors((await this.headers()).tensors, query);
    this.#query = { key, tensors };
    return tensors;
  }
}

/** Shows weights in safetensors files with what lies around them; nothing is written. */
export class ModelEditor implements vscode.CustomReadonlyEditorProvider {
  readonly #extensionUri: vscode.Uri;

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const preview = new ModelPreview(uri);
    const folder = vscode.Uri.joinPath(uri, '..');
    showPage(panel.webview, this.#extensionUri, { name: 'models', title: 'Model', body: BODY });
    const page = connectPage<ModelProtocol>(panel.webview, {
      summary: async () => ({
        ...(await modelSummary(preview.file, await preview.headers(), preview.folder)),
        canPush: vscode.workspace.isTrusted && isOnDisk(uri),
      }),
      count: async (query) => (await preview.tensors(query)).length,
      rows: async ({ query, from, to }) =>
        (await preview.tensors(query)).slice(from, to).map(tensorRow),
      statistics: async ({ name }, signal) => {
        const tensor = (await preview.headers()).tensors.find((each) => each.name === name);
        if (tensor === undefined) {
          throw new InputError({ where: preview.file, found: `no tensor '${name}'` });
        }
        return tensorStatistics(tensor, {
          signal,
          folder: preview.folder,
          progress: ({ done, total = 1 }) => {
            page.tell('read', { name, share: done / Math.max(1, total) });
          },
        });
      },
      push: async () => {
        await vscode.commands.executeCommand('tatabox.hub.push', folder);
        return undefined;
      },
      reveal: async () => {
        await vscode.commands.executeCommand('revealInExplorer', uri);
        return undefined;
      },
      open: async ({ file }) => {
        await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, file));
        return undefined;
      },
      editCard: async () => {
        await vscode.commands.executeCommand('tatabox.hub.editCard', folder);
        return undefined;
      },
    });
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, '{*.safetensors,*.json,README.md}'),
    );
    let timer: NodeJS.Timeout | undefined;
    const changed = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        preview.forget();
        page.tell('changed', undefined);
      }, PAUSE);
    };
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    watcher.onDidDelete(changed);
    panel.onDidDispose(() => {
      clearTimeout(timer);
      watcher.dispose();
      page.dispose();
    });
  }
}
