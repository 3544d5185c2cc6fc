import { describe, expect, it } from 'vitest';
import { RowPages } from '../../../../extension/src/webviews/row-pages.ts';

const rowsOf = (from: number, to: number): string[][] =>
  Array.from({ length: to - from }, (_, i) => [`row ${String(from + i)}`]);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('RowPages', () => {
  it('asks once for a page and gives its rows', async () => {
    const asked: [number, number][] = [];
    let arrivals = 0;
    const pages = new RowPages(
      (from, to) => {
        asked.push([from, to]);
        return Promise.resolve(rowsOf(from, to));
      },
      () => arrivals++,
      () => undefined,
    );
    expect(pages.row(5)).toBeUndefined();
    pages.want(0, 30, 1000);
    pages.want(0, 30, 1000);
    await settle();
    pages.want(10, 40, 1000);
    expect(asked).toEqual([[0, 200]]);
    expect(arrivals).toBe(1);
    expect(pages.row(39)).toEqual(['row 39']);
    expect(pages.row(200)).toBeUndefined();
  });

  it('ends the last page at the end of the rows', async () => {
    const asked: [number, number][] = [];
    const pages = new RowPages(
      (from, to) => {
        asked.push([from, to]);
        return Promise.resolve(rowsOf(from, to));
      },
      () => undefined,
      () => undefined,
    );
    pages.want(390, 410, 405);
    await settle();
    expect(asked).toEqual([
      [200, 400],
      [400, 405],
    ]);
  });

  it('cancels what a fast scroll left behind, and forgets it', async () => {
    const signals: AbortSignal[] = [];
    const pages = new RowPages(
      (_from, _to, signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
      () => undefined,
      () => undefined,
    );
    pages.want(0, 20, 1_000_000);
    pages.want(500_000, 500_020, 1_000_000);
    await settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    pages.clear();
    expect(signals[1]?.aborted).toBe(true);
  });

  it('tells of an error and asks again later', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const pages = new RowPages(
      (from, to) =>
        calls++ === 0 ? Promise.reject(new Error('gone')) : Promise.resolve(rowsOf(from, to)),
      () => undefined,
      (error) => errors.push(error),
    );
    pages.want(0, 10, 100);
    await settle();
    expect(errors).toHaveLength(1);
    pages.want(0, 10, 100);
    await settle();
    expect(pages.row(3)).toEqual(['row 3']);
  });

  it('keeps a bounded number of pages', async () => {
    const pages = new RowPages(
      (from, to) => Promise.resolve(rowsOf(from, to)),
      () => undefined,
      () => undefined,
    );
    for (let page = 0; page < 60; page++) {
      pages.want(page * 200, page * 200 + 10, 1_000_000);
      await settle();
    }
    expect(pages.row(0)).toBeUndefined();
    expect(pages.row(59 * 200)).toEqual([`row ${String(59 * 200)}`]);
  });
});
