import * as vscode from 'vscode';
import { signalOf } from '../host/long-work.ts';
import { registerHubCommand } from './hub-command.ts';
import { hubErrorText, OWN_TOKEN } from './hub-error-text.ts';
import type { HubSession } from './hub-session.ts';

async function signIn(session: HubSession): Promise<void> {
  const page = `${session.endpoint()}/settings/tokens`;
  const input = vscode.window.createInputBox();
  input.title = `Sign in to ${session.endpoint()}`;
  input.prompt = 'Access token (hf_…). To push models it needs write access.';
  input.placeholder = 'hf_…';
  input.password = true;
  input.ignoreFocusOut = true;
  const open: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('link-external'),
    tooltip: `Make a token at ${page}`,
  };
  input.buttons = [open];
  const abort = new AbortController();
  await new Promise<void>((resolve) => {
    input.onDidTriggerButton(() => {
      void vscode.env.openExternal(vscode.Uri.parse(page));
    });
    input.onDidChangeValue(() => {
      input.validationMessage = undefined;
    });
    input.onDidHide(() => {
      abort.abort();
      resolve();
    });
    input.onDidAccept(async () => {
      input.busy = true;
      input.enabled = false;
      try {
        const { name } = await session.signIn(input.value, abort.signal);
        input.hide();
        void vscode.window.showInformationMessage(
          `Signed in to ${session.endpoint()} as ${name}. The token is kept in ${OWN_TOKEN}.`,
        );
      } catch (error) {
        if (abort.signal.aborted) return;
        input.validationMessage = hubErrorText(error, { signingIn: true });
      } finally {
        input.busy = false;
        input.enabled = true;
      }
    });
    input.show();
  });
  input.dispose();
}

async function signOut(session: HubSession): Promise<void> {
  const before = await session.tokenChoice();
  if (before.kind === 'typed') await session.signOut();
  const after = await session.tokenChoice();
  if (after.kind === 'environment') {
    const forgot = before.kind === 'typed' ? 'The token entered in VS Code is forgotten. ' : '';
    void vscode.window.showWarningMessage(
      `${forgot}${after.source} still signs you in to ${session.endpoint()}: remove the token there to sign out.`,
    );
    return;
  }
  void vscode.window.showInformationMessage(
    before.kind === 'typed'
      ? `Signed out of ${session.endpoint()}; VS Code has forgotten the token.`
      : 'You are not signed in.',
  );
}

async function showAccount(session: HubSession): Promise<void> {
  const choice = await session.tokenChoice();
  if (choice.kind === 'none') {
    const chosen = await vscode.window.showInformationMessage(
      `You are not signed in to ${session.endpoint()}. Public models need no sign-in.`,
      'Sign In',
    );
    if (chosen === 'Sign In') await vscode.commands.executeCommand('tatabox.hub.signIn');
    return;
  }
  const account = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Asking the Hub who you are' },
    (_, token) => session.account(signalOf(token)),
  );
  const { name, fullName, organizations, role, tokenName } = account;
  const facts = [
    `${name}${fullName === undefined ? '' : ` (${fullName})`} at ${session.endpoint()}`,
    `organizations: ${organizations.length === 0 ? 'none' : organizations.join(', ')}`,
    `token${tokenName === undefined ? '' : ` "${tokenName}"`} from ${choice.source}` +
      (role === undefined ? '' : `, role ${role}`),
    ...(choice.unused === undefined ? [] : [`the token of ${choice.unused} is not used`]),
  ];
  const chosen = await vscode.window.showInformationMessage(`${facts.join('; ')}.`, 'Open Page');
  if (chosen === 'Open Page') {
    await vscode.env.openExternal(vscode.Uri.parse(`${session.endpoint()}/${name}`));
  }
}

/** Registers signing in and out. */
export function registerAccountCommands(session: HubSession): vscode.Disposable[] {
  return [
    registerHubCommand('signIn', () => signIn(session)),
    registerHubCommand('signOut', () => signOut(session)),
    registerHubCommand('whoAmI', () => showAccount(session)),
  ];
}
