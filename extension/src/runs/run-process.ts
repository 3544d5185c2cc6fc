import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from 'tatabox/core/errors.ts';
import { parseMark, processState, thisProcess } from 'tatabox/core/process-mark.ts';

const POLL_MILLISECONDS = 100;

/** Whether the process of a mark runs on this machine. */
export function isAlive(mark: string, here = thisProcess()): boolean {
  const parsed = parseMark(mark);
  return parsed !== undefined && processState(parsed, here) === 'alive';
}

/**
 * Sends a signal to the process of a mark, and to no other that has its number by now.
 *
 * @returns false where it has ended already
 * @throws UsageError where it runs on another machine
 */
export function signalProcess(mark: string, signal: 'SIGINT' | 'SIGKILL'): boolean {
  const parsed = parseMark(mark);
  if (parsed === undefined) return false;
  const state = processState(parsed);
  if (state === 'unknown') {
    throw new UsageError({
      where: `process ${String(parsed.pid)}`,
      found: 'on another machine or in another container',
      expected: 'a process of this machine',
      fix: 'Stop the run where it was started.',
    });
  }
  if (state === 'dead') return false;
  try {
    process.kill(parsed.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Waits until the process of a mark has ended. @returns false where it still runs */
export async function waitForEnd(
  mark: string,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (isAlive(mark)) {
    if (performance.now() >= until || signal?.aborted === true) return false;
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}
