import { stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from 'tatabox/core/errors.ts';
import { isRepoName } from 'tatabox/hub/repo-name.ts';

async function isFile(file: string): Promise<boolean> {
  return await stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/**
 * The model folder that a path means: the folder itself, the `model` of a run folder, or the folder
 * that a file is in.
 *
 * @throws InputError where there is none
 */
export async function modelFolderOf(place: string): Promise<string> {
  const isFolder = await stat(place).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const folders = isFolder ? [place, path.join(place, 'model')] : [path.dirname(place)];
  for (const folder of folders) {
    if (await isFile(path.join(folder, 'model.safetensors'))) return folder;
    if (await isFile(path.join(folder, 'config.json'))) return folder;
  }
  throw new InputError({
    where: place,
    found: 'no model folder',
    expected: 'a folder with config.json and model.safetensors, or a run folder with model/',
    fix: 'Run a configuration first, or save a model in a notebook.',
  });
}

/** A name that says what a model folder holds: `model` alone says nothing, its parent does. */
export function modelName(folder: string): string {
  const base = path.basename(folder);
  return base === 'model' ? path.basename(path.dirname(folder)) : base;
}

/** A name on the Hub for a model folder, `owner/name`. */
export function suggestedRepo(owner: string, folder: string): string {
  const name = modelName(folder)
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 90);
  const repo = `${owner}/${name}`;
  return isRepoName(repo) ? repo : `${owner}/model`;
}
