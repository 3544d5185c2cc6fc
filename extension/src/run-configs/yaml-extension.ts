import * as vscode from 'vscode';

/**
 * Whether the YAML extension is there: it checks and completes by our schema then, and what it says
 * must not be said twice.
 */
export function isYamlExtensionThere(): boolean {
  return vscode.extensions.getExtension('redhat.vscode-yaml') !== undefined;
}
