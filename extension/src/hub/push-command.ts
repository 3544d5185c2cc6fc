import * as vscode from 'vscode';
import { checkRepoName } from 'tatabox/hub/repo-name.ts';
import { errorText } from '../host/error-text.ts';
import { signalOf } from '../host/long-work.ts';
import { registerHubCommand } from './hub-command.ts';
import type { HubSession } from './hub-session.ts';
import { suggestedRepo } from './model-folders.ts';
import type { ModelsView } from './models-view.ts';
import { pickModelFolder } from './pick-model-folder.ts';
import { PushPages } from './push-page.ts';

/** Asks to sign in where nobody is; says whether somebody is now. */
async function ensureSignedIn(session: HubSession): Promise<boolean> {
  if ((await session.tokenChoice()).kind !== 'none') return true;
  const chosen = await vscode.window.showInformationMessage(
    'To push a model, sign in to the Hugging Face Hub.',
    {
      modal: true,
      detail: 'You need an access token with write access. It is kept in VS Code’s secret storage.',
    },
    'Sign In',
  );
  if (chosen !== 'Sign In') return false;
  await vscode.commands.executeCommand('tatabox.hub.signIn');
  return (await session.tokenChoice()).kind !== 'none';
}

/** The last name that each model folder was pushed to. */
const PUSHED = 'tatabox.hub.pushedTo';

async function push(
  session: HubSession,
  pages: PushPages,
  memory: vscode.Memento,
  argument: unknown,
): Promise<void> {
  const folder = await pickModelFolder(argument, 'Push Model');
  if (folder === undefined || !(await ensureSignedIn(session))) return;
  const account = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: 'Asking the Hub who you are',
      cancellable: true,
    },
    (_, token) => session.account(signalOf(token)),
  );
  const before = memory.get<Record<string, string>>(PUSHED, {})[folder];
  const value = before ?? suggestedRepo(account.name, folder);
  const organizations = account.organizations.join(', ');
  const typed = await vscode.window.showInputBox({
    title: 'Push Model',
    prompt: `Name on the Hub: ${account.name}/NAME${organizations === '' ? '' : `, or an organization of yours (${organizations})`}`,
    value,
    valueSelection: [value.indexOf('/') + 1, value.length],
    ignoreFocusOut: true,
    validateInput: (text) => {
      try {
        checkRepoName(text.trim());
        return undefined;
      } catch (error) {
        return errorText(error);
      }
    },
  });
  if (typed === undefined) return;
  const repo = checkRepoName(typed.trim());
  await memory.update(PUSHED, {
    ...memory.get<Record<string, string>>(PUSHED, {}),
    [folder]: repo,
  });
  pages.open({ folder, repo });
}

/** Registers pushing and its page. */
export function registerPushCommand(
  session: HubSession,
  view: ModelsView,
  { extensionUri, workspaceState }: vscode.ExtensionContext,
): vscode.Disposable[] {
  const pages = new PushPages(session, view, extensionUri);
  return [
    pages,
    registerHubCommand('push', (argument: unknown) =>
      push(session, pages, workspaceState, argument),
    ),
  ];
}
