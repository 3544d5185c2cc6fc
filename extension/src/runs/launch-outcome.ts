import { open } from 'node:fs/promises';
import { parseMark } from 'tatabox/core/process-mark.ts';
import { readRun, type RunSummary } from 'tatabox/runs/status/read-run.ts';
import type { RunState } from 'tatabox/runs/status/run-status.ts';
import type { RunLaunch } from './launch-store.ts';

/** The end of a log that is looked at; a result can be long. */
const TAIL_BYTES = 1 << 20;
/** Letters of a message that are shown. */
const LONGEST = 1000;

/** How a run ended. */
export interface LaunchOutcome {
  readonly state: Exclude<RunState, 'running'>;
  /** Why it failed. */
  readonly error: string | undefined;
  /** Its run folder; undefined where it ended before there was one. */
  readonly run: RunSummary | undefined;
}

/** Whether a run folder was written by this very launch. */
export function isOfLaunch(run: RunSummary, launch: RunLaunch): boolean {
  const [one, other] = [parseMark(run.process ?? ''), parseMark(launch.process)];
  return (
    one !== undefined &&
    one.pid === other?.pid &&
    run.startedAt.getTime() >= new Date(launch.startedAt).getTime()
  );
}

async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { bytesRead, buffer } = await handle.read({
      buffer: Buffer.alloc(length),
      position: size - length,
    });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** What the last lines of a log tell of the end: the object of `--json`, or the last message. */
export function outcomeOfLog(log: string): Pick<LaunchOutcome, 'state' | 'error'> {
  const lines = log.trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  if (last.startsWith('{')) {
    try {
      const { error } = JSON.parse(last) as { error?: { message?: unknown; exitCode?: unknown } };
      if (error === undefined) return { state: 'finished', error: undefined };
      if (error.exitCode === 5) return { state: 'interrupted', error: undefined };
      return { state: 'failed', error: String(error.message).slice(0, LONGEST) };
    } catch {
      // Torn: the process was ended while it wrote.
    }
  }
  const message = lines.findLast((line) => line.trim() !== '')?.slice(0, LONGEST);
  return {
    state: 'failed',
    error: `The process ended without a result${message === undefined ? '.' : `; it said last: ${message}`}`,
  };
}

/** How a launch ended whose process is gone. */
export async function outcomeOf(launch: RunLaunch): Promise<LaunchOutcome> {
  const run = await readRun(launch.folder);
  const own = run !== undefined && isOfLaunch(run, launch) ? run : undefined;
  if (own !== undefined && own.state !== 'running') {
    return { state: own.state, error: own.error, run: own };
  }
  const told = outcomeOfLog(await tailOf(launch.log));
  return { ...told, run: told.state === 'finished' ? run : own };
}
