import * as vscode from 'vscode';
import type { SchemaNode } from 'tatabox/runs/schema/schema-choices.ts';
import { completeConfig, type ConfigCompletion, type FolderEntry } from './config-completion.ts';
import { pathBeside } from './diagnostics.ts';
import { isRunConfig } from './run-config-files.ts';
import { rangeIn } from './text-range.ts';
import { isYamlExtensionThere } from './yaml-extension.ts';

const KINDS = {
  key: vscode.CompletionItemKind.Property,
  word: vscode.CompletionItemKind.EnumMember,
  mapping: vscode.CompletionItemKind.Struct,
  file: vscode.CompletionItemKind.File,
  folder: vscode.CompletionItemKind.Folder,
} as const;

async function listFolder(folder: vscode.Uri): Promise<readonly FolderEntry[]> {
  const entries = await vscode.workspace.fs.readDirectory(folder).then(
    (found) => found,
    () => [],
  );
  return entries.map(([name, type]) => ({
    name,
    isFolder: (type & vscode.FileType.Directory) !== 0,
  }));
}

/** Completes keys, words and files of run configs. */
export class ConfigCompletionProvider implements vscode.CompletionItemProvider {
  readonly #schema: () => SchemaNode;

  constructor(schema: () => SchemaNode) {
    this.#schema = schema;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    if (!isRunConfig(document)) return [];
    const completions = await completeConfig(document.getText(), document.offsetAt(position), {
      schema: this.#schema(),
      listFolder: (folder) => listFolder(pathBeside(document.uri, folder)),
    });
    // Of the schema the YAML extension knows as much; files it does not.
    const offered = isYamlExtensionThere()
      ? completions.filter(({ kind }) => kind === 'file' || kind === 'folder')
      : completions;
    return offered.map((completion, index) => item(document, position, completion, index));
  }
}

function item(
  document: vscode.TextDocument,
  position: vscode.Position,
  completion: ConfigCompletion,
  index: number,
): vscode.CompletionItem {
  const { label, kind, detail, documentation, snippet, range, goesOn } = completion;
  const made = new vscode.CompletionItem({ label, description: detail }, KINDS[kind]);
  made.insertText = new vscode.SnippetString(snippet);
  // Lines are indented already; VS Code would indent them again.
  made.keepWhitespace = true;
  const replaced = rangeIn(document, range);
  made.range = { inserting: replaced.with({ end: position }), replacing: replaced };
  made.sortText = String(index).padStart(4, '0');
  // A range that begins before the cursor is matched against all of its letters.
  made.filterText = label;
  if (documentation !== '') made.documentation = new vscode.MarkdownString(documentation);
  if (goesOn) made.command = { command: 'editor.action.triggerSuggest', title: 'Suggest' };
  return made;
}
