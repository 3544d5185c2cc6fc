import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { InputError } from '../core/errors.ts';
import { yamlFault } from '../core/yaml-limits.ts';
import { isSafeRepoPath } from './repo-path.ts';

/** A file of a model folder that is to be pushed. */
export interface FolderFile {
  /** Path inside the folder and the repository, with `/` between its parts. */
  readonly path: string;
  /** Path on this machine. */
  readonly file: string;
  /** Size in bytes. */
  readonly size: number;
}

/** A file of a model folder that is not pushed. */
export interface LeftOutFile {
  readonly path: string;
  readonly reason: string;
}

export interface FolderFiles {
  readonly files: readonly FolderFile[];
  readonly leftOut: readonly LeftOutFile[];
}

const trainingState = 'training_state';

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

/** Where links may lead: the folder, and for a snapshot in the cache the contents beside it. */
function allowedRoots(folder: string): string[] {
  const snapshot = /^(.*[/\\]models--[^/\\]+)[/\\]snapshots[/\\][0-9a-f]{40}$/.exec(folder);
  return snapshot?.[1] === undefined ? [folder] : [folder, path.join(snapshot[1], 'blobs')];
}

/**
 * The files of a model folder that may be published: no hidden files, no `*.tmp`, no training
 * state unless asked for, and nothing that a symbolic link brings in from elsewhere.
 *
 * @throws InputError when there is no such folder
 */
export async function listFolderFiles(
  folder: string,
  options: { includeTrainingState?: boolean } = {},
): Promise<FolderFiles> {
  const files: FolderFile[] = [];
  const leftOut: LeftOutFile[] = [];
  let root: string;
  try {
    root = await realpath(folder);
    if (!(await stat(root)).isDirectory()) throw new Error('not a folder');
  } catch (error) {
    throw new InputError(
      {
        where: folder,
        found: 'no folder',
        expected: 'a model folder with config.json, model.safetensors and README.md',
      },
      { cause: error },
    );
  }
  const roots = allowedRoots(root);

  const linkFault = async (file: string): Promise<string | undefined> => {
    let target: string;
    try {
      target = await realpath(file);
    } catch {
      return 'a symbolic link that leads nowhere';
    }
    if (!roots.some((allowed) => isInside(allowed, target))) {
      return 'a symbolic link that leaves the folder';
    }
    return (await stat(target)).isFile() ? undefined : 'a symbolic link to a folder';
  };

  const visit = async (parent: string): Promise<void> => {
    const entries = await readdir(path.join(root, parent), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = parent === '' ? entry.name : `${parent}/${entry.name}`;
      const file = path.join(root, name);
      let reason: string | undefined;
      if (entry.name.startsWith('.')) reason = 'a hidden file';
      else if (entry.name.endsWith('.tmp')) reason = 'a temporary file';
      else if (name === trainingState && options.includeTrainingState !== true) {
        reason = 'training state (pushed with includeTrainingState)';
      } else if (!isSafeRepoPath(name)) reason = 'a name that the Hub cannot hold';
      else if (entry.isSymbolicLink()) reason = await linkFault(file);
      else if (entry.isDirectory()) {
        await visit(name);
        continue;
      } else if (!entry.isFile()) reason = 'no regular file';
      if (reason === undefined) files.push({ path: name, file, size: (await stat(file)).size });
      else leftOut.push({ path: name, reason });
    }
  };
  await visit('');
  return { files, leftOut };
}

async function configFault(file: string): Promise<string | undefined> {
  let config: unknown;
  try {
    config = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return 'config.json is no JSON';
  }
  const modelType = (config as { model_type?: unknown } | null)?.model_type;
  return typeof modelType === 'string' && modelType !== ''
    ? undefined
    : "config.json has no 'model_type'";
}

/** Looks at the header only: its length (8 bytes, little-endian) and the JSON object's brace. */
async function weightsFault(file: string, size: number): Promise<string | undefined> {
  const handle = await open(file);
  try {
    const start = Buffer.alloc(9);
    const { bytesRead } = await handle.read(start, 0, 9, 0);
    const good =
      bytesRead === 9 && start.readBigUInt64LE(0) <= BigInt(size - 8) && start[8] === 0x7b;
    return good ? undefined : 'model.safetensors is no safetensors file';
  } finally {
    await handle.close();
  }
}

async function cardFault(file: string): Promise<string | undefined> {
  const front = /^---\r?\n([^]*?)\r?\n---(?:\r?\n|$)/.exec(await readFile(file, 'utf8'))?.[1];
  if (front === undefined) return "README.md has no front matter between '---' lines";
  if (yamlFault(front) !== undefined)
    return 'the front matter of README.md is too large or too deep';
  try {
    const value: unknown = parseYaml(front);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : 'the front matter of README.md is no YAML mapping';
  } catch {
    return 'the front matter of README.md is no YAML';
  }
}

/**
 * Checks that a folder is a model folder that others can load: `config.json` with `model_type`,
 * `model.safetensors`, and a model card in `README.md`.
 *
 * @throws InputError that names everything that is missing or wrong
 */
export async function checkModelFolder(folder: string, content: FolderFiles): Promise<void> {
  const checks: readonly [string, (file: FolderFile) => Promise<string | undefined>][] = [
    ['config.json', (file) => configFault(file.file)],
    ['model.safetensors', (file) => weightsFault(file.file, file.size)],
    ['README.md', (file) => cardFault(file.file)],
  ];
  const faults: string[] = [];
  for (const [name, check] of checks) {
    const file = content.files.find((f) => f.path === name);
    const reason = content.leftOut.find((f) => f.path === name)?.reason;
    const fault =
      file === undefined
        ? `${name} ${reason === undefined ? 'is missing' : `is ${reason}`}`
        : await check(file);
    if (fault !== undefined) faults.push(fault);
  }
  if (faults.length > 0) {
    throw new InputError({
      where: `the model folder ${folder}`,
      found: faults.join('; '),
      expected: 'config.json with model_type, model.safetensors and a model card in README.md',
      fix: 'Write the folder again by saving the model.',
    });
  }
}
