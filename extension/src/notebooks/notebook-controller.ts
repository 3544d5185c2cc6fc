import path from 'node:path';
import * as vscode from 'vscode';
import { errorText } from '../host/error-text.ts';
import { tataboxProgram } from '../host/tatabox-program.ts';
import { offerInstall } from './install-packages.ts';
import { missingPackages } from './missing-packages.ts';
import { NotebookKernel } from './notebook-kernel.ts';
import { kernelLanguage } from './notebook-kind.ts';

/** Identifier of the kernel in VS Code. */
export const CONTROLLER_ID = 'tatabox-typescript';

const NOTEBOOK_TYPE = 'jupyter-notebook';

/** The kernel "TypeScript (tatabox)" of notebooks: one process a notebook, in its folder. */
export class TypeScriptController implements vscode.Disposable {
  readonly #controller: vscode.NotebookController;
  readonly #kernels = new Map<vscode.NotebookDocument, NotebookKernel>();
  readonly #disposables: vscode.Disposable[];

  constructor() {
    const controller = vscode.notebooks.createNotebookController(
      CONTROLLER_ID,
      NOTEBOOK_TYPE,
      'TypeScript (tatabox)',
    );
    controller.supportedLanguages = ['typescript', 'javascript'];
    controller.supportsExecutionOrder = true;
    controller.description = "The workspace's own tslab";
    controller.executeHandler = async (cells, notebook) => {
      await this.#kernelOf(notebook)?.run(cells);
    };
    controller.interruptHandler = (notebook) => this.#kernels.get(notebook)?.interrupt();
    this.#controller = controller;
    for (const notebook of vscode.workspace.notebookDocuments) this.#prefer(notebook);
    this.#disposables = [
      controller,
      vscode.workspace.onDidOpenNotebookDocument((notebook) => {
        this.#prefer(notebook);
      }),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => {
        this.#stop(notebook);
      }),
      controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
        if (!selected) this.#stop(notebook);
      }),
    ];
  }

  /** The kernel of a notebook, where one runs. */
  running(notebook: vscode.NotebookDocument): NotebookKernel | undefined {
    const kernel = this.#kernels.get(notebook);
    return kernel?.alive === true ? kernel : undefined;
  }

  /** Chooses this kernel for the notebook that an editor shows. */
  async select(notebookEditor: vscode.NotebookEditor, extension: string): Promise<void> {
    await vscode.commands.executeCommand('notebook.selectKernel', {
      notebookEditor,
      id: CONTROLLER_ID,
      extension,
    });
  }

  /** Ends the kernel of a notebook with all that it knows and starts another. */
  async restart(notebook: vscode.NotebookDocument): Promise<void> {
    const kernel = this.running(notebook);
    const title = 'Restarting the TypeScript kernel';
    const location = vscode.ProgressLocation.Window;
    await vscode.window.withProgress({ location, title }, async () => {
      if (kernel === undefined) this.#kernelOf(notebook);
      else await kernel.restart();
    });
  }

  dispose(): void {
    for (const kernel of this.#kernels.values()) kernel.dispose();
    this.#kernels.clear();
    for (const each of this.#disposables) each.dispose();
  }

  /** Ends all kernels; resolves when they are gone. */
  async stopAll(): Promise<void> {
    const kernels = [...this.#kernels.values()];
    this.#kernels.clear();
    await Promise.all(kernels.map((kernel) => kernel.stop()));
  }

  #prefer(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    if (kernelLanguage(notebook.metadata) === undefined) return;
    this.#controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
  }

  #stop(notebook: vscode.NotebookDocument): void {
    this.#kernels.get(notebook)?.dispose();
    this.#kernels.delete(notebook);
  }

  #kernelOf(notebook: vscode.NotebookDocument): NotebookKernel | undefined {
    const running = this.running(notebook);
    if (running !== undefined) return running;
    const folder = folderOf(notebook);
    try {
      const status = vscode.window.setStatusBarMessage(
        '$(loading~spin) Starting TypeScript kernel',
      );
      const kernel = new NotebookKernel(this.#controller, {
        program: tataboxProgram(notebook.isUntitled ? undefined : notebook.uri),
        folder,
        language: kernelLanguage(notebook.metadata) ?? 'typescript',
        onReady: () => {
          status.dispose();
        },
        onEnded: (message) => {
          status.dispose();
          void this.#tellEnd(notebook, kernel, message);
        },
        onStuck: () => void this.#tellStuck(notebook),
      });
      this.#kernels.set(notebook, kernel);
      return kernel;
    } catch (error) {
      void tellMissing(errorText(error), folder);
      return undefined;
    }
  }

  async #tellEnd(
    notebook: vscode.NotebookDocument,
    kernel: NotebookKernel,
    message: string,
  ): Promise<void> {
    if (this.#kernels.get(notebook) !== kernel) return;
    this.#stop(notebook);
    const missing = missingPackages(message);
    if (missing.length > 0) {
      const old =
        'The tatabox of this workspace is older than this extension, and has no kernel for it.';
      const text = missing[0] === 'tatabox@latest' ? old : message;
      await offerInstall(text, missing, packageFolder(folderOf(notebook)));
      return;
    }
    const restart = 'Restart Kernel';
    const name = path.basename(notebook.uri.path);
    const text = `The kernel of ${name} has ended; what its cells computed is lost. ${message}`;
    if ((await vscode.window.showErrorMessage(text, restart)) === restart) {
      await this.restart(notebook);
    }
  }

  async #tellStuck(notebook: vscode.NotebookDocument): Promise<void> {
    const restart = 'Restart Kernel';
    const text =
      'The cell does not stop: it computes without a pause. Restarting the kernel ends it, and what all cells computed is lost.';
    if ((await vscode.window.showWarningMessage(text, restart)) === restart) {
      await this.restart(notebook);
    }
  }
}

/** Where packages are installed: the workspace folder that a folder is in. */
function packageFolder(folder: string): string {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder))?.uri.fsPath ?? folder;
}

async function tellMissing(message: string, folder: string): Promise<void> {
  const missing = missingPackages(message);
  if (missing.length === 0) await vscode.window.showErrorMessage(message);
  else await offerInstall(message, missing, packageFolder(folder));
}

/** The folder that a notebook's cells run in. */
function folderOf(notebook: vscode.NotebookDocument): string {
  if (!notebook.isUntitled && notebook.uri.scheme === 'file') {
    return path.dirname(notebook.uri.fsPath);
  }
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? process.cwd();
}
