import path from 'node:path';
import * as vscode from 'vscode';
import { copySnapshot } from 'tatabox/hub/copy-snapshot.ts';
import { pullModel, type PulledModel } from 'tatabox/hub/pull-model.ts';
import { checkRevision } from 'tatabox/hub/repo-name.ts';
import { errorText, isCancellation } from '../host/error-text.ts';
import { registerHubCommand } from './hub-command.ts';
import type { HubSession } from './hub-session.ts';
import { repoOf } from './model-commands.ts';
import type { ModelsView } from './models-view.ts';
import { pickModel } from './pick-model.ts';
import { sizeText } from './size-text.ts';
import { withTransfer } from './with-transfer.ts';
import { resolveTarget, suggestedTarget, targetFault } from './workspace-target.ts';

/** What is pulled, and where to. */
interface PullPlan {
  readonly repo: string;
  readonly revision: string;
  /** Folder of the workspace that gets a copy; undefined for the cache alone. */
  readonly target: string | undefined;
}

async function askRevision(repo: string, value: string): Promise<string | undefined> {
  return await vscode.window.showInputBox({
    title: `Revision of ${repo}`,
    prompt: 'Branch, tag, pull request (refs/pr/1) or commit',
    value,
    validateInput: (text) => {
      try {
        checkRevision(text.trim());
        return undefined;
      } catch (error) {
        return errorText(error);
      }
    },
  });
}

async function askTarget(repo: string): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder =
    folders.length > 1
      ? await vscode.window.showWorkspaceFolderPick({ placeHolder: 'Copy the model into' })
      : folders[0];
  if (folder === undefined) return undefined;
  const text = await vscode.window.showInputBox({
    title: `Copy ${repo} into the workspace`,
    prompt: `New folder inside ${folder.name}`,
    value: suggestedTarget(repo),
    validateInput: async (typed) =>
      targetFault(typed) ??
      (await resolveTarget(folder.uri.fsPath, typed).then(() => undefined, errorText)),
  });
  return text === undefined ? undefined : await resolveTarget(folder.uri.fsPath, text);
}

async function askPlan(repo: string): Promise<PullPlan | undefined> {
  const hasWorkspace = (vscode.workspace.workspaceFolders ?? []).some(
    ({ uri }) => uri.scheme === 'file',
  );
  let revision = 'main';
  for (;;) {
    const places = [
      {
        label: '$(database) Into the cache',
        detail: 'Shared with the command line, notebooks and Python’s huggingface_hub',
        place: 'cache',
      },
      ...(hasWorkspace
        ? [
            {
              label: '$(folder) Into the workspace…',
              detail: 'Besides, a copy in a new folder, to look at and change',
              place: 'workspace',
            },
          ]
        : []),
      {
        label: '$(git-branch) Choose a revision…',
        description: revision,
        place: 'revision',
      },
    ];
    const chosen = await vscode.window.showQuickPick(places, {
      title: `Pull ${repo}`,
      placeHolder: 'Where to?',
    });
    if (chosen === undefined) return undefined;
    if (chosen.place === 'revision') {
      revision = (await askRevision(repo, revision))?.trim() ?? revision;
      continue;
    }
    if (chosen.place === 'cache') return { repo, revision, target: undefined };
    const target = await askTarget(repo);
    return target === undefined ? undefined : { repo, revision, target };
  }
}

async function showPulled(
  { repo, files }: PulledModel,
  folder: string,
  isInWorkspace: boolean,
): Promise<void> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const cached = files.every(({ fromCache }) => fromCache)
    ? ', all of them in the cache already'
    : '';
  const weights = files.some(({ path: name }) => name === 'model.safetensors');
  const chosen = await vscode.window.showInformationMessage(
    `Pulled ${repo}: ${String(files.length)} files, ${sizeText(bytes)}, each checked by its hash${cached}.`,
    ...(weights ? ['Show Model'] : []),
    'Open Folder',
    'Copy Path',
  );
  if (chosen === 'Show Model') {
    const file = vscode.Uri.file(path.join(folder, 'model.safetensors'));
    await vscode.commands.executeCommand('vscode.openWith', file, 'tatabox.model');
  } else if (chosen === 'Open Folder') {
    const uri = vscode.Uri.file(folder);
    if (isInWorkspace) await vscode.commands.executeCommand('revealInExplorer', uri);
    else await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
  } else if (chosen === 'Copy Path') await vscode.env.clipboard.writeText(folder);
}

async function transfer(session: HubSession, view: ModelsView, plan: PullPlan): Promise<void> {
  const { repo, revision, target } = plan;
  const hub = await session.options();
  try {
    const { model, folder } = await withTransfer(session, `Pulling ${repo}`, async (work) => {
      const pulled = await pullModel({ ...hub, repo, revision, ...work });
      if (target === undefined) return { model: pulled, folder: pulled.folder };
      const { signal, progress } = work;
      return {
        model: pulled,
        folder: await copySnapshot({ model: pulled, target, signal, progress }),
      };
    });
    void showPulled(model, folder, target !== undefined);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    void offerResume(session, view, plan);
  } finally {
    view.refreshCache();
  }
}

async function offerResume(session: HubSession, view: ModelsView, plan: PullPlan): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(
    `Stopped pulling ${plan.repo}. What arrived of large files is kept.`,
    'Resume',
  );
  if (chosen === 'Resume') {
    await vscode.commands.executeCommand('tatabox.hub.pull', { resume: plan });
  }
}

async function pull(session: HubSession, view: ModelsView, argument: unknown): Promise<void> {
  const resumed = (argument as { resume?: PullPlan } | undefined)?.resume;
  if (resumed !== undefined) {
    await transfer(session, view, resumed);
    return;
  }
  let repo = repoOf(argument);
  if (repo === undefined) {
    const picked = await pickModel(session, { title: 'Pull Model', query: view.query });
    if (picked === undefined) return;
    ({ repo } = picked);
  }
  const plan = await askPlan(repo);
  if (plan !== undefined) await transfer(session, view, plan);
}

/** Registers pulling. */
export function registerPullCommand(session: HubSession, view: ModelsView): vscode.Disposable {
  return registerHubCommand('pull', (argument: unknown) => pull(session, view, argument));
}
