import { describe, expect, it } from 'vitest';
import { LetterCache } from '../../../../extension/src/fasta/webview/letter-cache.ts';

interface Asked {
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal;
  answer(): void;
  fail(): void;
}

/** A cache over a record whose letter at a position is the position modulo 100. */
function slowCache(length: number) {
  const asked: Asked[] = [];
  const errors: unknown[] = [];
  let loaded = 0;
  const cache = new LetterCache({
    length,
    load: (start, end, signal) =>
      new Promise((resolve, reject) => {
        const letters = new Uint8Array(end - start);
        for (let i = 0; i < letters.length; i++) letters[i] = (start + i) % 100;
        asked.push({
          start,
          end,
          signal,
          answer: () => {
            resolve(letters);
          },
          fail: () => {
            reject(new Error('gone'));
          },
        });
      }),
    onLoad: () => loaded++,
    onError: (error) => errors.push(error),
  });
  return { cache, asked, errors, loaded: () => loaded };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the cache of letters', () => {
  it('asks for what is seen and for its neighbours, and only once', async () => {
    const { cache, asked, loaded } = slowCache(1e6);
    cache.want(40_000, 41_000);
    cache.want(40_100, 41_100);
    expect(asked.map(({ start }) => start)).toEqual([32_768, 49_152, 16_384]);
    expect(cache.at(40_005)).toBe(0);
    asked[0]!.answer();
    await settle();
    expect(loaded()).toBe(1);
    expect(cache.at(40_005)).toBe(5);
  });

  it('cancels what was scrolled past, and does not show its late answer', async () => {
    const { cache, asked } = slowCache(250e6);
    cache.want(0, 1000);
    cache.want(200e6, 200e6 + 1000);
    expect(asked.filter(({ signal }) => signal.aborted).map(({ start }) => start)).toEqual([
      0, 16_384,
    ]);
    asked[0]!.answer();
    await settle();
    expect(cache.at(50)).toBe(0);
  });

  it('asks for no letters behind the end, and none of an empty record', () => {
    const short = slowCache(100);
    short.cache.want(0, 1000);
    expect(short.asked.map(({ start, end }) => [start, end])).toEqual([[0, 100]]);
    const empty = slowCache(0);
    empty.cache.want(0, 1000);
    expect(empty.asked).toEqual([]);
  });

  it('tells of a failure once instead of asking with each frame', async () => {
    const { cache, asked, errors } = slowCache(100);
    cache.want(0, 100);
    asked[0]!.fail();
    await settle();
    cache.want(0, 100);
    expect(asked).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it('keeps no more than some megabytes of a chromosome', async () => {
    const { cache, asked } = slowCache(250e6);
    for (let chunk = 0; chunk < 600; chunk++) {
      cache.want(chunk * 16_384, chunk * 16_384 + 100);
      for (const one of asked.splice(0)) one.answer();
      await Promise.resolve();
    }
    await settle();
    let kept = 0;
    for (let chunk = 0; chunk < 600; chunk++) kept += cache.at(chunk * 16_384 + 1) === 0 ? 0 : 1;
    expect(kept).toBeLessThanOrEqual(256);
    expect(kept).toBeGreaterThan(200);
  });
});
