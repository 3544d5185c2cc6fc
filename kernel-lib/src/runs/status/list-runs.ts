import { opendir } from 'node:fs/promises';
import path from 'node:path';
import { InputError, throwIfAborted } from '../../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../../core/progress.ts';
import { fileError } from '../../formats/file-error.ts';
import { readRun, type RunSummary } from './read-run.ts';

/** Folders of runs are looked for so deep below the one that is named. */
const DEPTH = 4;
/** Runs that are read at once. */
const AT_ONCE = 8;
/** Folders that are neither runs nor hold any. */
const NO_RUNS = new Set(['node_modules', 'training', 'model']);

/** How runs are listed. */
export interface ListRunsOptions extends LongWorkOptions {
  /** Levels of folders below `folder` that are looked through. Default 4. */
  readonly depth?: number;
}

/** The folders in a folder; hidden ones and links are left out, so that no circle is walked. */
async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  const handle = await opendir(folder).catch(() => undefined);
  if (handle === undefined) return names;
  try {
    for await (const entry of handle) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || NO_RUNS.has(entry.name)) continue;
      names.push(entry.name);
    }
  } catch {
    // It was removed meanwhile.
  }
  return names.map((name) => path.join(folder, name));
}

/** Reads several runs; what is none is left out. */
export async function readRuns(
  folders: readonly string[],
  { signal }: Pick<LongWorkOptions, 'signal'> = {},
): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  for (let start = 0; start < folders.length; start += AT_ONCE) {
    throwIfAborted(signal, 'reading runs');
    const read = await Promise.all(folders.slice(start, start + AT_ONCE).map(readRun));
    runs.push(...read.filter((run) => run !== undefined));
  }
  return runs;
}

/** The newest first, those that go on before all others. */
export function sortRuns(runs: readonly RunSummary[]): RunSummary[] {
  const rank = ({ state }: RunSummary): number => (state === 'running' ? 0 : 1);
  return [...runs].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      other.startedAt.getTime() - one.startedAt.getTime() ||
      one.folder.localeCompare(other.folder, 'en', { numeric: true }),
  );
}

/**
 * The runs in a folder and below it, the newest first and those that go on before all others.
 *
 * @throws InputError where the folder is missing; InterruptedError after an abort
 * @example
 * for (const { name, state, metrics } of await listRuns('runs')) {
 *   console.log(name, state, metrics?.values['pearson']);
 * }
 */
export async function listRuns(
  folder: string,
  options: ListRunsOptions = {},
): Promise<RunSummary[]> {
  const { depth = DEPTH, signal, progress } = options;
  const root = path.resolve(folder);
  await requireFolder(root);
  const runs: RunSummary[] = [];
  let level = [root];
  for (let below = 0; below <= depth && level.length > 0; below++) {
    const next: string[] = [];
    for (let start = 0; start < level.length; start += AT_ONCE) {
      throwIfAborted(signal, 'listing runs');
      await yieldToEventLoop();
      const found = await Promise.all(
        level.slice(start, start + AT_ONCE).map(async (each) => {
          const run = await readRun(each);
          return { run, inside: run === undefined && below < depth ? await foldersIn(each) : [] };
        }),
      );
      for (const { run, inside } of found) {
        if (run !== undefined) runs.push(run);
        next.push(...inside);
      }
      progress?.({ task: 'listing runs', done: runs.length, unit: 'runs' });
    }
    level = next;
  }
  return sortRuns(runs);
}

async function requireFolder(folder: string): Promise<void> {
  let handle;
  try {
    handle = await opendir(folder);
  } catch (cause) {
    const isFile = (cause as NodeJS.ErrnoException).code === 'ENOTDIR';
    if (!isFile) throw await fileError(folder, cause);
    throw new InputError(
      { where: folder, found: 'a file', expected: 'a folder with runs' },
      { cause },
    );
  }
  await handle.close();
}
