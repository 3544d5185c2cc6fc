import * as vscode from 'vscode';
import { runConfigSchemaNode, type SchemaNode } from 'tatabox/runs/schema/schema-choices.ts';
import { registerCommand } from '../host/commands.ts';
import { ConfigCompletionProvider } from './completion-provider.ts';
import { configHover } from './config-hover.ts';
import { configOutline, type OutlineItem } from './config-outline.ts';
import { registerDiagnostics } from './diagnostics.ts';
import { newConfigWizard } from './new-config-wizard.ts';
import { QuickFixes } from './quick-fixes.ts';
import { isRunConfig, runConfigSelector } from './run-config-files.ts';
import { RunLenses } from './run-lenses.ts';
import { sampleData } from './sample-data.ts';
import { rangeIn } from './text-range.ts';
import { isYamlExtensionThere } from './yaml-extension.ts';

const SYMBOLS = {
  mapping: vscode.SymbolKind.Object,
  list: vscode.SymbolKind.Array,
  scalar: vscode.SymbolKind.Property,
} as const;

function symbol(document: vscode.TextDocument, item: OutlineItem): vscode.DocumentSymbol {
  const made = new vscode.DocumentSymbol(
    item.name,
    item.detail,
    SYMBOLS[item.kind],
    rangeIn(document, item.range),
    rangeIn(document, item.selection),
  );
  made.children = item.children.map((child) => symbol(document, child));
  return made;
}

/** Registers what edits run configurations. */
export function registerRunConfigs(context: vscode.ExtensionContext): void {
  let made: SchemaNode | undefined;
  // Made when the first config is opened: it takes some milliseconds.
  const schema = (): SchemaNode => (made ??= runConfigSchemaNode());
  const lenses = new RunLenses();
  const { languages } = vscode;
  context.subscriptions.push(
    registerDiagnostics(schema),
    lenses,
    languages.registerCodeLensProvider(runConfigSelector, lenses),
    languages.registerCompletionItemProvider(
      runConfigSelector,
      new ConfigCompletionProvider(schema),
      ' ',
      '/',
    ),
    languages.registerHoverProvider(runConfigSelector, {
      provideHover(document, position) {
        if (!isRunConfig(document) || isYamlExtensionThere()) return undefined;
        const hover = configHover(document.getText(), document.offsetAt(position), schema());
        if (hover === undefined) return undefined;
        return new vscode.Hover(
          new vscode.MarkdownString(hover.text),
          rangeIn(document, hover.range),
        );
      },
    }),
    languages.registerDocumentSymbolProvider(runConfigSelector, {
      provideDocumentSymbols(document) {
        if (!isRunConfig(document) || isYamlExtensionThere()) return [];
        return configOutline(document.getText()).map((item) => symbol(document, item));
      },
    }),
    languages.registerCodeActionsProvider(runConfigSelector, new QuickFixes(schema), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    registerCommand('runConfig.new', newConfigWizard),
    registerCommand('sampleData', () => sampleData(context.extensionUri)),
    registerCommand('openWalkthrough', () =>
      vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${context.extension.id}#start`,
        false,
      ),
    ),
  );
}
