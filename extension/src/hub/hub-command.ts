import * as vscode from 'vscode';
import { registerCommand } from '../host/commands.ts';
import { isCancellation } from '../host/error-text.ts';
import { hubErrorText, isAboutToken } from './hub-error-text.ts';

/** Shows an error of the Hub, with Sign In where that may help. */
export async function showHubError(error: unknown): Promise<void> {
  if (isCancellation(error)) return;
  const actions = isAboutToken(error) ? ['Sign In'] : [];
  const chosen = await vscode.window.showErrorMessage(hubErrorText(error), ...actions);
  if (chosen === 'Sign In') await vscode.commands.executeCommand('tatabox.hub.signIn');
}

/** As `registerCommand`, for what talks to the Hub; `name` is the part behind `tatabox.hub.`. */
export function registerHubCommand<A extends unknown[]>(
  name: string,
  run: (...args: A) => unknown,
): vscode.Disposable {
  return registerCommand(`hub.${name}`, async (...args: A) => {
    try {
      return await run(...args);
    } catch (error) {
      void showHubError(error);
      return undefined;
    }
  });
}
