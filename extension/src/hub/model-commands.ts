import * as vscode from 'vscode';
import { deleteCachedModel } from 'tatabox/hub/delete-cached-model.ts';
import { checkRepoName } from 'tatabox/hub/repo-name.ts';
import { UsageError } from 'tatabox/core/errors.ts';
import { registerHubCommand } from './hub-command.ts';
import type { HubSession } from './hub-session.ts';
import type { ModelNode } from './model-nodes.ts';
import type { ModelsView } from './models-view.ts';
import { pickModel } from './pick-model.ts';
import { sizeText } from './size-text.ts';

/** The name of the model that a command was given: an entry of the view, or a name. */
export function repoOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return checkRepoName(argument);
  const repo: unknown = (argument as { repo?: unknown } | null | undefined)?.repo;
  return typeof repo === 'string' ? checkRepoName(repo) : undefined;
}

function nameFor(argument: unknown): string {
  const repo = repoOf(argument);
  if (repo !== undefined) return repo;
  throw new UsageError({
    where: 'the view of models',
    found: 'no model is chosen',
    expected: 'the context menu of a model',
  });
}

async function search(session: HubSession, view: ModelsView): Promise<void> {
  const title = 'Search Models on the Hub';
  const picked = await pickModel(session, { title, query: view.query });
  if (picked === undefined) return;
  const { repo, query, models } = picked;
  await view.showSearch(query, models);
  const actions = [
    { label: '$(cloud-download) Pull', command: 'pull' },
    { label: '$(link-external) Open page', command: 'openPage' },
    { label: '$(copy) Copy name', command: 'copyName' },
  ];
  const action = await vscode.window.showQuickPick(actions, { title: repo });
  if (action !== undefined)
    await vscode.commands.executeCommand(`tatabox.hub.${action.command}`, repo);
}

async function openPage(session: HubSession, argument: unknown): Promise<void> {
  const revision = (argument as ModelNode | undefined)?.kind === 'revision';
  const commit = revision ? (argument as ModelNode & { kind: 'revision' }).revision.commit : '';
  const page = `${session.endpoint()}/${nameFor(argument)}${commit === '' ? '' : `/tree/${commit}`}`;
  await vscode.env.openExternal(vscode.Uri.parse(page, true));
}

async function deleteCached(
  session: HubSession,
  view: ModelsView,
  node: ModelNode | undefined,
): Promise<void> {
  if (node?.kind !== 'cached' && node?.kind !== 'revision') nameFor(undefined);
  else {
    const { repo } = node;
    const isRevision = node.kind === 'revision';
    const size = sizeText(isRevision ? node.revision.size : node.model.size);
    const what = isRevision ? `revision ${node.revision.commit.slice(0, 7)} of ${repo}` : repo;
    const detail = isRevision
      ? `Up to ${size}: what other revisions share stays. It can be pulled again.`
      : `${size} become free. Python programs that use this cache lose it, too. It can be pulled again.`;
    const chosen = await vscode.window.showWarningMessage(
      `Delete ${what} from the cache?`,
      { modal: true, detail },
      'Delete',
    );
    if (chosen !== 'Delete') return;
    const { freedSize } = await deleteCachedModel({
      ...session.publicOptions(),
      repo,
      ...(isRevision ? { revision: node.revision.commit } : {}),
    }).finally(() => {
      view.refreshCache();
    });
    void vscode.window.showInformationMessage(`Deleted ${what}: ${sizeText(freedSize)} freed.`);
  }
}

/** Registers the search and what can be done with a model of the view. */
export function registerModelCommands(session: HubSession, view: ModelsView): vscode.Disposable[] {
  return [
    registerHubCommand('search', () => search(session, view)),
    registerHubCommand('openPage', (argument: unknown) => openPage(session, argument)),
    registerHubCommand('copyName', async (argument: unknown) => {
      const name = nameFor(argument);
      await vscode.env.clipboard.writeText(name);
      vscode.window.setStatusBarMessage(`Copied ${name}`, 3000);
    }),
    registerHubCommand('deleteCached', (node: ModelNode | undefined) =>
      deleteCached(session, view, node),
    ),
    registerHubCommand('refresh', () => {
      session.refresh();
    }),
  ];
}
