import path from 'node:path';
import * as vscode from 'vscode';
import { fileQuestions, modesWithModel, newConfigText, type FileQuestion } from './new-config.ts';
import { knownModels } from './known-models.ts';
import { modeTexts } from './mode-texts.ts';
import { DATA_GLOB, filesOfKind } from './workspace-data.ts';

/** Files of a workspace that are looked through at most. */
const MOST_FILES = 5000;

/** What a pick stands for; an own type, so that labels can be anything. */
interface Pick<T> extends vscode.QuickPickItem {
  readonly value: T;
}

async function pick<T>(
  title: string,
  placeHolder: string,
  items: readonly Pick<T>[],
): Promise<Pick<T> | undefined> {
  return vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
}

async function askMode(): Promise<string | undefined> {
  const picked = await pick(
    'New Run Configuration',
    'What is the run to do?',
    modeTexts.map(({ mode, title, description }) => ({
      label: title,
      description: mode,
      detail: description,
      value: mode,
    })),
  );
  return picked?.value;
}

async function askModel(mode: string): Promise<{ type: string; preset?: string } | undefined> {
  const picked = await pick(
    'New Run Configuration: Network',
    'Which network?',
    knownModels
      .filter(({ modes }) => modes.includes(mode))
      .flatMap(({ type, description, presets }) => [
        ...presets.map((preset) => ({
          label: preset,
          description: type,
          detail: description,
          value: { type, preset },
        })),
      ]),
  );
  return picked?.value;
}

/** A file from the workspace; null for none, undefined where the wizard was left. */
async function askFile(
  { title, kind, placeholder }: FileQuestion,
  files: readonly string[],
): Promise<string | null | undefined> {
  const found = filesOfKind(files, kind);
  const picked = await pick<string | null>(`New Run Configuration: ${title}`, title, [
    ...found.map((file) => ({
      label: path.posix.basename(file),
      description: path.posix.dirname(file) === '.' ? '' : path.posix.dirname(file),
      value: file,
    })),
    {
      label: '$(edit) Fill in later',
      description: found.length === 0 ? 'no such file in this workspace' : '',
      detail: `as ${placeholder}`,
      alwaysShow: true,
      value: null,
    },
  ]);
  return picked?.value;
}

async function askName(taken: readonly string[], mode: string): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: 'New Run Configuration: Name',
    prompt: 'Name of the run and of its file NAME.tatabox.yaml',
    value: `my-${mode}`,
    valueSelection: [0, `my-${mode}`.length],
    validateInput: (name) => {
      if (!/^[\w.-]+$/.test(name)) return 'Letters, digits, . _ and - only';
      if (name.endsWith('.')) return 'A name cannot end with a point';
      return taken.includes(`${name}.tatabox.yaml`)
        ? 'There is a configuration of this name already'
        : undefined;
    },
  });
}

async function show(document: vscode.TextDocument, start: number, end: number): Promise<void> {
  const selection = new vscode.Range(document.positionAt(start), document.positionAt(end));
  await vscode.window.showTextDocument(document, { selection });
}

/** The workspace folder that a new config belongs to. */
async function askFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length < 2) return folders[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick())?.uri;
}

/** Asks what a run is to do and on which files, and opens a run config that says so. */
export async function newConfigWizard(): Promise<void> {
  const folder = await askFolder();
  if (folder === undefined && (vscode.workspace.workspaceFolders ?? []).length > 1) return;
  const mode = await askMode();
  if (mode === undefined) return;
  const model = modesWithModel.has(mode) ? await askModel(mode) : undefined;
  if (model === undefined && modesWithModel.has(mode)) return;
  const found =
    folder === undefined
      ? []
      : await vscode.workspace.findFiles(
          new vscode.RelativePattern(folder, DATA_GLOB),
          '**/{node_modules,.git,runs}/**',
          MOST_FILES,
        );
  const names = found.map(({ path: each }) => path.posix.relative(folder?.path ?? '/', each));
  const chosen: Record<string, string> = {};
  for (const question of fileQuestions(mode)) {
    const file = await askFile(question, names);
    if (file === undefined) return;
    // A model is its folder.
    if (file !== null) {
      chosen[question.key] = question.kind === 'model' ? path.posix.dirname(file) : file;
    }
  }
  const siblings =
    folder === undefined ? [] : (await vscode.workspace.fs.readDirectory(folder)).map(([n]) => n);
  const name = await askName(siblings, mode);
  if (name === undefined) return;
  const { text, start, end } = newConfigText({
    mode,
    name,
    files: chosen,
    ...(model === undefined ? {} : { model }),
  });
  if (folder === undefined) {
    const document = await vscode.workspace.openTextDocument({ language: 'yaml', content: text });
    await show(document, start, end);
    return;
  }
  const target = vscode.Uri.joinPath(folder, `${name}.tatabox.yaml`);
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  await show(await vscode.workspace.openTextDocument(target), start, end);
}
