import type * as vscode from 'vscode';
import { registerAccountCommands } from './account-commands.ts';
import { registerCardCommand } from './card-command.ts';
import { HubSession } from './hub-session.ts';
import { registerModelCommands } from './model-commands.ts';
import { ModelsView } from './models-view.ts';
import { registerPullCommand } from './pull-command.ts';
import { registerPushCommand } from './push-command.ts';

/** Registers models on the Hugging Face Hub. Nothing is asked of it before a view or a command is used. */
export function registerHub(context: vscode.ExtensionContext): void {
  const session = new HubSession(context.secrets);
  const view = new ModelsView(session, context.workspaceState);
  context.subscriptions.push(
    session,
    view,
    ...registerAccountCommands(session),
    ...registerModelCommands(session, view),
    registerPullCommand(session, view),
    ...registerPushCommand(session, view, context),
    ...registerCardCommand(),
  );
}
