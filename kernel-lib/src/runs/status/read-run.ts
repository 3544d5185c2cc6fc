import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { checkFolderFree, LOCK_FILE } from '../../core/folder-lock.ts';
import { UsageError } from '../../core/errors.ts';
import { readSmallText } from '../../core/read-small-text.ts';
import { parseMark } from '../../core/process-mark.ts';
import type { ProgressEvent } from '../../core/progress.ts';
import { lastEpoch, type EpochFigures } from './last-epoch.ts';
import { parseRunResult, type RunMetrics } from './run-metrics.ts';
import { fieldsOf, parseRunStatus, STATUS_FILE, type RunState } from './run-status.ts';

/** Larger files are none of ours. */
const LARGEST = { status: 1 << 20, config: 1 << 20, result: 1 << 26 } as const;

/** A run as its folder tells of it. */
export interface RunSummary {
  /** Absolute path of the run folder. */
  readonly folder: string;
  /** As the config names it; the folder's name where that cannot be read. */
  readonly name: string;
  readonly mode: string | undefined;
  /** `interrupted` also where the process of the run is gone without a word. */
  readonly state: RunState;
  /** Why it failed. */
  readonly error: string | undefined;
  /** The config file that it was started with; unknown for a run of an earlier version. */
  readonly config: string | undefined;
  /** Values that replaced those of the config file. */
  readonly overrides: readonly string[];
  /** Process that works on it, on this machine or another; only while it is running. */
  readonly pid: number | undefined;
  /** Mark of the process that worked on it last; see `ProcessMark`. */
  readonly process: string | undefined;
  /** When it was started or resumed last, and when there was news of it last. */
  readonly startedAt: Date;
  readonly updatedAt: Date;
  /** Seconds of computing, of a finished run. */
  readonly seconds: number | undefined;
  /** The last event of each task, the newest last. */
  readonly progress: readonly ProgressEvent[];
  /** Epochs to be trained, at most. */
  readonly epochs: number | undefined;
  /** The last epoch that was trained. */
  readonly epoch: EpochFigures | undefined;
  /** What was measured at its end. */
  readonly metrics: RunMetrics | undefined;
  readonly hasReport: boolean;
  readonly hasModel: boolean;
  /** Whether `--resume` would go on with it. */
  readonly canResume: boolean;
}

/** A text value of YAML on one line; undefined for one of another kind. */
function scalarOf(text: string | undefined): string | undefined {
  const [, quoted, single, plain] =
    /^(?:"([^"\\]*)"|'([^']*)'|([\w.-]+))\s*$/.exec(text ?? '') ?? [];
  return quoted ?? single ?? plain;
}

/**
 * Mode, name and epochs of a `config.yaml`, as the library writes it: read by its lines, for nesting
 * that is deep enough makes the YAML parser end the process.
 */
function configFacts(text: string | undefined): {
  mode: string | undefined;
  name: string | undefined;
  epochs: number | undefined;
} {
  let mode: string | undefined;
  let name: string | undefined;
  let epochs: number | undefined;
  let section = '';
  for (const line of (text ?? '').split(/\r?\n/)) {
    const [, indent = '', key = '', value] = /^( {0,2})(\w+):(?: (.*))?$/.exec(line) ?? [];
    if (indent === '' && key !== '') section = key;
    if (indent === '' && key === 'mode') mode ??= scalarOf(value);
    if (indent === '' && key === 'name') name ??= scalarOf(value);
    if (indent === '  ' && section === 'training' && key === 'epochs') {
      if (/^\d{1,9}$/.test(value ?? '')) epochs ??= Number(value);
    }
  }
  return { mode, name, epochs };
}

/** Whether a process that runs holds the lock of a folder. */
async function isHeld(folder: string): Promise<boolean> {
  try {
    await checkFolderFree(folder);
    return false;
  } catch (error) {
    return error instanceof UsageError;
  }
}

/** The mark of the process that holds the lock; it knows of a resume before the status does. */
async function holderOf(folder: string): Promise<string | undefined> {
  const text = await readSmallText(path.join(folder, LOCK_FILE), LARGEST.status);
  try {
    const { process } = fieldsOf(JSON.parse(text ?? ''));
    return typeof process === 'string' && parseMark(process) !== undefined ? process : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the names in a folder are those of a run; a config alone may be anybody's. */
function isRun(has: (name: string) => boolean): boolean {
  const traces = [STATUS_FILE, 'run.log', 'result.json', LOCK_FILE, 'training'];
  return has('config.yaml') && traces.some(has);
}

async function modified(file: string): Promise<Date | undefined> {
  return stat(file).then(
    ({ mtime }) => mtime,
    () => undefined,
  );
}

/** A time as it was written; undefined for what is none. */
function timeOf(text: string | undefined): Date | undefined {
  const time = new Date(text ?? NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * What a run folder tells of its run: of one that goes on, that ended in whatever way, whose process
 * was killed, or that an earlier version wrote. Nothing is written, and no damage makes it throw.
 *
 * @returns undefined where the folder is missing or not one of a run
 * @example
 * const run = await readRun('runs/quickstart');
 * console.log(run?.state, run?.metrics?.values);
 */
export async function readRun(folder: string): Promise<RunSummary | undefined> {
  const real = path.resolve(folder);
  const names = await readdir(real).catch(() => undefined);
  if (names === undefined) return undefined;
  const has = (name: string): boolean => names.includes(name);
  if (!isRun(has)) return undefined;
  const file = (name: string): string => path.join(real, name);
  // The lock is asked first: a run that ends meanwhile has then written its result and status.
  const held = has(LOCK_FILE) && (await isHeld(real));
  const statusText = await readSmallText(file(STATUS_FILE), LARGEST.status);
  const status = statusText === undefined ? undefined : parseRunStatus(statusText);
  const resultText = await readSmallText(file('result.json'), LARGEST.result);
  const result = resultText === undefined ? undefined : parseRunResult(resultText);
  const facts = status ?? configFacts(await readSmallText(file('config.yaml'), LARGEST.config));
  const state = stateOf({ held, isDone: result !== undefined, noted: status?.state });
  const begun = timeOf(status?.startedAt) ?? (await modified(file('config.yaml'))) ?? new Date(0);
  const news =
    timeOf(status?.updatedAt) ??
    (await modified(file('result.json'))) ??
    (await modified(file('run.log'))) ??
    begun;
  const process = (state === 'running' ? await holderOf(real) : undefined) ?? status?.process;
  const canResume =
    (state === 'interrupted' || state === 'failed') &&
    facts.mode !== undefined &&
    facts.name !== undefined;
  return {
    folder: real,
    name: facts.name ?? path.basename(real),
    mode: facts.mode,
    state,
    error: state === 'failed' ? status?.error : undefined,
    config: status?.config,
    overrides: status?.overrides ?? [],
    pid: state === 'running' ? parseMark(process ?? '')?.pid : undefined,
    process,
    startedAt: begun,
    updatedAt: news,
    seconds: result?.seconds,
    progress: status?.progress ?? [],
    epochs: facts.epochs,
    epoch: has('training') ? await lastEpoch(file('training')) : undefined,
    metrics: result?.metrics,
    hasReport: has('report.html'),
    hasModel: has('model') && (await modified(file('model/config.json'))) !== undefined,
    canResume,
  };
}

/** The state by what was found: a status can be older than the end of its process. */
function stateOf({
  held,
  isDone,
  noted,
}: {
  readonly held: boolean;
  readonly isDone: boolean;
  readonly noted: RunState | undefined;
}): RunState {
  // The lock is released a moment after the last word.
  if (held && (!isDone || noted === 'running')) return 'running';
  if (isDone) return 'finished';
  return noted === 'failed' ? 'failed' : 'interrupted';
}
