import * as vscode from 'vscode';
import { errorText, isCancellation } from './error-text.ts';

/**
 * Registers a command that shows its errors as VS Code does; what a user stopped is no error.
 * `name` is the part of the command's id behind `tatabox.`.
 */
export function registerCommand<A extends unknown[]>(
  name: string,
  run: (...args: A) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(`tatabox.${name}`, async (...args: A) => {
    try {
      return await run(...args);
    } catch (error) {
      if (!isCancellation(error)) void vscode.window.showErrorMessage(errorText(error));
      return undefined;
    }
  });
}
