import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../kernel-lib/src/hub/in-parallel.ts';

describe('inParallel', () => {
  it('works on everything, and on no more than the limit at a time', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, undefined, async (item) => {
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await inParallel([], 3, undefined, () => Promise.reject(new Error('never')));
  });

  it('stops the others at the first failure, waits for them, and throws it', async () => {
    const started: number[] = [];
    let ended = 0;
    const work = inParallel([1, 2, 3, 4, 5], 2, undefined, async (item, signal) => {
      started.push(item);
      try {
        if (item === 2) throw new Error('second');
        await sleep(2000, undefined, { signal });
      } finally {
        ended++;
      }
    });
    await expect(work).rejects.toThrow('second');
    expect([started, ended]).toEqual([[1, 2], 2]);
  });
});
