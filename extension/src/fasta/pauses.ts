import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';

const PAUSE_MILLISECONDS = 15;

/** Is told of letters that were done; a promise where it is time to wait for other work. */
export type Pause = (letters: number) => Promise<void> | undefined;

/** Reports progress, yields and stops, every few milliseconds. */
export function pauses(task: string, total: number, { signal, progress }: LongWorkOptions): Pause {
  let done = 0;
  let last = performance.now();
  throwIfAborted(signal, task);
  const wait = async (): Promise<void> => {
    progress?.({ task, done, total, unit: 'letters' });
    await yieldToEventLoop();
    throwIfAborted(signal, task);
    last = performance.now();
  };
  return (letters) => {
    done += letters;
    return performance.now() - last < PAUSE_MILLISECONDS ? undefined : wait();
  };
}
