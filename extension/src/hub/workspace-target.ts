import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from 'tatabox/core/errors.ts';
import { isSafeRepoPath } from 'tatabox/hub/repo-path.ts';

/** The folder that a model is copied to unless the user says otherwise. */
export function suggestedTarget(repo: string): string {
  return `models/${repo.split('/')[1] ?? 'model'}`;
}

function refuse(text: string, found: string): UsageError {
  return new UsageError({
    where: `the folder '${text}'`,
    found,
    expected: 'a new folder inside the workspace, as models/promoters',
  });
}

/** What is wrong with the text of a target folder; undefined where nothing is. */
export function targetFault(text: string): string | undefined {
  const name = text.trim();
  if (name === '') return 'Give a folder inside the workspace.';
  if (path.isAbsolute(name)) return 'Give a path from the workspace folder, not an absolute one.';
  if (!isSafeRepoPath(name, 'win32')) {
    return "Use plain folder names with '/' between them; no '..', and no names that Windows keeps for itself.";
  }
  return undefined;
}

/**
 * The absolute path of a target folder, which is inside the workspace folder also when symbolic
 * links on the way are followed.
 *
 * @throws UsageError where it would lie elsewhere, or something is in its way
 */
export async function resolveTarget(workspaceFolder: string, text: string): Promise<string> {
  const fault = targetFault(text);
  if (fault !== undefined) throw refuse(text, fault);
  const root = await realpath(workspaceFolder);
  const parts = text.trim().split('/');
  let at = root;
  for (const part of parts) {
    at = path.join(at, part);
    const stats = await lstat(at).catch(() => undefined);
    if (stats === undefined) break;
    if (stats.isSymbolicLink()) throw refuse(text, `${part} is a symbolic link`);
    if (!stats.isDirectory()) throw refuse(text, `${part} is a file`);
  }
  return path.join(root, ...parts);
}
