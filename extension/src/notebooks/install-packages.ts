import * as vscode from 'vscode';

/**
 * Says that packages are missing and offers to install them: the command is shown first and runs in a
 * terminal, where what npm says can be read.
 */
export async function offerInstall(
  message: string,
  packages: readonly string[],
  folder: string,
): Promise<void> {
  const install = 'Install…';
  if ((await vscode.window.showErrorMessage(message, install)) !== install) return;
  const command = `npm install ${packages.join(' ')}`;
  const run = 'Run in Terminal';
  const chosen = await vscode.window.showInformationMessage(
    `Install ${packages.join(' and ')}?`,
    { modal: true, detail: `Runs in ${folder}:\n\n${command}` },
    run,
  );
  if (chosen !== run) return;
  const terminal = vscode.window.createTerminal({ name: 'tatabox: install', cwd: folder });
  terminal.show();
  terminal.sendText(command);
}
